import Foundation
import LetheAudit
import LetheCrypto
import LethePolicies
import LetheProjections
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Synchronization
import Testing

/// A random life of a store on a disk that fails, tears and stops at random calls; what happens follows from the seed.
final class CrashHistory {
  private static let type = "XylophonePrescribed"
  private static let stepCount = 24

  private let seed: UInt64
  private let sharing: TwoTimes.Sharing
  var random: SeededGenerator
  var home: MemoryHome
  private(set) var store: Store?
  private var model: CrashModel
  private var number = 0
  private(set) var crashCount = 0
  /// Whether calls of this process may fail.
  private var mayFail = false
  private var place: Comment { "step \(step), \(HistorySeeds.advice(seed))" }
  private(set) var step = 0
  /// Where a cell is that is away or an old copy; at most one at a time.
  var strayed: StrayedCell?
  /// Old copies of cells' files, by path.
  var oldCells: [String: [UInt8]] = [:]
  /// Subjects whose tombstone the running process made durable.
  private let tombstones = Tombstones()
  /// Every page row that any file ever had, and the numbers that subjects had while they lived.
  private var rows: [PageRow.Key: PageRow] = [:]
  private var numbers: [Int: SubjectIndex] = [:]

  private final class Tombstones: Sendable {
    let count = Mutex(0)
  }

  init(seed: UInt64, _ sharing: TwoTimes.Sharing) throws {
    self.seed = seed
    self.sharing = sharing
    random = SeededGenerator(seed: seed)
    model = CrashModel(ids: (0..<5).map { "quixote-\(seed)-\($0)" })
    home = try MemoryHome(seed: seed, logOptions: MemoryHome.smallSegments)
    home.disk.keepWrittenBytes()
  }

  func run() async throws {
    try await home.addCells(to: sharing.count, threshold: sharing.threshold)
    store = try open()
    for step in 0..<Self.stepCount {
      self.step = step
      home.clock.advance(by: .milliseconds(Int.random(in: 0..<900, using: &random)))
      if Int.random(in: 0..<3, using: &random) == 0 { arm() }
      try await act()
      let used = home.disk.usedAfterFailedSync.filter { $0.hasSuffix(".segment") }
      #expect(used.isEmpty, "\(used) after a sync that failed: \(place)")
      if home.disk.faults.hasStopped { try restart() }
      if Int.random(in: 0..<10, using: &random) == 0 { try restart() }
    }
    home.disk.faults.clear()
    try bringCellBack()
    try restart()
    try finish()
  }

  // MARK: What happens

  /// Tells what happens, if one history is repeated.
  func trace(_ what: @autoclosure () -> String) {
    if HistorySeeds.repeated != nil { print("step \(step): \(what())") }
  }

  private func act() async throws {
    let store = try #require(store)
    switch Int.random(in: 0..<(sharing.count > 1 ? 26 : 22), using: &random) {
    case 0..<11: try await append(store)
    case 11..<15: try forget(store)
    case 20..<22: try tolerate { _ = try Projections(store, models: [Fingerprints()]).run() }
    case 22..<26: try disturbCells(store)
    case 15..<17: try tolerate { _ = try store.addReplica(MemoryHome.replica) }
    case 17 where store.replicas.isEmpty: try tolerate { _ = try store.backUp(to: "/in-memory/backup-\(step)") }
    case 17: try tolerate { try store.dropReplica(MemoryHome.replica) }
    case _:
      // A start after an orderly end, which may go wrong as well.
      try tolerate { try store.close() }
      try restart()
    }
  }

  private func append(_ store: Store) async throws {
    let subject = Int.random(in: model.ids.indices, using: &random)
    let id = model.ids[subject]
    let events = try (0..<Int.random(in: 1...3, using: &random)).map { _ in
      number += 1
      return try CloudEvent(
        json: Array(
          """
          {"specversion":"1.0","id":"zebrafish-\(number)","source":"urn:heron","type":"\(Self.type)",\
          "datasubject":"\(id)","data":{"n":"\(String(repeating: "walrus-", count: number % 40))"}}
          """.utf8))
    }
    var attempt = CrashModel.Attempt(subject: subject, texts: events.map { String(decoding: $0.text, as: UTF8.self) })
    do {
      try await store.append(AppendRequest(to: StreamName("patient-\(id)"), events))
      attempt.isAcknowledged = true
      // A forget that failed before its beginning was durable keeps nobody from appending.
      let isBegun = model.forgets[subject].map { $0 != .asked } ?? false
      #expect(!isBegun, place)
      numbers[subject] = try store.subjectIndex(ofSubject: id)
      trace("appended \(events.count) of \(subject)")
    } catch {
      trace("append for \(subject): \(error)")
      switch error.code {
      case .io where mayFail: break
      case .shredded, .restricted:
        #expect(model.forgets[subject] != nil, place)
        return
      case _: Issue.record("\(error): \(place)")
      }
    }
    model.attempts.append(attempt)
  }

  private func forget(_ store: Store) throws {
    let subject = Int.random(in: model.ids.indices, using: &random)
    let before = tombstones.count.withLock { $0 }
    do {
      try LetheStoreTests.forget(model.ids[subject], in: store)
      model.forgets[subject] = .done
      trace("forgot \(subject)")
    } catch let error as LetheError {
      trace("forget of \(subject): \(error)")
      let wasStarted = tombstones.count.withLock { $0 } > before
      switch error.code {
      case _ where isFailure(error):
        if model.forgets[subject] == nil { model.forgets[subject] = wasStarted ? .started : .asked }
      case .shredded, .restricted: #expect(model.forgets[subject] != nil, place)
      case .refused: #expect(!model.attempts.contains { $0.subject == subject && $0.isAcknowledged }, place)
      case _: Issue.record("\(error): \(place)")
      }
    }
  }

  /// A failure of the disk is what is to be expected.
  func tolerate(_ body: () throws -> Void) throws {
    trace("a replica, a backup, a read model, a change of cells or a close")
    do { try body() } catch let error as LetheError {
      trace("\(error)")
      #expect(isFailure(error), "\(error): \(place)")
    }
  }

  /// While one cell is away, another one that fails leaves too few.
  private func isFailure(_ error: LetheError) -> Bool {
    (error.code == .io && mayFail) || (error.code == .missingKey && strayed != nil)
  }

  // MARK: What goes wrong

  private func arm() {
    let reach = [20, 200, 900].randomElement(using: &random) ?? 1
    let mishap = Mishap.allCases.randomElement(using: &random) ?? .stop
    mayFail = mayFail || mishap.isFailure
    let isTraced = HistorySeeds.repeated != nil
    home.disk.faults.arm(mishap, at: Int.random(in: 0..<reach, using: &random), seed: random.next()) { call, outcome in
      if isTraced { print("\(outcome) at \(call.kind) of \(call.path)") }
    }
  }

  /// The process ends, and the next one starts on what the disk kept; starts may be stopped too.
  private func restart() throws {
    try keepRows()
    try strayBetweenProcesses()
    let first = crashCount
    while true {
      crashCount += 1
      try #require(crashCount - first < 60, "no start serves: \(place)")
      store = nil
      let seed = random.next()
      let survivals: [MemoryFileSystem.Survival] = [.synced, .all, .cached, .some(seed: seed), .torn(seed: seed)]
      let survival = survivals.randomElement(using: &random) ?? .all
      home = home.crashed(survival, seed: random.next())
      // What a sync of the whole disk lost, a later process may hear of.
      mayFail = mayFail && survival == .cached
      trace("crash, \(survival)")
      if Int.random(in: 0..<4, using: &random) == 0 { arm() }
      let opened: Store
      do throws(LetheError) { opened = try open() } catch {
        trace("start: \(error)")
        #expect(isFailure(error), "\(error): \(place)")
        // It would be the same for ever.
        if !isFailure(error) { throw error }
        try keepRows()
        continue
      }
      home.disk.faults.clear()
      if opened.writeRefusal == nil {
        store = opened
        // A replica or a cell that did not answer keeps forgets waiting, until a start that finds it.
        let isOtherCellAway = sharing.count > 1 && opened.awayCells.contains { $0.place != strayed?.name }
        if opened.awayReplica == nil, opened.holdup == nil, !isOtherCellAway { break }
      } else {
        try model.compareReading(opened, place)
      }
      try keepRows()
    }
    try keepRows()
    try model.compare(#require(store), place)
  }

  private func open() throws(LetheError) -> Store {
    let tombstones = tombstones
    return try home.open { (step, moment) throws(LetheError) in
      if step == .tombstone, moment == .after { tombstones.count.withLock { $0 += 1 } }
    }
  }

  // MARK: What must hold in the end

  /// P6: a read model that lived through all of it equals one that is made again.
  private func checkReadModels(_ store: Store) throws {
    let projections = try Projections(store, models: [Fingerprints()])
    _ = try projections.run()
    let lived = try Fingerprints.rows(projections)
    _ = try projections.rebuild()
    #expect(try Fingerprints.rows(projections) == lived, place)
    #expect(lived.count == (try store.items().count { $0.state == .open }), place)
  }

  private func keepRows() throws {
    for row in try home.pageRows() { rows[row.key] = row }
  }

  private func finish() throws {
    try checkReadModels(#require(store))
    try #require(store).close()
    store = nil
    try keepRows()
    let roots = try home.roots()
    let share = try #require(roots.first, place)
    // A cell that could not be erased when it was replaced keeps one share of a root that is dead.
    let shares = Dictionary(grouping: roots, by: \.pair).sorted { $0.key.epoch > $1.key.epoch }.map(\.value.count)
    #expect(shares.first == sharing.count && shares.dropFirst().allSatisfy { $0 < sharing.threshold }, place)
    let closure = try KeyClosure(rows: Array(rows.values), roots: Root.all(of: roots), storeID: share.storeID)
    for (subject, index) in numbers {
      let isGone = model.forgotten.contains(subject)
      for slot in 0...1 { #expect(try (closure.dataKey(index.kid(slot: slot)) == nil) == isGone, place) }
    }
    let report = try Auditor.verify(MemoryHome.home, waiting: .zero, in: home.world())
    #expect(report.ok, "\(report) \(place)")
    let written = Data(home.disk.writtenBytes)
    #expect(written.count > 10_000)
    for word in ["quixote", "zebrafish", "heron", "walrus", Self.type, "patient-"] {
      #expect(written.range(of: Data(word.utf8)) == nil, "\(word) \(place)")
    }
  }
}
