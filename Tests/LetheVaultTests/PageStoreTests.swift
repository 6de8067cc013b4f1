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
    let reader = try SQLitePageStore(path: path, .readOnly)
    #expect(try reader.rows() == [row])
    #expect(throws: LetheError.self) { try reader.put([row]) }
    #expect(try reader.page(hashed: row.hash) == row)
  }

  @Test func `a file of a later version is refused`() throws {
    let directory = TemporaryDirectory()
    let path = directory.path("vault.sqlite")
    _ = try SQLitePageStore(path: path, .create)
    do { try Database(path: path, mode: .readWrite).setUserVersion(2) }
    #expect(throws: LetheError(.format, "")) { try SQLitePageStore(path: path, .readWrite) }
    #expect(throws: LetheError(.format, "")) { try SQLitePageStore(path: path, .readOnly) }
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
    #expect(try SQLitePageStore(path: path, .readWrite).page(hashed: row.hash) == nil)
  }
}
