import LetheSQLite
import LetheSystem
import LetheTesting
import Testing

/// SQLite on a disk in memory, which can be stopped at any call.
@Suite struct InjectedFilesTests {
  static let journals = [Database.Options.Journal.wal, .delete]

  private func open(
    _ disk: any FileSystem, _ journal: Database.Options.Journal, _ mode: Database.Mode = .create
  ) throws -> Database {
    let database = try Database(path: "/d/a.sqlite", mode: mode, in: disk)
    guard mode != .readOnly else { return database }
    try database.configure(.init(journal: journal, synchronous: journal == .wal ? .full : .extra))
    return database
  }

  private func numbers(_ database: Database) throws -> [Int64] {
    try database.rows("SELECT n FROM t ORDER BY n") { (row) throws(LetheError) in try row.integer(0) }
  }

  private func disk() throws -> MemoryFileSystem {
    let disk = MemoryFileSystem()
    try disk.createDirectory("/d")
    try disk.createDirectory("/nothing-of-this-is-on-the-machine")
    return disk
  }

  @Test func `a write right behind the coarsening of a database's time leaves no exact time for ever`() throws {
    let files = FaultingFileSystem(try disk())
    let database = try open(files, .wal)
    try database.execute("CREATE TABLE t (n INTEGER NOT NULL) STRICT")
    try database.checkpoint()
    files.writeBehindCoarsening(of: "/d/a.sqlite")
    database.coarsenTime()
    database.coarsenTime()
    #expect(try files.facts(of: "/d/a.sqlite", .followed)?.modified.nanoseconds == 0)
  }

  @Test(arguments: journals)
  func `a database in memory keeps what was written, closed, crashed or only read`(
    journal: Database.Options.Journal
  ) throws {
    var disk = try disk()
    var database = try open(disk, journal)
    try database.execute("CREATE TABLE t (n INTEGER NOT NULL, b BLOB) STRICT")
    for n in 1...50 {
      try database.run("INSERT INTO t VALUES (?, ?)", .integer(Int64(n)), .blob([UInt8](repeating: 7, count: 3000)))
    }
    try disk.synchronizeDirectory("/d")
    let files = LocalFileSystem()
    #expect(!files.exists("/d/a.sqlite"))
    if journal == .wal { #expect(disk.exists("/d/a.sqlite-wal") && !disk.exists("/d/a.sqlite-shm")) }
    #expect(try numbers(open(disk, journal, .readOnly)) == Array(1...50))
    #expect(try numbers(database).count == 50)
    disk = disk.crash(.synced)
    database = try open(disk, journal, .readWrite)
    #expect(try numbers(database) == Array(1...50))
    try database.integrityCheck()
    try database.checkpoint()
    try database.close()
    #expect(try disk.contents(of: "/d") == ["a.sqlite"])
    #expect(try numbers(open(disk, journal, .readOnly)) == Array(1...50))
    #expect(throws: LetheError(.io, "")) { try Database(path: "/d/b.sqlite", mode: .readWrite, in: disk) }
  }

  /// What a crash leaves beside what was synced.
  static let survivals = [MemoryFileSystem.Survival.synced, .all, .some(seed: 1), .some(seed: 2), .some(seed: 3)]

  @Test(arguments: journals, survivals)
  func `transactions that stop at any call are there whole or not at all, and durable once they returned`(
    journal: Database.Options.Journal, survival: MemoryFileSystem.Survival
  ) throws {
    var isDone = false
    var stop = 0
    while !isDone {
      let disk = try disk()
      var database: Database? = try open(disk, journal)
      try database?.execute("CREATE TABLE t (n INTEGER NOT NULL, b BLOB) STRICT")
      try disk.synchronizeDirectory("/d")
      disk.faults.stop(at: stop)
      var kept = 0
      do {
        for round in 0..<3 {
          try database?.transaction { () throws(LetheError) in
            for n in 0..<4 {
              try database?.run(
                "INSERT INTO t VALUES (?, ?)", .integer(Int64(10 * round + n)),
                .blob([UInt8](repeating: UInt8(n), count: 1500)))
            }
          }
          kept = round + 1
        }
        try database?.checkpoint()
        try database?.close()
        isDone = true
      } catch { #expect(disk.faults.hasStopped) }
      let after = disk.crash(survival)
      database = nil
      let again = try open(after, journal, .readWrite)
      try again.integrityCheck()
      let found = try numbers(again)
      let whole = found.count / 4
      let expected = (0..<4 * whole).map { place in Int64(10 * (place / 4) + place % 4) }
      #expect(found == expected, "stop \(stop)")
      #expect(whole == kept || whole == kept + 1, "stop \(stop)")
      stop += 1
    }
    #expect(stop > 20)
  }

  @Test func `a full disk and a failed sync are told, and nothing is written behind a failed sync`() throws {
    let disk = try disk()
    let database = try open(disk, .wal)
    try database.execute("CREATE TABLE t (n INTEGER NOT NULL, b BLOB) STRICT")
    disk.faults.decide { $0.kind == .write ? .full : .proceed }
    let full = #expect(throws: LetheError.self) { try database.run("INSERT INTO t VALUES (1, x'01')") }
    #expect(full?.message.contains("the disk is full") == true)
    disk.faults.clear()
    try database.run("INSERT INTO t VALUES (0, x'01')")
    disk.faults.decide { $0.kind == .synchronize ? .fail : .proceed }
    let failed = #expect(throws: LetheError.self) { try database.run("INSERT INTO t VALUES (1, x'01')") }
    #expect(failed?.code == .io)
    disk.faults.clear()
    #expect(try numbers(database) == [0])
    for _ in 0..<2 {
      #expect(throws: LetheError(.io, "")) { try database.run("INSERT INTO t VALUES (2, x'01')") }
      #expect(throws: LetheError(.io, "")) { try database.checkpoint() }
    }
    try database.close()
    #expect(disk.usedAfterFailedSync.isEmpty)
    let again = try open(disk.crash(), .wal, .readWrite)
    #expect(try numbers(again) == [0])
    try again.run("INSERT INTO t VALUES (2, x'01')")
    #expect(try numbers(again) == [0, 2])
  }
}
