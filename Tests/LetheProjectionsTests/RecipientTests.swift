import LetheCompliance
import LetheSQLite
import LetheSystem
import LetheTesting
import Testing

@testable import LetheProjections

/// Somebody who has a read model's file in a transaction of their own.
///
/// It is of this process, as SQLite sees it: as long as it holds the file, nobody may look at it by other ways.
final class Holder {
  enum Kind: CaseIterable { case writing, reading, alone }

  private let database: Database

  init(_ path: String, _ kind: Kind) throws {
    database = try Database(path: path, mode: .readWrite, busyTimeout: .milliseconds(1))
    if kind == .alone { try database.execute("PRAGMA locking_mode = EXCLUSIVE") }
    try database.run(kind == .reading ? "BEGIN" : "BEGIN IMMEDIATE")
    try database.run("SELECT count(*) FROM \"rows\"")
    _ = try database.rows("SELECT kid FROM \"rows\"") { (row) throws(LetheError) in try row.integer(0) }
  }

  deinit {
    _ = try? database.run("ROLLBACK")
    try? database.close()
  }
}

@Suite struct RecipientTests {
  /// A read model that rebuilds on a forget has rows that belong to nobody, so that none outlives one.
  private static let models: [any ReadModel] = [Medication(), Prescriptions()]

  /// What keeps the file of a harness from being purged: a read transaction of another connection.
  private final class Blocker: @unchecked Sendable {
    // Sendable: one test uses it, on one thread.
    private var holder: Database?

    func hold(_ path: String) throws {
      let database = try Database(path: path, mode: .readOnly)
      try database.run("BEGIN")
      _ = try database.rows("SELECT kid FROM \"rows\"") { (row) throws(LetheError) in try row.integer(0) }
      holder = database
    }

    func release() { holder = nil }
  }

  private static func harness(_ model: any ReadModel, known: Bool) -> RecipientHarness {
    let (folder, log, blocker) = (Folder(), FakeLog(), Blocker())
    @Sendable func recipient() throws -> ReadModelRecipient {
      // The sample is known to everybody.
      let projections = try Projections({ log }, folder: folder.path, models: known ? [model] : [])
      return ReadModelRecipient(name: model.name, projections: projections)
    }
    return RecipientHarness(
      derive: { person in
        for round in 0..<30 { log.prescribe("c\(round)", person) }
        _ = try folder.runner(model, log).run()
      },
      forget: { log.forget($0) },
      hasAcknowledged: { try recipient().standing() == .acknowledged },
      purge: { try recipient().purge(waiting: .milliseconds(1)) },
      holds: { try !folder.residue(of: $0).isEmpty },
      block: { try blocker.hold(folder.path(model)) },
      unblock: { blocker.release() },
      restart: {})
  }

  @Test(arguments: RecipientConformance.cases, models)
  func `a read model is a recipient`(check: RecipientConformance.Case, model: any ReadModel) throws {
    for known in [true, false] { try check.check(Self.harness(model, known: known)) }
  }

  // MARK: One file

  private let folder = Folder()
  private let log = FakeLog()
  private let model = Prescriptions()

  private func projections(_ models: [any ReadModel] = []) throws -> Projections {
    let log = log
    return try Projections({ log }, folder: folder.path, models: models)
  }

  private func fill(_ model: (any ReadModel)? = nil) throws {
    for subject in 0..<4 { for round in 0..<20 { log.prescribe("c\(round)", subject) } }
    _ = try folder.runner(model ?? self.model, log).run()
  }

  private func shown(_ model: any ReadModel, of subject: Int? = nil) throws -> (rows: [ReadModelRow], withheld: Int) {
    var rows: [ReadModelRow] = []
    let withheld = try projections([model]).show(model.name, subject: subject.map { index($0) }) {
      (row) throws(LetheError) in rows.append(row)
    }
    return (rows, withheld)
  }

  @Test(arguments: Holder.Kind.allCases)
  func `rows of the forgotten are shown to nobody, purged or not, while somebody holds the file`(
    kind: Holder.Kind
  ) throws {
    try fill()
    log.forget(2)
    let holder = try Holder(folder.path(model), kind)
    #expect(throws: LetheError(.io, "")) { try projections().purge(model.name, waiting: .milliseconds(1)) }
    let (rows, withheld) = try shown(model)
    #expect(Set(rows.map(\.subject)) == [index(0), index(1), index(3)])
    // A reader does not keep the rows from being removed, only their bytes.
    #expect(rows.count == 60 && withheld == (kind == .reading ? 0 : 20))
    #expect(try shown(model, of: 2).rows.isEmpty)
    guard case .owes = try projections().standing(of: model.name) else { throw LetheError(.io, "it owes nothing") }
    withExtendedLifetime(holder) {}
  }

  @Test func `purges that are held up do not make the write-ahead log grow`() throws {
    try fill()
    log.forget(2)
    let holder = try Holder(folder.path(model), .reading)
    var sizes: Set<Int> = []
    for _ in 0..<5 {
      #expect(throws: LetheError(.io, "")) { try projections().purge(model.name, waiting: .milliseconds(1)) }
      guard case .file(let byteCount) = try folder.files.entry(at: folder.path(model) + "-wal") else { continue }
      sizes.insert(byteCount)
    }
    #expect(sizes.count == 1)
    withExtendedLifetime(holder) {}
  }

  @Test func `a model whose rows belong to nobody shows none of them while it owes`() throws {
    let model = Totals()
    try fill(model)
    #expect(try shown(model).rows.count == 20)
    log.forget(2)
    let (rows, withheld) = try shown(model)
    #expect(rows.isEmpty && withheld == 20)
    _ = try projections([model]).run(model.name)
    #expect(try shown(model).rows.count == 20)
    #expect(try folder.residue(of: 2).isEmpty)
  }

  @Test func `looking at read models leaves no trace`() throws {
    try fill()
    log.forget(2)
    func state() throws -> [String: [UInt8]] {
      var files: [String: [UInt8]] = [:]
      for name in try folder.files.contents(of: folder.path) {
        files[name] = try folder.files.contents(ofFile: "\(folder.path)/\(name)")
      }
      return files
    }
    let before = try state()
    _ = try shown(model)
    _ = try projections().standing(of: model.name)
    _ = try projections().list()
    #expect(try state() == before)
  }

  @Test func `what is committed in a write-ahead log is seen without opening it`() throws {
    try fill()
    let writer = try Database(path: folder.path(model), mode: .readWrite)
    try writer.configure(.init(movesLog: false))
    try writer.run("UPDATE bookmark SET swept = 7")
    let look = try #require(try ReadModelLook.open(folder.path(model), in: folder.files))
    #expect(look.progress.swept == 7)
    try writer.run("UPDATE bookmark SET swept = 8")
    #expect(!look.look.isUnchanged)
  }

  @Test(arguments: [Int64.max, -1, 1000])
  func `a bookmark beyond the log's end acknowledges nothing`(swept: Int64) throws {
    try fill()
    log.forget(2)
    do {
      let writer = try Database(path: folder.path(model), mode: .readWrite)
      try writer.run("UPDATE bookmark SET swept = ?1", .integer(swept))
    }
    guard case .owes = try projections().standing(of: model.name) else { throw LetheError(.io, "it owes nothing") }
    #expect(throws: LetheError(.refused, "")) { try projections().purge(model.name, waiting: .zero) }
    // Whoever knows the model can make it again.
    try projections([model]).purge(model.name, waiting: .zero)
    #expect(try projections().standing(of: model.name) == .acknowledged)
    #expect(try folder.residue(of: 2).isEmpty)
  }

  @Test func `a damaged file owes; that of a known model is emptied, another one stays`() throws {
    try fill()
    log.forget(2)
    for name in [model.name, "strange"] {
      try folder.files.replace("\(folder.path)/\(name).sqlite", with: Array("\(canary(2)) is no database".utf8))
    }
    let projections = try projections([model])
    for recipient in projections.recipients {
      guard case .owes = recipient.standing() else { throw LetheError(.io, "it owes nothing") }
    }
    #expect(projections.recipients.map(\.name) == [model.name, "strange"])
    try projections.purge(model.name, waiting: .zero)
    #expect(throws: LetheError(.damage, "")) { try projections.purge("strange", waiting: .zero) }
    #expect(try folder.residue(of: 2) == ["strange.sqlite"])
    _ = try projections.run(model.name)
    #expect(try shown(model).rows.count == 60)
  }

  @Test(arguments: ["-wal", "-journal", "-shm"])
  func `what is left beside a file that was removed is purged as well`(ending: String) throws {
    log.prescribe("a", 2)
    log.forget(2)
    let rest = "\(folder.path)/gone.sqlite\(ending)"
    try folder.files.replace(rest, with: Array(canary(2).utf8))
    let recipient = try #require(try projections().recipients.first)
    guard case .owes = recipient.standing() else { throw LetheError(.io, "it owes nothing") }
    try recipient.purge(waiting: .zero)
    #expect(recipient.standing() == .acknowledged)
    #expect(try folder.residue(of: 2).isEmpty)
  }

  @Test func `files that other programs keep beside read models are no recipients`() throws {
    log.forget(2)
    for name in [".#medication.sqlite", "._medication.sqlite", "notes.txt"] {
      try folder.files.replace("\(folder.path)/\(name)", with: [1])
    }
    #expect(try projections().recipients.isEmpty)
  }

  @Test func `a run that somebody keeps from scrubbing is done, and owes`() throws {
    try fill()
    log.forget(2)
    log.prescribe("new", 1)
    let path = folder.path(model)
    let holder = try Holder(path, .reading)
    let file = try #require(try ReadModelFile.open(path, waiting: .milliseconds(1)))
    try file.file.sweepRows(log)
    try file.file.scrubUnlessHeld()
    guard case .owes = try projections().standing(of: model.name) else { throw LetheError(.io, "it owes nothing") }
    withExtendedLifetime(holder) {}
  }
}

extension ReadModelFile {
  /// The transaction of a sweep without the scrub.
  fileprivate func sweepRows(_ log: FakeLog) throws {
    var progress = try progress()
    let changes = log.changes(from: progress.swept)
    try database.transaction { () throws(LetheError) in
      for change in changes { try purge(change.nodes, &progress, sweptThrough: change.position) }
      try setProgress(progress)
    }
  }
}
