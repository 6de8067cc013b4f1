import LetheSQLite
import LetheSystem
import LetheTesting
import Testing

@testable import LetheProjections

@Suite struct ProjectionRunnerTests {
  let folder = Folder()
  let log = FakeLog()
  let model = Medication()

  func run(_ log: FakeLog? = nil) throws -> ProjectionSummary { try folder.runner(model, log ?? self.log).run() }

  @Test func `the sample holds what was prescribed and not stopped`() throws {
    log.prescribe("a", 0)
    log.prescribe("a", 0, start: "2026-02-01")
    log.prescribe("b", 1)
    log.append(.fact)
    log.stop("a", 0)
    log.stop("z", 1)
    log.prescribe("c", 1, start: "2026-03-01T10:00:00Z")
    let summary = try run()
    #expect(summary == ProjectionSummary(projection: "medication", position: 7, events: 6, skipped: 0, rebuilt: nil))
    let lines = try folder.rows(model).map { String(decoding: $0.json, as: UTF8.self) }
    #expect(
      lines == [
        #"{"subject":"0-0","code":"a","description":"canary~0~yranac tablet ","start":"2026-02-01","position":1}"#,
        #"{"subject":"0-1","code":"b","description":"canary~1~yranac tablet ","start":"2026-01-01","position":2}"#,
        #"{"subject":"0-1","code":"c","description":"canary~1~yranac tablet ","start":"2026-03-01T10:00:00Z","position":6}"#,
      ])
    #expect(try folder.rows(model, of: 1).count == 2)
    #expect(try folder.rows(model, of: 2).isEmpty)
  }

  @Test func `what does not open is passed over and counted`() throws {
    log.prescribe("a", 0)
    log.prescribe("b", 1)
    log.forget(0)
    log.prescribe("b", 1, start: "2026-02-01")
    let summary = try run()
    #expect((summary.position, summary.events, summary.skipped) == (4, 2, 1))
    #expect(try folder.rows(model).map(\.subject) == [index(1), index(1)])
  }

  @Test func `a missing key stops the run after what is good before it`() throws {
    log.prescribe("a", 0)
    log.prescribe("b", 1)
    log.append(.missingKey)
    log.prescribe("c", 2)
    for _ in 0..<2 {
      let error = #expect(throws: LetheError(.missingKey, "")) { try run() }
      #expect(error?.place == "position 2")
      #expect(try folder.file(model).progress().position == 2)
      #expect(try folder.rows(model).count == 2)
    }
    log.mend()
    #expect(try run().position == 4)
  }

  @Test func `a rebuild whose new file cannot be made says nothing of rows that are kept`() throws {
    log.prescribe("a", 0)
    _ = try run()
    let files = FaultingFileSystem(LocalFileSystem())
    let path = folder.path(model)
    files.faults.decide { $0.kind == .open && $0.path == path ? .fail : .proceed }
    let error = #expect(throws: LetheError(.io, "")) { try folder.runner(model, log, in: files).rebuild() }
    #expect(error?.kept == nil && !files.exists(path))
    // What is applied to a new file is kept.
    log.append(.missingKey)
    let stopped = #expect(throws: LetheError(.missingKey, "")) { try folder.runner(model, log).rebuild() }
    #expect(stopped?.kept == .readModel)
  }

  @Test func `the file is the owner's alone`() throws {
    _ = try run()
    #expect(folder.permissions(model) == 0o600)
  }

  @Test func `a model of another store is rebuilt`() throws {
    log.prescribe("a", 0)
    _ = try run()
    let other = FakeLog(store: 2)
    other.prescribe("b", 1)
    #expect(try run(other).rebuilt == .otherStore)
    #expect(try folder.rows(model).map(\.subject) == [index(1)])
    #expect(try folder.residue(of: 0).isEmpty)
  }

  @Test func `a bookmark beyond the end of the log leads to a rebuild`() throws {
    for subject in 0..<5 { log.prescribe("a", subject) }
    _ = try run()
    log.cut(to: 3)
    let summary = try run()
    #expect((summary.rebuilt, summary.position) == (.otherLog, 3))
    #expect(try folder.rows(model).count == 3)
    #expect(try run().rebuilt == nil)
  }

  @Test func `a log that was cut and grew beyond the bookmark again leads to a rebuild`() throws {
    for subject in 0..<5 { log.prescribe("a", subject) }
    _ = try run()
    let restored = FakeLog(salt: 9)
    for subject in 10..<17 { restored.prescribe("a", subject) }
    #expect(try run(restored).rebuilt == .otherLog)
    #expect(try folder.rows(model).map(\.subject) == (10..<17).map { index($0) })
  }

  @Test func `a model with other columns or another version is rebuilt`() throws {
    struct Next: ReadModel {
      let name = "medication"
      var version = 1
      var columns: [Column] = [.key("code")]
      func apply(_ part: DeliveredPart, to rows: borrowing PartRows) throws(LetheError) {
        guard part.kind == .personal else { return }
        try rows.put(["code": .text(part.text("data", "code") ?? "")])
      }
    }
    log.prescribe("a", 0)
    _ = try run()
    #expect(try folder.runner(Next(), log).run().rebuilt == .changedModel)
    #expect(try folder.runner(Next(), log).run().rebuilt == nil)
    #expect(try folder.runner(Next(version: 2), log).run().rebuilt == .changedModel)
    #expect(try folder.rows(model).count == 1)
  }

  @Test func `a damaged file is rebuilt`() throws {
    for subject in 0..<50 { log.prescribe("a", subject) }
    _ = try run()
    let before = try folder.rows(model)
    let bytes = [UInt8](repeating: 0xa5, count: 4096)
    try folder.files.open(folder.path(model), .update).write(bytes.span.bytes, at: 0)
    #expect(try run().rebuilt == .damage)
    #expect(try folder.rows(model) == before)
  }

  @Test func `a file that was begun and never finished is made anew`() throws {
    _ = try folder.files.open(folder.path(model), .createNew)
    log.prescribe("a", 0)
    #expect(try run().position == 1)
  }

  @Test func `a file that is no read model is refused and left alone`() throws {
    let foreign = try Connection.make(folder.path(model), "CREATE TABLE mine (v); INSERT INTO mine VALUES (1)")
    try foreign.close()
    #expect(throws: LetheError(.format, "")) { try run() }
    #expect(throws: LetheError(.format, "")) { try run() }
  }

  @Test func `a file of a newer format is refused`() throws {
    _ = try run()
    try Connection.make(folder.path(model), "PRAGMA user_version = 2").close()
    #expect(throws: LetheError(.format, "")) { try run() }
  }

  @Test(arguments: [
    ["code": RowValue.null, "start": "x"], ["code": "x"], ["code": "x", "start": "y", "other": "z"],
  ]) func `a row that does not fit the columns is refused`(row: [String: RowValue]) throws {
    struct Careless: ReadModel {
      let name = "careless"
      let columns = Medication().columns
      let row: [String: RowValue]
      func apply(_ part: DeliveredPart, to rows: borrowing PartRows) throws(LetheError) { try rows.put(row) }
    }
    log.prescribe("a", 0)
    #expect(throws: LetheError(.input, "")) { try folder.runner(Careless(row: row), log).run() }
    #expect(try folder.rows(Careless(row: [:])).isEmpty)
  }

  @Test func `values come back as they were put`() throws {
    struct Values: ReadModel {
      let name = "values"
      let columns: [Column] = [.key("k"), .value("a"), .value("b"), .value("c"), .value("d")]
      func apply(_ part: DeliveredPart, to rows: borrowing PartRows) throws(LetheError) {
        try rows.put(["k": -1, "a": .real(1.5), "b": .integer(.min), "c": "12", "d": nil])
        let row = try rows.row(["k": -1])
        #expect(row == ["k": -1, "a": .real(1.5), "b": .integer(.min), "c": "12", "d": nil])
        let other = try rows.row(["k": 1])
        #expect(other == nil)
      }
    }
    log.prescribe("a", 5)
    _ = try folder.runner(Values(), log).run()
    let lines = try folder.rows(Values()).map { String(decoding: $0.json, as: UTF8.self) }
    #expect(
      lines.first == #"{"subject":"1-1","k":-1,"a":1.5,"b":-9223372036854775808,"c":"12","d":null,"position":0}"#)
  }
}
