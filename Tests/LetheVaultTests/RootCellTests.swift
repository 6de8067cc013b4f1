import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheVault

@Suite struct RootCellTests {
  private static func share(_ epoch: UInt64, _ number: UInt64, _ claim: CellClaim = .unclaimed) -> RootShare {
    RootCellConformance.share(epoch, number, claim)
  }

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
    let claim = CellClaim(instance: [UInt8](32..<48), counter: 0x0304, term: 0x0506)
    try cell.stage(Self.share(0x0102, 7, claim), besides: nil)
    let bytes = try #require(files.content(of: "root.cell"))
    #expect(bytes.count == 8192 && bytes[200...].allSatisfy { $0 == 0 })
    #expect(Array(bytes[0..<16]) == Array("lethecel".utf8) + [3, 0, 1, 1, 1, 0, 0, 0])
    #expect(Array(bytes[16..<32]) == storeID)
    #expect(Array(bytes[32..<40]) == [2, 1, 0, 0, 0, 0, 0, 0])
    #expect(Array(bytes[40..<72]) == digest(7).bytes && Array(bytes[72..<88]) == [UInt8](32..<48))
    #expect(Array(bytes[88..<104]) == [4, 3, 0, 0, 0, 0, 0, 0, 6, 5, 0, 0, 0, 0, 0, 0])
    #expect(Array(bytes[104..<136]) == SHA256.hash(Array(bytes[..<104])).bytes)
    #expect(Array(bytes[136..<168]) == digest(7).bytes)
    #expect(Array(bytes[168..<200]) == SHA256.hash(Array(bytes[..<168])).bytes)
    _ = try cell.retire(allBut: nil)
    let mark = Array("lethe/v1 retired root slot".utf8)
    #expect(files.content(of: "root.cell") == mark + [UInt8](repeating: 0, count: 8192 - mark.count))
  }

  @Test func `a share with any byte changed is passed over, and is erased all the same`() throws {
    let files = MemoryFileSystem()
    let cell = try Self.cell(files, .create)
    try cell.stage(Self.share(1, 1), besides: nil)
    try cell.stage(Self.share(2, 2), besides: Self.share(1, 1).pair)
    for index in 0..<200 {
      files.damage("root.cell") { $0[4096 + index] ^= 0x10 }
      #expect(try cell.readAll().map(\.pair.epoch) == [1])
      files.damage("root.cell") { $0[4096 + index] ^= 0x10 }
    }
    files.damage("root.cell") { $0[4096 + 140] ^= 0x10 }
    #expect(try cell.retire(allBut: Self.share(1, 1).pair).erasedSlotCount == 1)
    let bytes = try #require(files.content(of: "root.cell"))
    #expect(Array(bytes[4096 + 136..<4096 + 168]) == [UInt8](repeating: 0, count: 32))
  }

  /// Only the hash of its first 104 bytes is known of a later version.
  @Test(arguments: [0, 5, 255, 256, 0xFFFF])
  func `a slot of a later version is refused, not passed over`(version: Int) throws {
    let files = MemoryFileSystem()
    let cell = try Self.cell(files, .create)
    try cell.stage(Self.share(1, 1), besides: nil)
    files.damage("root.cell") { bytes in
      (bytes[8], bytes[9]) = (UInt8(version & 0xFF), UInt8(version >> 8))
      bytes.replaceSubrange(104..<136, with: SHA256.hash(Array(bytes[..<104])).bytes)
    }
    for attempt in [
      { _ = try cell.readAll() }, { _ = try cell.labels() }, { _ = try cell.retire(allBut: nil) },
      { try cell.stage(Self.share(2, 2), besides: nil) },
    ] {
      let error = #expect(throws: LetheError(.format, ""), performing: attempt)
      #expect(error?.message == "the root cell's format is not of this version; update Lethe")
    }
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
    try CellCrash.walk(tearing: [1, 80, 120, 140, 190, 2000, 4095]) { (files, access) in try Self.cell(files, access) }
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
