internal import LetheCrypto

/// Says of a value that it is surely not in a shard, or may be, in 12 to 24 bits a value: so that a subject who is new
/// costs no look into a shard on disk.
///
/// A Bloom filter with five hashes (Bloom 1970). Look-up values are HMACs, so their own words serve as hashes. In memory
/// only. Of the values that are not there one in some hundreds is let through.
struct ShardFilter {
  /// A power of two of them.
  private var words: [UInt64]

  private static let hashCount = 5
  private static let bitsAValue = 12

  init(_ content: ShardContent) {
    var wordCount = 1
    while wordCount * UInt64.bitWidth < content.count * Self.bitsAValue { wordCount *= 2 }
    words = Array(repeating: 0, count: wordCount)
    for subject in content.subjects { insert(subject.value) }
    for stream in content.streams { insert(stream.value) }
  }

  func mayContain(_ value: Digest) -> Bool {
    bits(of: value).allSatisfy { words[$0 >> 6] & 1 << UInt64($0 & 63) != 0 }
  }

  private mutating func insert(_ value: Digest) {
    for bit in bits(of: value) { words[bit >> 6] |= 1 << UInt64(bit & 63) }
  }

  /// Bits that stand for a value, by double hashing.
  private func bits(of value: Digest) -> some Sequence<Int> {
    let bitCount = words.count * UInt64.bitWidth
    let (start, step) = (value.trailingWords.0, value.trailingWords.1 | 1)
    return (0..<UInt64(Self.hashCount)).lazy.map { Int(truncatingIfNeeded: start &+ $0 &* step) & (bitCount - 1) }
  }
}
