import LetheSystem
import LetheTesting
import Testing

@testable import LetheSQLite

@Suite struct DatabaseTests {
  let directory = TemporaryDirectory()

  func open(_ mode: Database.Mode = .create) throws -> Database {
    let database = try Database(path: directory.path("a.sqlite"), mode: mode, busyTimeout: .zero)
    if mode != .readOnly { try database.configure() }
    return database
  }

  @Test(
    arguments: [
      .null, 0, -1, .integer(.min), .integer(.max), .real(0), .real(-1.5), .real(.infinity),
      .real(.leastNonzeroMagnitude),
      "", "a", "a\0b\0", "Zoë 🩺", .blob([]), .blob([0]), .blob([0, 255, 0, 1]),
      .blob(.init(repeating: 7, count: 100_000)),
    ] as [SQLiteValue])
  func `a value comes back as it was stored`(value: SQLiteValue) throws {
    let database = try open()
    try database.execute("CREATE TABLE t (v)")
    #expect(try database.run("INSERT INTO t VALUES (?1)", value) == 1)
    let back = try database.rows("SELECT v FROM t") { (row) throws(LetheError) in try row.value(0) }
    #expect(back == [value])
  }

  @Test func `a number that is none is refused and not stored as null`() throws {
    let database = try open()
    try database.execute("CREATE TABLE t (v)")
    #expect(throws: LetheError(.input, "")) { try database.run("INSERT INTO t VALUES (?1)", .real(.nan)) }
    #expect(try database.first("SELECT count(*) FROM t") { (row) throws(LetheError) in try row.integer(0) } == 0)
  }

  @Test func `too few or too many values are refused`() throws {
    let database = try open()
    #expect(throws: LetheError.self) { try database.run("SELECT ?1, ?2", 1) }
    #expect(throws: LetheError.self) { try database.run("SELECT ?1", 1, 2) }
  }

  @Test func `a prepared statement is bound and stepped again after a reset`() throws {
    let database = try open()
    let statement = try database.prepare("SELECT ?1, ?2")
    #expect(statement.parameterCount == 2)
    for number in [Int64(1), 2, 3] {
      try statement.bind(.integer(number), at: 1)
      guard let row = try statement.step() else { throw LetheError(.damage, "no row") }
      let (count, first, second) = try (row.columnCount, row.integer(0), row.isNull(1))
      #expect(count == 2 && first == number && second)
      statement.reset()
    }
    #expect(throws: LetheError.self) { try statement.bind(1, at: 3) }
    #expect(throws: LetheError.self) { try statement.bind(1, at: 0) }
  }

  @Test func `only one statement can be prepared at once`() throws {
    let database = try open()
    #expect(throws: LetheError.self) { _ = try database.prepare("SELECT 1; SELECT 2") }
    #expect(throws: LetheError.self) { _ = try database.prepare("  -- nothing") }
    #expect(throws: LetheError.self) { try database.execute("SELECT 1;\0 SELECT 2") }
    _ = try database.prepare("/* first */ SELECT 1; -- the end")
  }

  @Test func `a column of another kind is damage, not a converted value`() throws {
    let database = try open()
    func code(_ read: (borrowing Row) throws(LetheError) -> Void) throws -> LetheError.Code? {
      try database.first("SELECT 'a', 1, 1.5, x'00', CAST(x'ff' AS TEXT)") {
        (row) throws(LetheError) -> LetheError.Code? in
        do throws(LetheError) {
          try read(row)
          return nil
        } catch let error { return error.code }
      } ?? .io
    }
    for column in 0..<5 {
      #expect(try code { (row) throws(LetheError) in _ = try row.integer(column) } == (column == 1 ? nil : .damage))
      #expect(try code { (row) throws(LetheError) in _ = try row.real(column) } == (column == 2 ? nil : .damage))
      #expect(try code { (row) throws(LetheError) in _ = try row.text(column) } == (column == 0 ? nil : .damage))
      #expect(try code { (row) throws(LetheError) in _ = try row.blob(column) } == (column == 3 ? nil : .damage))
    }
  }

  @Test func `a text is compiled once, and nested uses of it do not disturb each other`() throws {
    let database = try open()
    try database.execute("CREATE TABLE t (v); INSERT INTO t VALUES (1), (2), (3)")
    let before = database.compiledStatementCount
    let sql = "SELECT v FROM t WHERE v >= ?1 ORDER BY v"
    for _ in 0..<10 { try database.run(sql, 2) }
    #expect(database.compiledStatementCount == before + 1)
    let nested = try database.rows(sql, 1) { (row) throws(LetheError) in
      let inner = try database.rows(sql, .integer(try row.integer(0))) { (row) throws(LetheError) in
        try row.integer(0)
      }
      return inner.count
    }
    #expect(nested == [3, 2, 1])
    #expect(database.compiledStatementCount == before + 2)
    #expect(try database.first(sql, 2) { (row) throws(LetheError) in try row.integer(0) } == 2)
    #expect(try database.first(sql, 9) { (row) throws(LetheError) in try row.integer(0) } == nil)
  }

  @Test func `the cache holds a limited number of statements`() throws {
    let database = try open()
    for number in 0..<600 { try database.run("SELECT \(number)") }
    try database.close()
  }

  @Test func `a schema of several statements runs in order and counts its changes`() throws {
    let database = try open()
    try database.execute("CREATE TABLE t (v); -- why\n INSERT INTO t VALUES (1);\n\n INSERT INTO t VALUES (2); ")
    #expect(database.lastInsertedRowID == 2)
    #expect(try database.run("UPDATE t SET v = 0") == 2)
    #expect(try database.userVersion == 0)
    try database.setUserVersion(-7)
    #expect(try database.userVersion == -7)
  }

  @Test func `a database closes once its statements are gone, and is then refused`() throws {
    let database = try open()
    var statement: Statement? = try database.prepare("SELECT 1")
    #expect(throws: LetheError(.io, "")) { try database.close() }
    _ = try statement?.step()
    statement = nil
    try database.close()
    #expect(throws: LetheError(.io, "")) { try database.execute("SELECT 1") }
    #expect(throws: LetheError(.io, "")) { try database.run("SELECT 1") }
    #expect(throws: LetheError(.io, "")) { try database.checkpoint() }
    #expect(!database.isInTransaction)
    #expect(database.lastInsertedRowID == 0)
  }

  @Test func `a statement outlives its database`() throws {
    func make() throws -> Statement { try open().prepare("SELECT 5") }
    let statement = try make()
    guard let row = try statement.step() else { throw LetheError(.damage, "no row") }
    let value = try row.integer(0)
    #expect(value == 5)
  }
}
