/// Says of a key that it is surely not in a set, or may be: so that what is not there costs no look at a disk.
///
/// A Bloom filter with five hashes (Bloom 1970) made of two by double hashing (Kirsch and Mitzenmacher 2006). With twelve
/// bits a key one in some hundreds of the keys that are not there is let through.
package struct BloomFilter: Sendable {
  /// A power of two of them.
  package private(set) var words: [UInt64]

  private static let hashCount: UInt64 = 5
  private static let bitsAKey = 12

  /// An empty filter.
  ///
  /// - Parameter count: keys that it is made for.
  package init(for count: Int) {
    var wordCount = 1
    while wordCount * UInt64.bitWidth < count * Self.bitsAKey { wordCount *= 2 }
    words = Array(repeating: 0, count: wordCount)
  }

  /// A filter as it was stored; nil if no filter has so many words.
  package init?(words: [UInt64]) {
    guard words.count > 0, words.count & (words.count - 1) == 0 else { return nil }
    self.words = words
  }

  /// - Parameter hash: two words that are as good as random.
  package mutating func insert(_ hash: (UInt64, UInt64)) {
    for number in 0..<Self.hashCount {
      let bit = bit(number, hash)
      words[bit >> 6] |= 1 << UInt64(bit & 63)
    }
  }

  package func mayContain(_ hash: (UInt64, UInt64)) -> Bool {
    for number in 0..<Self.hashCount {
      let bit = bit(number, hash)
      if words[bit >> 6] & 1 << UInt64(bit & 63) == 0 { return false }
    }
    return true
  }

  private func bit(_ number: UInt64, _ hash: (UInt64, UInt64)) -> Int {
    Int(truncatingIfNeeded: hash.0 &+ number &* (hash.1 | 1)) & (words.count * UInt64.bitWidth - 1)
  }
}
