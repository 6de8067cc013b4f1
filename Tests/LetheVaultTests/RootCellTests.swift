import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheVault

@Suite struct RootCellTests {
  private static let share = RootCellConformance.share

  @Test(arguments: RootCellConformance.cases)
  func `in memory`(example: ConformanceCase<any RootCell>) throws {
    try example.check(MemoryRootCell())
  }

  @Test(arguments: RootCellConformance.cases)
  func `in a file on this machine's disk`(example: ConformanceCase<any RootCell>) throws {
    let directory = TemporaryDirectory()
    try example.check(FileRootCell(path: directory.path("root.cell"), .create, random: SystemRandom()))
  }

  @Test(arguments: RootCellConformance.cases)
  func `in a file in memory`(example: ConformanceCase<any RootCell>) throws {
    try example.check(
      FileRootCell(path: "root.cell", .create, in: MemoryFileSystem(), random: SeededRandom(), inspect: { _ in nil }))
  }

  private static func cell(_ files: MemoryFileSystem, _ access: FileRootCell.Access = .open) throws -> FileRootCell {
    try FileRootCell(path: "root.cell", access, in: files, random: SeededRandom(), inspect: { _ in nil })
  }

  /// The slot as `RootSlot` describes it, of a share with known bytes.
  @Test func `golden bytes`() throws {
    let files = MemoryFileSystem()
    let cell = try Self.cell(files, .create)
    try cell.stage(Self.share(0x0102, 7), besides: nil)
    let bytes = try #require(files.content(of: "root.cell"))
    #expect(bytes.count == 8192 && bytes[136...].allSatisfy { $0 == 0 })
    #expect(Array(bytes[0..<16]) == Array("lethecel".utf8) + [1, 0, 1, 1, 1, 0, 0, 0])
    #expect(Array(bytes[16..<32]) == storeID)
    #expect(Array(bytes[32..<40]) == [2, 1, 0, 0, 0, 0, 0, 0])
    #expect(Array(bytes[40..<72]) == digest(7).bytes && Array(bytes[72..<104]) == digest(7).bytes)
    #expect(Array(bytes[104..<136]) == SHA256.hash(Array(bytes[..<104]).span.bytes).bytes)
    _ = try cell.retire(allBut: nil)
    let mark = Array("lethe/v1 retired root slot".utf8)
    #expect(files.content(of: "root.cell") == mark + [UInt8](repeating: 0, count: 8192 - mark.count))
  }

  @Test func `a share with any byte changed is passed over, and is erased all the same`() throws {
    let files = MemoryFileSystem()
    let cell = try Self.cell(files, .create)
    try cell.stage(Self.share(1, 1), besides: nil)
    try cell.stage(Self.share(2, 2), besides: Self.share(1, 1).pair)
    for index in 0..<136 {
      files.damage("root.cell") { $0[4096 + index] ^= 0x10 }
      #expect(try cell.readAll().map(\.pair.epoch) == [1])
      files.damage("root.cell") { $0[4096 + index] ^= 0x10 }
    }
    files.damage("root.cell") { $0[4096 + 100] ^= 0x10 }
    #expect(try cell.retire(allBut: Self.share(1, 1).pair).erasedSlotCount == 1)
    let bytes = try #require(files.content(of: "root.cell"))
    #expect(Array(bytes[4096 + 72..<4096 + 104]) == [UInt8](repeating: 0, count: 32))
  }

  @Test func `a slot of a later version is refused, not passed over`() throws {
    let files = MemoryFileSystem()
    let cell = try Self.cell(files, .create)
    try cell.stage(Self.share(1, 1), besides: nil)
    files.damage("root.cell") { bytes in
      bytes[8] = 3
      bytes.replaceSubrange(104..<136, with: SHA256.hash(Array(bytes[..<104]).span.bytes).bytes)
    }
    #expect(throws: LetheError(.format, "")) { try cell.readAll() }
  }

  @Test func `a file that is no cell is refused`() throws {
    let files = MemoryFileSystem()
    try files.open("root.cell", .create).write([UInt8](repeating: 7, count: 100), at: 0)
    #expect(throws: LetheError(.damage, "")) { try Self.cell(files).readAll() }
    #expect(throws: LetheError(.damage, "")) { try Self.cell(files, .create).readAll() }
    let absent = try FileRootCell(path: "none", .open, in: files, random: SeededRandom(), inspect: { _ in nil })
    #expect(throws: LetheError(.io, "")) { try absent.readAll() }
    #expect(absent.level.rank == .l0 && absent.level.reason.contains("reached"))
    // It serves as soon as its disk is there.
    _ = try FileRootCell(path: "none", .create, in: files, random: SeededRandom(), inspect: { _ in nil })
    #expect(try absent.readAll().isEmpty)
  }

  @Test func `whatever call a crash stops, one of the two roots is there`() throws {
    try CellCrash.walk(tearing: [1, 80, 120, 2000, 4095]) { (files, access) in try Self.cell(files, access) }
  }

  @Test func `a cell whose making was stopped is made again`() throws {
    for stop in 0..<16 {
      let files = MemoryFileSystem()
      files.faults.stop(at: stop)
      do {
        _ = try Self.cell(files, .create)
        #expect(!files.faults.hasStopped && stop > 3)
        break
      } catch {}
      for survival in [MemoryFileSystem.Survival.synced, .all, .some(seed: UInt64(stop))] {
        let next = files.crash(survival)
        let cell = try Self.cell(next, .create)
        try cell.stage(Self.share(1, 1), besides: nil)
        #expect(try Self.cell(next).readAll().map(\.pair.epoch) == [1])
      }
    }
  }
}
