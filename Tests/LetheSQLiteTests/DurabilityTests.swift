import LetheSystem
import LetheTesting
import Testing

@testable import LetheSQLite

@Suite struct DurabilityTests {
  let directory = TemporaryDirectory()
  let files = LocalFileSystem()
  var path: String { directory.path("a.sqlite") }

  func open(_ mode: Database.Mode = .create, _ options: Database.Options? = .init()) throws -> Database {
    let database = try Database(path: path, mode: mode, busyTimeout: .milliseconds(1))
    if let options { try database.configure(options) }
    return database
  }

  func contains(_ needle: String, in file: String) throws -> Bool {
    guard files.exists(file) else { return false }
    let bytes = try files.contents(ofFile: file)
    let sought = Array(needle.utf8)
    return bytes.indices.contains { bytes[$0] == sought[0] && bytes[$0...].starts(with: sought) }
  }

  @Test func `every option is what was asked for`() throws {
    for (number, options) in [
      Database.Options(),
      .init(
        journal: .delete, synchronous: .normal, secureDelete: .off, temporaryStore: .files, mappedByteCount: 1 << 20,
        pageByteCount: 8192),
    ].enumerated() {
      let database = try Database(path: directory.path("\(number).sqlite"), mode: .create, busyTimeout: .zero)
      try database.configure(options)
      func pragma(_ name: String) throws -> SQLiteValue? {
        try database.first("PRAGMA \(name)") { (row) throws(LetheError) in try row.value(0) }
      }
      #expect(try pragma("journal_mode") == .text(options.journal.rawValue))
      #expect(try pragma("synchronous") == .integer(options.synchronous.rawValue))
      #expect(try pragma("secure_delete") == .integer(options.secureDelete.rawValue))
      #expect(try pragma("temp_store") == .integer(options.temporaryStore.rawValue))
      #expect(try pragma("mmap_size") == .integer(options.mappedByteCount))
      #expect(try pragma("page_size") == .integer(options.pageByteCount))
      try database.close()
    }
  }

  @Test func `a checkpoint cuts the write-ahead log to nothing`() throws {
    let database = try open()
    try database.execute("CREATE TABLE t (v)")
    try database.run("INSERT INTO t VALUES (?1)", .blob(.init(repeating: 1, count: 50_000)))
    #expect(try files.open(path + "-wal", .read).size() > 50_000)
    try database.checkpoint()
    #expect(try files.open(path + "-wal", .read).size() == 0)
    #expect(
      try open(.readOnly, nil).first("SELECT count(*) FROM t") { (row) throws(LetheError) in
        try row.integer(0)
      } == 1)
  }

  @Test func `a checkpoint that keeps the log moves all of it into the file, which is read from then on`() throws {
    let database = try open()
    try database.execute("CREATE TABLE t (v)")
    try database.run("INSERT INTO t VALUES (?1)", .blob(.init(repeating: 0xa5, count: 50_000)))
    try database.checkpoint(.keepingLog)
    #expect(try files.open(path + "-wal", .read).size() > 50_000)
    let file = try files.open(path, .update)
    let bytes = try file.read(count: file.size(), at: 0)
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: [UInt8](repeating: 0xa5, count: 64)) })
    try file.write([1], at: place)
    func firstByte() throws -> UInt8? {
      try database.first("SELECT v FROM t") { (row) throws(LetheError) in try row.blob(0)[0] }
    }
    try database.dropCache()
    #expect(try firstByte() == 1)
    try database.transaction { () throws(LetheError) in
      let error = #expect(throws: LetheError.self) { try database.dropCache() }
      #expect(error?.code == .refused)
    }
    // The log begins anew and is longer than what is in it.
    try database.run("INSERT INTO t VALUES (2)")
    #expect(
      try open(.readOnly, nil).first("SELECT count(*) FROM t") { (row) throws(LetheError) in
        try row.integer(0)
      } == 2)
  }

  @Test func `a checkpoint that a reader holds up throws, and works once the reader is gone`() throws {
    let (writer, reader) = (try open(), try open())
    try writer.execute("CREATE TABLE t (v); INSERT INTO t VALUES (1)")
    let statement = try reader.prepare("SELECT v FROM t")
    _ = try statement.step()
    try writer.run("UPDATE t SET v = 2")
    let error = #expect(throws: LetheError(.io, "")) { try writer.checkpoint() }
    #expect(error?.cause?.number == 5)
    statement.reset()
    try writer.checkpoint()
    #expect(try files.open(path + "-wal", .read).size() == 0)
  }

  @Test func `deleted content is nowhere in the files after a checkpoint`() throws {
    let canary = "canary-5d1f0c"
    let database = try open()
    try database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE INDEX i ON t (v)")
    for number in 0..<200 { try database.run("INSERT INTO t (v) VALUES (?1)", .text("\(number) \(canary) \(number)")) }
    try database.checkpoint()
    #expect(try contains(canary, in: path))
    // Rows are changed before they go, so that freed cells and moved pages are there too.
    try database.run("UPDATE t SET v = v || v || v WHERE id % 3 = 0")
    try database.run("DELETE FROM t")
    try database.checkpoint()
    for name in try files.contents(of: directory.path) { #expect(try !contains(canary, in: directory.path(name))) }
  }

  @Test func `without secure deletion the same search finds the residue`() throws {
    let canary = "canary-5d1f0c"
    let database = try open(.create, .init(secureDelete: .off))
    try database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
    try database.run("INSERT INTO t (v) VALUES (?1)", .text(canary))
    try database.run("DELETE FROM t")
    try database.checkpoint()
    #expect(try contains(canary, in: path))
  }

  @Test func `the file and its log belong to the owner alone`() throws {
    let database = try open()
    try database.execute("CREATE TABLE t (v)")
    for name in ["a.sqlite", "a.sqlite-wal", "a.sqlite-shm"] {
      #expect(permissions(of: directory.path(name)) == 0o600)
    }
  }

  @Test func `only create makes a file, and read-only never writes`() throws {
    for mode in [Database.Mode.readOnly, .readWrite] {
      let error = #expect(throws: LetheError(.io, "")) { _ = try open(mode, nil) }
      #expect(error?.message.contains("check the path") == true)
      #expect(!files.exists(path))
    }
    try open(.create, .init(journal: .delete)).execute("CREATE TABLE t (v)")
    let error = #expect(throws: LetheError(.io, "")) { try open(.readOnly, nil).run("INSERT INTO t VALUES (1)") }
    #expect(error?.message.contains("correct the permissions") == true)
  }

  @Test func `names that are special to SQLite are files like others`() throws {
    let parent = TemporaryDirectory()
    for name in [":memory:", "file:x?mode=memory"] {
      let database = try Database(path: parent.path(name), mode: .create)
      try database.execute("CREATE TABLE t (v)")
      #expect(files.exists(parent.path(name)))
    }
    #expect(throws: LetheError.self) { _ = try Database(path: "", mode: .create) }
  }
}
