import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Synchronization
import Testing

/// Gives keys that a test can tell apart without ever holding one: each byte comes from the number of the call.
private final class PatternRandom: RandomSource {
  private let calls = Atomic<UInt64>(0)

  static func byte(_ call: UInt64, _ offset: Int) -> UInt8 {
    var generator = SeededGenerator(seed: 0x7a6b_5c4d_0000_0000 &+ call &* 64 &+ UInt64(offset / 8))
    return UInt8(truncatingIfNeeded: generator.next() >> UInt64(offset % 8 * 8))
  }

  func fill(_ buffer: inout MutableRawSpan) throws(LetheError) {
    let call = calls.wrappingAdd(1, ordering: .relaxed).oldValue
    for offset in buffer.byteOffsets {
      buffer.storeBytes(of: Self.byte(call, offset), toByteOffset: offset, as: UInt8.self)
    }
  }
}

/// What a forget leaves in memory. In a process of its own, where no other test changes the memory that is searched.
@Suite(.disabled(if: Sanitizer.isActive, "a sanitizer keeps what was freed, and terabytes to search"))
struct MemoryTests {
  @Test func `P3 after a forget the punctured node's key is nowhere in memory, its neighbour's still is`() async {
    await #expect(processExitsWith: .success) {
      do {
        let (vault, _) = try Vault.create(
          pages: MemoryPageStore(), cells: CellSet([MemoryRootCell()]), storeID: storeID, random: PatternRandom())
        // The first calls are the seeds of blocks 0, 1, 2, … of plane 0.
        let needles = [3, 4].map { block in Needle("block \(block)") { PatternRandom.byte(block, $0) } }
        #expect(try MemorySearch.find(needles).map(\.needle).sorted() == ["block 3", "block 4"])
        let commit = try vault.begin(CommitRequest(punctures: [forget(SubjectIndex(block: 3, subject: 5))]))
        while let action = commit.next() { try vault.perform(action, of: commit) }
        #expect(try MemorySearch.find(needles).map(\.needle) == ["block 4"])
        #expect(vault.epoch == 2)
      } catch {
        Issue.record(error)
      }
    }
  }
}
