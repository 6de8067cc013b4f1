import Glibc
import LetheSystem
import LetheTesting
import Testing

@testable import LetheSQLite

@Suite struct SQLiteErrorTests {
  let directory = TemporaryDirectory()
  let files = LocalFileSystem()
  var path: String { directory.path("a.sqlite") }

  /// A database of some hundred rows, closed and checkpointed.
  func filled() throws {
    let database = try Database(path: path, mode: .create)
    try database.configure()
    try database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE INDEX i ON t (v)")
    try database.transaction { () throws(LetheError) in
      for number in 0..<500 { try database.run("INSERT INTO t (v) VALUES (?1)", .text("value number \(number)")) }
    }
    try database.checkpoint()
    try database.integrityCheck()
    try database.close()
  }

  func overwrite(_ range: Range<Int>) throws {
    let bytes = [UInt8](repeating: 0xa5, count: range.count)
    try files.open(path, .update).write(bytes, at: range.lowerBound)
  }

  @Test func `a file that is no database is damage`() throws {
    try filled()
    try overwrite(0..<100)
    let error = #expect(throws: LetheError(.damage, "")) {
      try Database(path: path, mode: .readWrite).execute("SELECT * FROM t")
    }
    #expect(error?.place == "a.sqlite")
    #expect(
      error?.message == "a.sqlite: this is not an SQLite database or its header is damaged; put back a copy of it")
  }

  @Test func `a damaged page is damage when it is read and when it is looked for`() throws {
    try filled()
    let size = try files.open(path, .read).size()
    try overwrite(4096..<size)
    #expect(throws: LetheError(.damage, "")) {
      try Database(path: path, mode: .readWrite).rows("SELECT v FROM t") { (row) throws(LetheError) in try row.text(0) }
    }
    #expect(throws: LetheError(.damage, "")) { try Database(path: path, mode: .readOnly).integrityCheck() }
  }

  @Test(arguments: [18, 19]) func `a version that no SQLite writes is damage to who writes`(offset: Int) throws {
    try filled()
    try files.open(path, .update).write([3], at: offset)
    let error = #expect(throws: LetheError(.damage, "")) {
      let database = try Database(path: path, mode: .readWrite)
      try database.configure()
      try database.execute("DELETE FROM t")
    }
    #expect(error?.message.contains("header is damaged; put back a copy of it") == true)
  }

  @Test func `a changed byte of the head is damage or harmless`() throws {
    try filled()
    let whole = try files.contents(ofFile: path)
    for offset in 0..<100 {
      let file = try files.open(path, .update)
      try file.write([whole[offset] ^ 1], at: offset)
      do throws(LetheError) {
        let database = try Database(path: path, mode: .readOnly)
        _ = try database.rows("SELECT v FROM t") { (row) throws(LetheError) in try row.text(0) }
      } catch { #expect(error.code == .damage, "byte \(offset): \(error)") }
      try file.write([whole[offset]], at: offset)
    }
  }

  @Test func `a file cut short is damage`() throws {
    try filled()
    try files.open(path, .update).truncate(to: 8192)
    #expect(throws: LetheError(.damage, "")) { try Database(path: path, mode: .readWrite).integrityCheck() }
  }

  /// Everything that a reader of logs could see of an error.
  func all(_ error: LetheError?) -> String { "\(String(describing: error)) \(String(reflecting: error))" }

  @Test(arguments: [
    // Bound values, quoted by SQLite's own words.
    "SELECT json_extract('{}', ?1)", "SELECT json(?1)", "SELECT json_each.value FROM json_each('{}', ?1)",
    "SELECT * FROM f WHERE f MATCH ?1", "INSERT INTO t VALUES (?1, 1)", "INSERT INTO t VALUES (1, ?1)",
    "INSERT INTO raising VALUES (?1)", "INSERT INTO t (id) VALUES (?1 || 'x')", "SELECT ?1 -> ?1",
    "SELECT load_extension(?1)", "INSERT INTO s VALUES (?1)", "INSERT INTO c VALUES (?1)",
    "SELECT strftime(?1, ?1, ?1), abs(-9223372036854775808)", "INSERT INTO u VALUES (?1), (?1)",
    // Values written in the SQL.
    "SELECT ?1, 'canary", "SELECT ?1 'canary' 'canary'", "SELECT ?1, \"can ary\"", "SELECT ?1 FROM t WHERE x'canary'",
    "SELECT ?1 5558675309canary", "SELECT ?1 FROM t WHERE id = = 'canary'",
    "SELECT ?1 FROM \"can ary\"", "SELECT ?1, nobody('canary')", "ATTACH 'canary",
  ])
  func `an error never holds a value`(sql: String) throws {
    let database = try Database(path: path, mode: .create)
    try database.execute(
      """
      CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER NOT NULL CHECK (v > 1000 AND typeof(v) = 'integer'));
      CREATE VIRTUAL TABLE f USING fts5 (v);
      CREATE TABLE raising (v);
      CREATE TRIGGER r BEFORE INSERT ON raising BEGIN SELECT json_extract('{}', new.v); END;
      CREATE TABLE s (v INTEGER) STRICT;
      CREATE TABLE c (v CONSTRAINT short CHECK (length(v) < 3));
      CREATE TABLE u (v UNIQUE)
      """)
    let canary = "canary \"canary\" canary: 'canary' 5558675309"
    let error = #expect(throws: LetheError.self) { try database.run(sql, .text(canary)) }
    #expect(!all(error).contains("canary"))
    #expect(!all(error).contains("can ary"))
    #expect(!all(error).contains("5558675309"))
    #expect(error?.cause?.queue.isEmpty == false)
  }

  @Test func `an error names the constraint or the identifier that refused`() throws {
    let database = try Database(path: path, mode: .create)
    try database.execute("CREATE TABLE t (v UNIQUE, w CONSTRAINT short CHECK (length(w) < 3))")
    try database.run("INSERT INTO t VALUES (1, 'a')")
    func words(_ sql: String) -> [String]? {
      #expect(throws: LetheError(.io, "")) { try database.run(sql) }?.cause?.queue
    }
    #expect(words("INSERT INTO t VALUES (1, 'a')") == ["UNIQUE constraint failed: t.v"])
    #expect(words("INSERT INTO t VALUES (2, 'abc')") == ["CHECK constraint failed: short"])
    #expect(words("SELEC 1") == ["near \"SELEC\": syntax error"])
    #expect(words("SELECT nobody FROM t") == ["no such column: nobody"])
    #expect(words("SELECT 1 FROM t 'a b' 'c d'") == ["near …: syntax error"])
  }

  @Test func `a full disk tells to free space`() throws {
    let database = try Database(path: path, mode: .create)
    try database.execute("CREATE TABLE t (v); PRAGMA max_page_count = 4")
    let error = #expect(throws: LetheError(.io, "")) {
      try database.run("INSERT INTO t VALUES (?1)", .blob(.init(repeating: 1, count: 100_000)))
    }
    #expect(
      error?.message == "a.sqlite: the disk is full; free some space and try again")
    #expect(error?.cause?.number == 13)
  }

  @Test func `only a disk that takes no writes is told as one, not a file that cannot be written`() throws {
    try filled()
    let reader = try Database(path: path, mode: .readOnly)
    let refused = #expect(throws: LetheError(.io, "")) { try reader.run("DELETE FROM t") }
    #expect(refused?.cause?.number == 8 && refused?.isForWantOfSpace == false)
    #expect(refused?.message.contains("correct the permissions") == true)
  }

  @Test func `a file that was moved away while it was open is told as moved`() throws {
    try filled()
    let database = try Database(path: path, mode: .readWrite)
    try database.configure(.init(journal: .delete, synchronous: .extra))
    try database.run("DELETE FROM t WHERE id = 1")
    try files.rename(path, to: path + ".moved")
    let error = #expect(throws: LetheError(.io, "")) { try database.run("DELETE FROM t WHERE id = 2") }
    #expect(error?.cause?.number == 1032 && error?.isForWantOfSpace == false)
    #expect(error?.message.contains("was moved or replaced") == true)
  }

  @Test func `a journal that a crash left and that cannot be rolled back is told as such`() throws {
    try filled()
    let writer = try Database(path: path, mode: .readWrite)
    try writer.configure(.init(journal: .delete, synchronous: .extra))
    try writer.execute("PRAGMA cache_size = 1; BEGIN; UPDATE t SET v = v || 'x'")
    let crashed = directory.path("crashed.sqlite")
    for ending in ["", "-journal"] { try files.copyFile(path + ending, to: crashed + ending) }
    let reader = try Database(path: crashed, mode: .readOnly)
    let error = #expect(throws: LetheError(.io, "")) {
      try reader.rows("SELECT v FROM t") { (row) throws(LetheError) in try row.text(0) }
    }
    #expect(error?.cause?.number == 776 && error?.isForWantOfSpace == false)
    #expect(error?.message.contains("left its journal") == true)
  }

  @Test(arguments: [EROFS, EACCES]) func `an injected disk that takes no writes is told as one`(number: Int32) throws {
    let disk = FaultingFileSystem(MemoryFileSystem())
    try disk.createDirectory("/d")
    let database = try Database(path: "/d/a.sqlite", mode: .create, in: disk)
    try database.execute("CREATE TABLE t (v)")
    disk.faults.decide { $0.kind == .write || $0.kind == .open ? .refuse(number: number) : .proceed }
    let error = #expect(throws: LetheError(.io, "")) { try database.run("INSERT INTO t VALUES (1)") }
    #expect(error?.isForWantOfSpace == (number == EROFS), "\(all(error))")
  }

  @Test func `a value prints its kind and size alone`() {
    let text = SQLiteValue.text("canary")
    #expect("\(text)" == "text of 6 bytes")
    var dumped = ""
    dump([text, .integer(424_242), .real(0.1), .blob([1, 2]), .null], to: &dumped)
    #expect(!dumped.contains("canary") && !dumped.contains("424242") && dumped.contains("blob of 2 bytes"))
    #expect(String(reflecting: text) == "text of 6 bytes")
  }
}
