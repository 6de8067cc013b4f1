import Glibc
import LetheAudit
import LetheCrypto
import LetheLog
import LethePolicies
import LetheSQLite
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// A real home in a temporary folder, and a folder for copies of it beside.
final class AuditHome {
  private let directory = TemporaryDirectory()
  private let clock = ManualClock(Timestamp(microseconds: 1_700_000_000_000_000))
  let files = LocalFileSystem()
  var home: Home { Home(directory.path("home")) }
  var world: World { World(clock: clock) }

  init() throws {
    try files.createDirectory(home.path)
    _ = try Store.create(home, in: world)
  }

  func open(_ observer: CommitObserver? = nil) throws -> Store {
    try Store.open(home, waiting: .patience, in: World(clock: clock, observer: observer))
  }

  @discardableResult
  func session<Outcome>(_ body: (Store) async throws -> Outcome) async throws -> Outcome {
    let store = try open()
    let outcome = try await body(store)
    try store.close()
    return outcome
  }

  /// Events of a few subjects, each in its own stream.
  func use(_ subjects: String..., events: Int = 3) async throws {
    try await session { store in
      for number in 0..<events {
        for subject in subjects { try await store.append(number, of: subject) }
      }
    }
  }

  @discardableResult
  func forget(_ subject: String) async throws -> CaseID {
    try await session { store in try LetheAuditTests.forget(subject, in: store) }
  }

  func verify() throws -> AuditReport { try Auditor.verify(home, waiting: .patience, in: world) }

  func drill(_ copy: Home) throws -> DrillReport {
    try Drill.run(home, backup: copy.path, waiting: .patience, in: world)
  }

  // MARK: Copies

  /// Copies files of Keys/ and Log/ as `cp -r` does; Keys/ without what belongs in no backup, unless it is asked for.
  func copy(_ name: String, with roots: Roots = .left) throws -> Home {
    let copy = Home(directory.path(name))
    for folder in ["Keys", "Log"] {
      try files.createDirectory("\(copy.path)/\(folder)")
      for file in try files.contents(of: "\(home.path)/\(folder)") {
        let path = "\(home.path)/\(folder)/\(file)"
        let isSecret = ["root.cell", "signing.key", "lock"].contains(file)
        guard !files.exists(path + "/."), !isSecret || (roots == .taken && file != "lock"),
          let content = try FolderTree.contents(ofListed: path)
        else { continue }
        try files.write(content, to: "\(copy.path)/\(folder)/\(file)")
      }
    }
    return copy
  }

  enum Roots { case left, taken }

  private var sides: [String] { [home.vault, home.directory].flatMap { [$0 + "-shm", $0 + "-wal"] } }

  /// Waits until SQLite let go of the home: a store's connections end a moment after its writer's thread, and take their
  /// side files with them.
  private func settle(patience: Int = 600) {
    for attempt in 0..<patience where sides.contains(where: files.exists) {
      // Empty ones are what a look without keys leaves.
      if attempt > 20, (try? files.contents(ofFile: home.vault + "-wal"))?.isEmpty ?? true { return }
      usleep(5_000)
    }
  }

  /// Removes what SQLite leaves beside a file that was spoilt.
  func discardSideFiles() throws {
    settle(patience: 40)
    for path in sides { try files.remove(path) }
  }

  /// Puts files of a copy in the home's place.
  func restore(_ names: [String], from copy: Home) throws {
    settle()
    for name in names {
      try files.write(try files.contents(ofFile: "\(copy.path)/\(name)"), to: "\(home.path)/\(name)")
    }
  }

  // MARK: Forgery

  /// Changes one byte of a file.
  func flip(_ name: String, at offset: Int) throws {
    var bytes = try files.contents(ofFile: "\(home.path)/\(name)")
    bytes[offset] ^= 1
    try files.write(bytes, to: "\(home.path)/\(name)")
  }

  /// Writes a group of records as somebody would who has the disk, but no key.
  func append(_ records: [Record]) throws {
    try Store.write(records, to: home, in: world)
  }

  /// The same with facts in clear.
  func append(_ facts: Fact...) throws {
    var count = try evidence().factCount
    try append(
      facts.map { fact in
        defer { count += 1 }
        return try Record(
          header: RecordHeader(flags: [.system, .lastOfBatch], streamID: .system, revision: count, parts: []),
          sealedParts: [], clearBody: fact.encoded())
      })
  }

  var storeID: [UInt8] { get throws { try FileLog.storeID(in: home.log, fileSystem: files) } }

  func log() throws -> FileLog { try ClosedHome(home, in: world).log() }

  func evidence() throws -> (evidence: Evidence, factCount: UInt64, last: (stream: StreamID, revision: UInt64)?) {
    let log = try log()
    var facts: UInt64 = 0
    var last: (StreamID, UInt64)?
    try log.forEachRecord(from: 0, to: nil) { _, record in
      if record.header.flags.contains(.system) {
        facts += 1
      } else {
        last = (record.header.streamID, record.header.revision)
      }
      return .continue
    }
    return (try Evidence(scanning: log), facts, last)
  }

  /// A record that pretends to be the next event of the stream that was appended to last.
  func append(partUnder kid: KeyID) throws {
    let last = try #require(try evidence().last)
    let header = RecordHeader(
      flags: .lastOfBatch, streamID: last.stream, revision: last.revision + 1,
      parts: [PartHeader(kid: kid.rawValue, nonce: [UInt8](repeating: 7, count: 24), paddedLength: 256)])
    try append([Record(header: header, sealedParts: [[UInt8](repeating: 9, count: 272)], clearBody: [])])
  }

  /// A commit of the vault past the store; the log is told only by the caller.
  func commitVault(_ request: CommitRequest) throws -> EpochAdvance {
    let evidence = try evidence().evidence
    settle()
    let cell = try FileRootCell(path: home.rootCell, .open, random: SystemRandom())
    let (vault, recovery) = try Vault.open(
      pages: SQLitePageStore(path: home.vault, .readWrite), cells: CellSets(CellSet([cell])), storeID: try storeID,
      random: SystemRandom(),
      logEpoch: try #require(evidence.epoch).to, openCases: [])
    while let action = recovery.next() { try vault.perform(action, of: recovery) }
    let commit = try vault.begin(request)
    while let action = commit.next() { try vault.perform(action, of: commit) }
    return try #require(commit.advance)
  }
}

extension AuditHome {
  /// Changes the file of pages by hand.
  func database(_ body: (Database) throws -> Void) throws {
    settle()
    let database = try Database(path: home.vault, mode: .readWrite)
    try body(database)
    try database.close()
  }
}

extension LocalFileSystem {
  func write(_ bytes: [UInt8], to path: String) throws {
    try remove(path)
    let file = try open(path, .createNew)
    try bytes.withByteSpan { (bytes) throws(LetheError) in try file.write(bytes, at: 0) }
  }
}

extension Store {
  @discardableResult
  func append(_ number: Int, of subject: String) async throws -> AppendReceipt {
    let json = """
      {"specversion":"1.0","id":"event-\(number)","source":"urn:test","type":"MedicationPrescribed",\
      "datasubject":"\(subject)","data":{"code":"\(number)"}}
      """
    return try await append(
      AppendRequest(to: StreamName("patient-\(subject)"), [CloudEvent(json: Array(json.utf8))]))
  }
}

/// Approves and carries out a forget.
@discardableResult
func forget(_ id: String, in store: Store) throws -> CaseID {
  try store.perform { (writer) throws(LetheError) in
    let subject = try writer.subject(id)
    let extent = try writer.extent(of: subject)
    let caseID = try CaseID.random(from: SystemRandom())
    var approval: UInt64 = 0
    for state in [CaseStep.State.received, .approved] {
      let step = CaseStep(caseID: caseID, state: state, staff: [], dueDay: nil, extent: extent.digest)
      approval = try writer.record([StoreWriter.FactDraft(.caseStep(step), .subject(subject, []))])
    }
    _ = try writer.forget(caseID, approval: approval, subject: subject)
    return caseID
  }
}

extension AuditReport {
  subscript(id: String) -> AuditCheck? { checks.first { $0.id == id } }
  var failed: [String] { checks.filter { !$0.ok }.map(\.id) }
  var unmade: [String] { checks.filter { $0.answer == .notChecked }.map(\.id) }
}
