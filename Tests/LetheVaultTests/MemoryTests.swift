import Glibc
import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Synchronization
import Testing

/// Gives keys that a test can tell apart without ever holding one: each byte comes from the number of the call.
private final class PatternRandom: RandomSource {
  private let calls = Atomic<UInt64>(0)

  static func word(_ call: UInt64, _ place: Int) -> UInt64 {
    var generator = SeededGenerator(seed: 0x7a6b_5c4d_0000_0000 &+ call &* 64 &+ UInt64(place))
    return generator.next()
  }

  func fill(_ buffer: inout MutableRawSpan) throws(LetheError) {
    let call = calls.wrappingAdd(1, ordering: .relaxed).oldValue
    for offset in buffer.byteOffsets {
      let byte = UInt8(truncatingIfNeeded: Self.word(call, offset / 8) >> UInt64(offset % 8 * 8))
      buffer.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }
  }
}

@Suite(.disabled(if: Sanitizer.isActive, "a sanitizer keeps what was freed, and terabytes to search"))
struct MemoryTests {
  /// Places in this process's writable memory, every eighth byte, where the key of a call begins.
  private static func count(ofCalls calls: [UInt64]) throws -> [Int] {
    // Masked, so that the search does not find itself.
    let masked = calls.map { (PatternRandom.word($0, 0) ^ .max, PatternRandom.word($0, 1) ^ .max) }
    var counts = calls.map { _ in 0 }
    let maps = String(
      decoding: try LocalFileSystem().open("/proc/self/maps", .read).read(count: 1 << 20, at: 0), as: UTF8.self)
    let memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
    defer { close(memory) }
    let size = 1 << 20
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size + 8, alignment: 8)
    defer {
      buffer.initializeMemory(as: UInt8.self, repeating: 0)
      buffer.deallocate()
    }
    let own = UInt(bitPattern: buffer.baseAddress)
    for line in maps.split(separator: "\n") where line.split(separator: " ")[1].hasPrefix("rw") {
      let ends = line.split(separator: " ")[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      var start = ends[0]
      while start < ends[1] {
        let wanted = min(UInt(size), ends[1] - start)
        let got = pread(memory, buffer.baseAddress, Int(wanted), off_t(Int(bitPattern: start)))
        guard got > 0 else { break }
        let words = UnsafeRawBufferPointer(rebasing: buffer[0..<got]).bindMemory(to: UInt64.self)
        for place in 0..<max(0, words.count - 1) {
          for index in masked.indices where words[place] ^ .max == masked[index].0 {
            let address = start + UInt(place * 8)
            guard words[place + 1] ^ .max == masked[index].1, address < own || address >= own + UInt(size) else {
              continue
            }
            counts[index] += 1
          }
        }
        start += UInt(got)
      }
    }
    return counts
  }

  /// The first calls are the seeds of blocks 0, 1, 2, … of plane 0.
  @Test func `P3 after a forget the punctured node's key is nowhere in memory, its neighbour's still is`() throws {
    let random = PatternRandom()
    let cell = MemoryRootCell()
    let pages = MemoryPageStore()
    let (vault, _) = try Vault.create(pages: pages, cells: CellSet([cell]), storeID: storeID, random: random)
    let before = try Self.count(ofCalls: [3, 4])
    #expect(before == [1, 1])
    let commit = try vault.begin(CommitRequest(punctures: [forget(SubjectIndex(block: 3, subject: 5))]))
    while let action = commit.next() { try vault.perform(action, of: commit) }
    #expect(try Self.count(ofCalls: [3, 4]) == [0, 1])
    #expect(vault.epoch == 2)
  }
}
