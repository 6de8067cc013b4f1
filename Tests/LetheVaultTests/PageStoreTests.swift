import Glibc
import LetheCrypto
import LetheSQLite
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@Suite struct PageStoreTests {
  @Test(arguments: PageStoreConformance.cases)
  func `in memory`(example: ConformanceCase<any PageStore>) throws {
    try example.check(MemoryPageStore())
  }

  @Test(arguments: PageStoreConformance.cases)
  func `in SQLite`(example: ConformanceCase<any PageStore>) throws {
    let directory = TemporaryDirectory()
    try example.check(SQLitePageStore(path: directory.path("vault.sqlite"), .create))
  }

  @Test(arguments: PageStoreConformance.cases)
  func `in SQLite, without a write-ahead log`(example: ConformanceCase<any PageStore>) throws {
    let directory = TemporaryDirectory()
    try example.check(SQLitePageStore(path: directory.path("vault.sqlite"), .create, .rollback))
  }

  @Test func `what was put is there for the next connection`() throws {
    let directory = TemporaryDirectory()
    let path = directory.path("vault.sqlite")
    let row = PageRow(
      key: PageRow.Key(page: PageID(rawValue: 5), version: PageVersion([UInt8](repeating: 1, count: 16))!),
      bytes: [1, 2, 3])
    do { try SQLitePageStore(path: path, .create).put([row]) }
    #expect(try SQLitePageStore(path: path, .readWrite).rows() == [row])
    #expect(try SQLitePageStore.rows(in: path, LocalFileSystem()) == [row])
  }

  @Test(arguments: [1, 3]) func `a file of another version is refused`(version: Int32) throws {
    let directory = TemporaryDirectory()
    let path = directory.path("vault.sqlite")
    _ = try SQLitePageStore(path: path, .create)
    do { try Database(path: path, mode: .readWrite).setUserVersion(version) }
    #expect(throws: LetheError(.format, "")) { try SQLitePageStore(path: path, .readWrite) }
    #expect(throws: LetheError(.format, "")) { try SQLitePageStore.rows(in: path, LocalFileSystem()) }
  }

  /// 18 and 19: which versions may write and read; 104: how many definitions there are, by its low byte
  /// (https://sqlite.org/fileformat2.html).
  @Test(arguments: [(18, 3), (18, 255), (19, 3), (104, 0), (104, 2)])
  func `a head that forbids writing or loses the tables is damage before anything is written`(
    place: Int, value: UInt8
  ) throws {
    let directory = TemporaryDirectory()
    let path = directory.path("vault.sqlite")
    try SQLitePageStore(path: path, .create).close()
    let files = LocalFileSystem()
    var bytes = try files.contents(ofFile: path)
    bytes[place] = value
    try files.replace(path, with: bytes)
    #expect(throws: LetheError(.damage, "")) { try SQLitePageStore(path: path, .readWrite) }
  }

  @Test func `a missing file is no empty vault`() {
    let directory = TemporaryDirectory()
    #expect(throws: LetheError(.io, "")) { try SQLitePageStore(path: directory.path("none"), .readWrite) }
  }

  @Test func `a row whose bytes are not of the hash beside them is not found by it`() throws {
    let directory = TemporaryDirectory()
    let path = directory.path("vault.sqlite")
    let row = PageRow(
      key: PageRow.Key(page: PageID(rawValue: 5), version: PageVersion([UInt8](repeating: 1, count: 16))!),
      bytes: [1, 2, 3])
    do { try SQLitePageStore(path: path, .create).put([row]) }
    do { try Database(path: path, mode: .readWrite).execute("UPDATE page SET bytes = x'010204'") }
    #expect(try SQLitePageStore(path: path, .readWrite).version(of: row.key.page, hashed: row.hash) == nil)
  }

  @Test(arguments: [SQLitePageStore.Journal.writeAhead, .rollback])
  func `once caches are dropped, what is on the medium is read`(journal: SQLitePageStore.Journal) throws {
    let directory = TemporaryDirectory()
    let path = directory.path("vault.sqlite")
    let store = try SQLitePageStore(path: path, .create, journal)
    let rows = [Self.row(5, 0xa5), Self.row(6, 0x5a)]
    try store.put(rows)
    try store.dropCaches()
    #expect(try store.page(rows[0].key) == rows[0].bytes)
    let file = try LocalFileSystem().open(path, .update)
    let bytes = try file.read(count: file.size(), at: 0)
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: [UInt8](repeating: 0xa5, count: 64)) })
    try file.write([9], at: place)
    try store.dropCaches()
    #expect(try store.page(rows[0].key) == [9] + rows[0].bytes.dropFirst())
    #expect(try store.version(of: rows[1].key.page, hashed: rows[1].hash) == rows[1])
  }

  @Test func `a file that was moved while it was open is not taken for what is at its path`() throws {
    let directory = TemporaryDirectory()
    let path = directory.path("vault.sqlite")
    let store = try SQLitePageStore(path: path, .create)
    try store.put([Self.row(1, 1)])
    try store.dropCaches()
    try LocalFileSystem().rename(path, to: directory.path("elsewhere"))
    // SQLite itself does not notice.
    try store.put([Self.row(2, 1)])
    #expect(throws: LetheError(.io, "")) { try store.dropCaches() }
    try LocalFileSystem().rename(directory.path("elsewhere"), to: path)
    try store.dropCaches()
  }

  @Test func `caches are dropped of the file that SQLite reads`() throws {
    let files = MemoryFileSystem()
    try files.createDirectory("/home")
    let store = try SQLitePageStore(path: "/home/vault.sqlite", .create, in: files)
    try store.put([Self.row(1, 1)])
    files.faults.decide { $0.kind == .dropCache && $0.path == "/home/vault.sqlite" ? .fail : .proceed }
    #expect(throws: LetheError(.io, "")) { try store.dropCaches() }
  }

  @Test func `a store beside it in the process leaves a store's locks alone`() throws {
    let directory = TemporaryDirectory()
    let path = directory.path("vault.sqlite")
    let store = try SQLitePageStore(path: path, .create)
    try store.put([Self.row(1, 1)])
    try store.dropCaches()
    let locks = try Self.lockCount(path)
    #expect(locks > 0)
    do { #expect(try SQLitePageStore.rows(in: path, LocalFileSystem()).count == 1) }
    #expect(try Self.lockCount(path) == locks)
  }

  /// Locks of processes on a file (`/proc/locks`).
  private static func lockCount(_ path: String) throws -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { throw LetheError(.io, "no such file") }
    // It has no size to be asked for.
    let bytes = try LocalFileSystem().open("/proc/locks", .read).read(count: 1 << 20, at: 0)
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").count {
      $0.contains(" POSIX ") && $0.contains(":\(status.st_ino) ")
    }
  }

  @Test func `a failed deletion does not keep the file open`() throws {
    let files = MemoryFileSystem()
    try files.createDirectory("/home")
    let store = try SQLitePageStore(path: "/home/vault.sqlite", .create, in: files)
    try store.put([Self.row(1, 1), Self.row(2, 1)])
    try store.deleteRows([Self.row(1, 1).key])
    files.faults.decide { $0.kind == .write ? .full : .proceed }
    do { try store.close() } catch {}
    files.faults.decide { _ in .proceed }
    #expect(throws: LetheError.self) { try store.keys() }
    #expect(try SQLitePageStore(path: "/home/vault.sqlite", .readWrite, in: files).keys().contains(Self.row(2, 1).key))
  }

  @Test func `deleted rows leave the file with the next commit, or when it is closed`() throws {
    let directory = TemporaryDirectory()
    let path = directory.path("vault.sqlite")
    let store = try SQLitePageStore(path: path, .create)
    func keysInFile() throws -> Set<PageRow.Key> {
      Set(try SQLitePageStore.rows(in: path, LocalFileSystem()).map(\.key))
    }
    let keys = (1...4).map { Self.row(UInt64($0), 1).key }
    try store.put((1...3).map { Self.row(UInt64($0), 1) })
    try store.deleteRows([keys[0]])
    // As after a crash: the next start is shown them, and deletes them again.
    #expect(try keysInFile() == Set(keys[...2]))
    try store.put([Self.row(4, 1)])
    #expect(try keysInFile() == Set(keys[1...]))
    try store.deleteRows([keys[1]])
    try store.deleteRows([keys[2]])
    try store.close()
    #expect(try keysInFile() == [keys[3]])
  }

  @Test func `rows that were deleted go even if the commit after that fails`() throws {
    let directory = TemporaryDirectory()
    let store = try SQLitePageStore(path: directory.path("vault.sqlite"), .create)
    let rows = (1...2).map { Self.row(UInt64($0), 1) }
    try store.put(rows)
    try store.deleteRows([rows[0].key])
    #expect(throws: LetheError(.refused, "")) { try store.put([rows[1]]) }
    #expect(try store.keys() == [rows[1].key])
    try store.put([rows[0]])
    #expect(try store.rows() == rows)
  }

  private static func row(_ page: UInt64, _ byte: UInt8) -> PageRow {
    PageRow(
      key: PageRow.Key(page: PageID(rawValue: page), version: PageVersion([UInt8](repeating: byte, count: 16))!),
      bytes: [UInt8](repeating: byte, count: 40_000))
  }
}
