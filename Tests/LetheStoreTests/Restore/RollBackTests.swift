import LetheLog
import LetheStore
import LetheSystem
import LetheTesting
import Testing

/// Every combination of old and new copies of what a home consists of, around a forget, an allocation of blocks and an
/// append: what is assembled from both times is harmless, or refused with the name of what is old.
@Suite struct RollBackTests {
  /// What can be an old copy.
  enum Thing: String, CaseIterable, CustomStringConvertible {
    case log, pages, directory, cell, checkpoint

    var description: String { rawValue }

    func copy(in home: MemoryHome, to folder: String) throws {
      for path in paths { try home.copy("\(MemoryHome.home.path)/\(path)", to: "\(folder)/\(path)") }
    }

    func put(from folder: String, in home: MemoryHome) throws {
      for path in paths {
        try home.disk.remove("\(MemoryHome.home.path)/\(path)")
        try home.copy("\(folder)/\(path)", to: "\(MemoryHome.home.path)/\(path)")
      }
    }

    private var paths: [String] {
      switch self {
      case .log: [FileLog.segmentName, FileLog.leavesName, "checkpoint"].map { "Log/\($0)" }
      case .pages: ["", "-wal", "-shm"].map { "Keys/vault.sqlite\($0)" }
      case .directory: ["", "-wal", "-shm"].map { "Keys/directory.sqlite\($0)" }
      case .cell: ["Keys/root.cell"]
      case .checkpoint: ["Keys/checkpoint"]
      }
    }
  }

  /// What happens between the two times.
  enum Event: String, CaseIterable {
    case forget, allocation, append

    /// Whether root cell and pages differ between the two times.
    var isCommit: Bool { self != .append }
  }

  enum Answer: Equatable {
    /// It is served, with Anna forgotten or not.
    case served(isAnnaForgotten: Bool)
    /// `rolled-back`, with these words in the sentence.
    case refused(String)
  }

  /// What is to be answered.
  static func answer(_ event: Event, old: Set<Thing>) -> Answer {
    let isLogOld = old.contains(.log)
    // The checkpoint remembers a longer log than an old one is.
    if isLogOld, !old.contains(.checkpoint) { return .refused("the log ends before") }
    if event.isCommit {
      switch (old.contains(.cell), old.contains(.pages), isLogOld) {
      case (false, true, _): return .refused("the vault's pages are older (epoch 1) than the root cell (epoch 2)")
      case (true, false, false): return .refused("the root cell is older (epoch 1) than the log (epoch 2)")
      case (true, false, true):
        return .refused(
          "the root cell (epoch 1) and the log (epoch 1) are older than the vault's pages (epoch 2)")
      case (true, true, false):
        return .refused("the root cell (epoch 1) and the vault's pages (epoch 1) are older than the log (epoch 2)")
      case (false, false, true):
        if event == .forget { return .refused("the log (epoch 1) is older than the vault (epoch 2)") }
      case (false, false, false), (true, true, true): break
      }
    }
    // A directory that opens tells too; after a forget an old cell does not open the new one.
    let opensDirectory = event != .forget || !old.contains(.cell)
    if isLogOld, !old.contains(.directory), opensDirectory { return .refused("the directory has taken in") }
    return .served(isAnnaForgotten: event == .forget && !isLogOld)
  }

  /// The home as it is afterwards, with copies of both times beside it.
  private static func home(_ event: Event) async throws -> MemoryHome {
    let home = try await MemoryHome.withPeople(replica: false)
    for thing in Thing.allCases { try thing.copy(in: home, to: "/in-memory/old") }
    try await home.session { (store) async throws in
      switch event {
      case .forget: try forget("anna", in: store)
      case .allocation:
        try store.perform { (writer) throws(LetheError) in try writer.makeRoom(forSubjects: 60 * 1024) }
      case .append: break
      }
      try await store.append(20, of: "bert")
    }
    return home
  }

  @Test(arguments: Event.allCases)
  func `P7 what is assembled from two times is harmless, or refused with the name of what is old`(
    event: Event
  ) async throws {
    let home = try await Self.home(event)
    for bits in 0..<(1 << Thing.allCases.count) {
      let old = Set(Thing.allCases.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element))
      let trial = home.copy()
      for thing in old { try thing.put(from: "/in-memory/old", in: trial) }
      let names = Comment(rawValue: "\(event), old: \(old.map(\.rawValue).sorted().joined(separator: ", "))")
      switch Self.answer(event, old: old) {
      case .refused(let words):
        let error = #expect(throws: LetheError.self, names) { try trial.open() }
        #expect(error?.code == .rolledBack && error?.message.contains(words) == true, "\(names): \(error!)")
      case .served(let isAnnaForgotten):
        try await trial.session { (store) async throws in
          #expect(try MemoryHome.isReadable("cleo", in: store), names)
          #expect(try MemoryHome.isReadable("anna", in: store) == !isAnnaForgotten, names)
          try await store.append(30, of: "cleo")
          try await store.append(31, of: "dora")
        }
        try await trial.session { (store) async throws in
          #expect(try store.status(ofSubject: "anna").state == (isAnnaForgotten ? .shredded : .live), names)
        }
      }
    }
  }

  /// Beyond as many old cells as read the root, only a checkpoint that somebody else keeps tells.
  @Test func `P7 nothing brings the forgotten back while the cell is the current one`() {
    for event in Event.allCases {
      for bits in 0..<(1 << Thing.allCases.count) {
        let old = Set(Thing.allCases.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element))
        guard event == .forget, !old.contains(.cell) else { continue }
        #expect(Self.answer(event, old: old) != .served(isAnnaForgotten: false))
      }
    }
  }

  @Test func `a log and a vault of one epoch from two histories are refused`() async throws {
    let home = try await ShorterLogTests.withLostTail()
    try home.makeMachine()
    _ = try home.restore(.accept)
    try await home.session(of: MemoryHome.machine) { (store) async throws in try forget("cleo", in: store) }
    // Somebody went on with the first machine, and its log comes over while nothing in Keys/ tells.
    try await home.session { (store) async throws in
      try store.perform { (writer) throws(LetheError) in try writer.makeRoom(forSubjects: 60 * 1024) }
      try forget("bert", in: store)
    }
    try home.copy(MemoryHome.home.log, to: MemoryHome.machine.log)
    try home.disk.remove(MemoryHome.machine.trustedCheckpoint)
    try home.removeDatabase(MemoryHome.machine.directory)
    let error = #expect(throws: LetheError.self) { try Store.open(MemoryHome.machine, in: home.world()) }
    #expect(error?.code == .rolledBack && error?.message.contains("both at epoch 5") == true)
  }
}
