import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheVault

@Suite struct CellLevelTests {
  private static func extent(_ physical: UInt64, isShared: Bool = false, isPlain: Bool = true) -> VolumeFacts.Extent {
    .init(logical: 0, physical: physical, count: 8192, isShared: isShared, isPlain: isPlain)
  }

  private static func facts(
    _ fileSystem: String = "ext4", _ medium: VolumeFacts.Medium = .rotational,
    _ journal: VolumeFacts.DataJournal = .none, _ extents: [VolumeFacts.Extent]? = [extent(1 << 20)]
  ) -> VolumeFacts {
    VolumeFacts(fileSystem: fileSystem, medium: medium, dataJournal: journal, extents: extents)
  }

  private static let place = [extent(1 << 20)]

  @Test(arguments: ["ext4", "xfs"], [VolumeFacts.Medium.rotational, .persistentMemory])
  func `a checked local disk is L1`(fileSystem: String, medium: VolumeFacts.Medium) {
    let level = CellLevel.judging(Self.facts(fileSystem, medium), isDirect: true, extentsBefore: Self.place)
    #expect(level.rank == .l1)
  }

  @Test(arguments: [
    facts("btrfs"), facts("overlay"), facts("ext3"), facts("0x1234"), facts("ext4", .solidState),
    facts("ext4", .virtual), facts("ext4", .unknown), facts("ext4", .rotational, .journaled),
    facts("ext4", .rotational, .unknown), facts("ext4", .rotational, .none, nil),
    facts("ext4", .rotational, .none, [extent(2 << 20)]),
    facts("xfs", .rotational, .none, [extent(1 << 20, isShared: true)]),
    facts("xfs", .rotational, .none, [extent(1 << 20, isPlain: false)]),
  ])
  func `anything else is L0 and says why`(facts: VolumeFacts) {
    let level = CellLevel.judging(facts, isDirect: true, extentsBefore: Self.place)
    #expect(level.rank == .l0 && level.reason.count > 20)
  }

  @Test func `what passes no caches or cannot be asked is L0`() {
    #expect(CellLevel.judging(Self.facts(), isDirect: false, extentsBefore: Self.place).rank == .l0)
    #expect(CellLevel.judging(nil, isDirect: true, extentsBefore: nil).rank == .l0)
  }

  @Test func `a file that moves loses its level, and the answer says so`() throws {
    let directory = TemporaryDirectory()
    let asked = Asked()
    let cell = try FileRootCell(
      path: directory.path("root.cell"), .create, random: SystemRandom(), inspect: { _ in asked.next() })
    let (old, new) = (RootCellConformance.share(1, 1), RootCellConformance.share(2, 1))
    try cell.stage(old, besides: nil)
    try cell.stage(new, besides: old.pair)
    let answer = try cell.retire(allBut: new.pair)
    #expect(answer.erasedSlotCount == 1 && answer.level.rank == .l0)
    #expect(cell.level.reason.contains("moved") || cell.level.reason.contains("O_DIRECT"))
  }

  /// Another place at every question.
  private final class Asked: Sendable {
    private let random = SeededRandom()
    func next() -> VolumeFacts { CellLevelTests.facts("ext4", .rotational, .none, [extent(random.next())]) }
  }

  @Test func `this machine's disk can be asked about`() throws {
    let directory = TemporaryDirectory()
    let path = directory.path("a")
    try LocalFileSystem().open(path, .create).write([UInt8](repeating: 1, count: 8192), at: 0)
    let facts = try VolumeFacts(of: path)
    #expect(!facts.fileSystem.isEmpty)
    if let extents = facts.extents { #expect(extents.reduce(0) { $0 + $1.count } >= 8192) }
    #expect(throws: LetheError(.io, "")) { try VolumeFacts(of: directory.path("none")) }
  }
}
