import LetheSystem
import LetheTesting
import Testing

@testable import LetheSQLite

@Suite struct TransactionTests {
  let directory = TemporaryDirectory()
  var path: String { directory.path("a.sqlite") }

  func open(_ mode: Database.Mode = .create) throws -> Database {
    let database = try Database(path: path, mode: mode, busyTimeout: .milliseconds(1))
    if mode != .readOnly { try database.configure() }
    return database
  }

  func count(_ database: Database) throws(LetheError) -> Int64? {
    try database.first("SELECT count(*) FROM t") { (row) throws(LetheError) in try row.integer(0) }
  }

  @Test func `a committed transaction is seen by a second connection, an open one is not`() throws {
    let (writer, reader) = (try open(), try open(.readWrite))
    try writer.execute("CREATE TABLE t (v)")
    let result = try writer.transaction { () throws(LetheError) in
      #expect(writer.isInTransaction)
      try writer.run("INSERT INTO t VALUES (1)")
      let seen = try count(reader)
      #expect(seen == 0)
      return "kept"
    }
    #expect(result == "kept")
    #expect(!writer.isInTransaction)
    #expect(try count(reader) == 1)
    #expect(try count(open(.readOnly)) == 1)
  }

  @Test func `a transaction whose body throws keeps nothing and throws the same error`() throws {
    let database = try open()
    try database.execute("CREATE TABLE t (v)")
    let error = #expect(throws: LetheError.self) {
      try database.transaction { () throws(LetheError) in
        try database.run("INSERT INTO t VALUES (1)")
        throw LetheError(.policy, "mine")
      }
    }
    #expect(error?.message == "mine")
    #expect(try count(database) == 0)
    try database.transaction { () throws(LetheError) in _ = try database.run("INSERT INTO t VALUES (1)") }
    #expect(try count(database) == 1)
  }

  @Test func `a transaction inside another is refused and ends the outer one`() throws {
    let database = try open()
    try database.execute("CREATE TABLE t (v)")
    #expect(throws: LetheError(.refused, "")) {
      try database.transaction { () throws(LetheError) in
        try database.run("INSERT INTO t VALUES (1)")
        try database.transaction { () throws(LetheError) in }
      }
    }
    #expect(try count(database) == 0)
  }

  @Test func `a commit that fails is rolled back`() throws {
    let database = try open()
    try database.execute(
      """
      PRAGMA foreign_keys = ON;
      CREATE TABLE parent (id INTEGER PRIMARY KEY);
      CREATE TABLE t (v REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)
      """)
    let error = #expect(throws: LetheError(.io, "")) {
      try database.transaction { () throws(LetheError) in _ = try database.run("INSERT INTO t VALUES (1)") }
    }
    #expect(error?.cause?.queue == ["FOREIGN KEY constraint failed"])
    #expect(!database.isInTransaction)
    #expect(try count(database) == 0)
  }

  @Test func `a second writer is told to wait`() throws {
    let (first, second) = (try open(), try open())
    try first.execute("CREATE TABLE t (v)")
    try first.transaction { () throws(LetheError) in
      let error = #expect(throws: LetheError(.io, "")) {
        try second.transaction { () throws(LetheError) in Issue.record("two writers at once") }
      }
      #expect(error?.message.contains("another process is using it; wait") == true)
      #expect(error?.cause?.number == 5)
    }
    try second.transaction { () throws(LetheError) in _ = try second.run("INSERT INTO t VALUES (1)") }
  }
}
