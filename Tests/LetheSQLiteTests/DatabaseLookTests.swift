import LetheSQLite
import LetheSystem
import LetheTesting
import Testing

/// A look at a database that others use.
///
/// The writers are connections of this process, whose POSIX locks a look would drop: no test relies on those.
@Suite struct DatabaseLookTests {
  private let directory = TemporaryDirectory()
  private let files = LocalFileSystem()
  private var path: String { directory.path("a.sqlite") }

  private func writer() throws -> Database {
    let database = try Database(path: path, mode: .create)
    try database.configure(.init(movesLog: false))
    return database
  }

  private func numbers(_ look: DatabaseLook) throws -> [Int64] {
    try look.database.rows("SELECT n FROM t ORDER BY n") { (row) throws(LetheError) in try row.integer(0) }
  }

  private func look() throws -> DatabaseLook { try DatabaseLook(path: path, ifDamaged: "put it back", in: files) }

  private func seen() throws -> [Int64] { try numbers(look()) }

  private func contents() throws -> [String: [UInt8]] {
    var contents: [String: [UInt8]] = [:]
    for name in try files.contents(of: directory.path) where !name.hasSuffix("-shm") {
      contents[name] = try files.contents(ofFile: directory.path(name))
    }
    return contents
  }

  @Test func `what is committed is seen, in the file or in its log, and nothing else`() throws {
    let writer = try writer()
    try writer.execute("CREATE TABLE t (n INTEGER)")
    try writer.run("INSERT INTO t VALUES (1)")
    try writer.checkpoint()
    try writer.run("INSERT INTO t VALUES (2)")
    #expect(try seen() == [1, 2])
    try writer.run("BEGIN IMMEDIATE")
    try writer.run("INSERT INTO t VALUES (3)")
    #expect(try seen() == [1, 2])
    try writer.run("COMMIT")
    #expect(try seen() == [1, 2, 3])
  }

  @Test func `a look makes no file, changes no byte and can change none`() throws {
    do {
      let writer = try writer()
      try writer.execute("CREATE TABLE t (n INTEGER)")
      try writer.run("INSERT INTO t VALUES (1)")
      try writer.close()
    }
    #expect(try files.contents(of: directory.path) == ["a.sqlite"])
    let before = try contents()
    let look = try self.look()
    #expect(try numbers(look) == [1])
    #expect(throws: LetheError.self) { try look.database.run("INSERT INTO t VALUES (2)") }
    #expect(look.isUnchanged)
    #expect(try contents() == before)
  }

  @Test func `a log that a crash left is read and left`() throws {
    let writer = try writer()
    try writer.execute("CREATE TABLE t (n INTEGER)")
    try writer.run("INSERT INTO t VALUES (7)")
    let crashed = directory.path("crashed.sqlite")
    for ending in ["", "-wal"] { try files.copyFile(path + ending, to: crashed + ending) }
    let before = try contents()
    let look = try DatabaseLook(path: crashed, ifDamaged: "", in: files)
    #expect(try numbers(look) == [7] && look.isUnchanged)
    #expect(try contents() == before)
  }

  @Test(arguments: ["commit", "checkpoint", "both", "vacuum", "removal"])
  func `a change by others shows`(change: String) throws {
    let writer = try writer()
    try writer.execute("CREATE TABLE t (n INTEGER)")
    for number in 0..<50 { try writer.run("INSERT INTO t VALUES (?1)", .integer(Int64(number))) }
    let look = try self.look()
    #expect(try numbers(look).count == 50 && look.isUnchanged)
    switch change {
    case "commit": try writer.run("DELETE FROM t")
    case "checkpoint": try writer.checkpoint()
    case "both":
      try writer.run("DELETE FROM t")
      try writer.checkpoint()
      try writer.run("INSERT INTO t VALUES (1)")
    case "vacuum": try writer.execute("VACUUM")
    default: try files.remove(path)
    }
    #expect(!look.isUnchanged)
  }

  @Test func `a connection that is opened while somebody looks waits until the look has closed the file`() throws {
    let writer = try writer()
    try writer.execute("CREATE TABLE t (n INTEGER)")
    try writer.close()
    let (path, progress) = (path, Monitor((isOpening: false, isOpen: false)))
    try DatabaseLook.read(path, ifDamaged: "", in: files) { (database) throws(LetheError) in
      try WorkerThread.start {
        progress.withLock { $0.isOpening = true }
        let opened = try? Database(path: path, mode: .readWrite)
        progress.withLock { $0.isOpen = opened != nil }
      }
      // Time for one that does not wait.
      progress.wait(until: \.isOpening, then: { _ in })
      progress.wait(until: \.isOpen, atMostMicroseconds: 50_000)
      #expect(progress.peek { !$0.isOpen })
    }
    progress.wait(until: \.isOpen, then: { _ in })
    #expect(progress.peek { $0.isOpen })
  }

  /// A disk on which a process with a rollback journal has written half of a commit into the file; and the file as it is
  /// behind the commit.
  private func committing() throws -> (disk: FaultingFileSystem, committed: [UInt8]) {
    let disk = MemoryFileSystem()
    try disk.createDirectory("/d")
    let writer = try Database(path: "/d/a.sqlite", mode: .create, in: disk)
    try writer.configure(.init(journal: .delete, synchronous: .extra))
    try writer.execute("CREATE TABLE t (n INTEGER, b BLOB)")
    try writer.execute("PRAGMA cache_size = 1; BEGIN")
    for number in 0..<50 {
      try writer.run("INSERT INTO t VALUES (?1, zeroblob(3000))", .integer(Int64(number)))
    }
    let half = FaultingFileSystem(disk.crash(.all))
    #expect(try half.facts(of: "/d/a.sqlite-journal", .followed)?.byteCount ?? 0 > 0)
    try writer.execute("COMMIT")
    return (half, disk.content(of: "/d/a.sqlite") ?? [])
  }

  private func count(_ disk: FaultingFileSystem) throws -> Int? {
    try DatabaseLook.read("/d/a.sqlite", ifDamaged: "", in: disk) { (database) throws(LetheError) in
      try database.first("SELECT count(*) FROM t") { (row) throws(LetheError) in Int(try row.integer(0)) }
    }
  }

  @Test(arguments: [1, 2, 3, 5]) func `a look waits for a commit that another process is writing`(asked: Int) throws {
    let (disk, committed) = try committing()
    let (base, questions) = (disk.base, Monitor(0))
    disk.faults.decide { call in
      guard call.kind == .facts, call.path.hasSuffix("-journal") else { return .proceed }
      let number = questions.withLock { number in
        number += 1
        return number
      }
      guard number == asked else { return .proceed }
      do throws(LetheError) { try Self.finish(committed, base) } catch { return .fail }
      return .proceed
    }
    #expect(try count(disk) == 50)
  }

  private static func finish(_ committed: [UInt8], _ files: any FileSystem) throws(LetheError) {
    let file = try files.open("/d/a.sqlite", .update)
    try file.write(committed.span.bytes, at: 0)
    try files.remove("/d/a.sqlite-journal")
  }

  @Test func `a look at a file whose journal a crash left says so, and changes nothing`() throws {
    let (disk, _) = try committing()
    let error = #expect(throws: LetheError(.io, "")) { try count(disk) }
    #expect(error?.message.contains("left its journal") == true, "\(String(describing: error))")
    #expect(disk.exists("/d/a.sqlite-journal"))
  }

  @Test func `a file that is no database is damage, and one that is not there is io`() throws {
    #expect(throws: LetheError(.io, "")) { _ = try look() }
    try files.replace(path, with: [UInt8](repeating: 9, count: 4096))
    let found = try look()
    #expect(throws: LetheError(.damage, "")) { try numbers(found) }
  }
}
