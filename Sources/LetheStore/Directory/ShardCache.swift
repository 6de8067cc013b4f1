internal import LetheCrypto

/// Open shards that were asked for lately, bounded by what they hold; and of all that were ever open, what is surely not
/// in them.
struct ShardCache {
  /// Values kept at most, of 40 to 48 bytes each.
  private let mostValues: Int
  private var contents: [UInt32: (content: ShardContent, lastUse: UInt64)] = [:]
  private var filters: [UInt32: ShardFilter] = [:]
  private var valueCount = 0
  private var useCount: UInt64 = 0

  init(mostValues: Int) { self.mostValues = mostValues }

  mutating func content(_ number: UInt32) -> ShardContent? {
    guard let found = contents[number] else { return nil }
    useCount += 1
    contents[number]?.lastUse = useCount
    return found.content
  }

  /// Whether a value may be in a shard, as far as that is known without opening it.
  func mayContain(_ value: Digest, _ number: UInt32) -> Bool { filters[number]?.mayContain(value) ?? true }

  mutating func keep(_ content: ShardContent, as number: UInt32) {
    evict(number)
    filters[number] = ShardFilter(content)
    useCount += 1
    contents[number] = (content, useCount)
    valueCount += content.count
    while valueCount > mostValues, contents.count > 1,
      let oldest = contents.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      evict(oldest.key)
    }
  }

  /// The shard is no more, or another.
  mutating func remove(_ number: UInt32) {
    evict(number)
    filters[number] = nil
  }

  private mutating func evict(_ number: UInt32) {
    guard let gone = contents.removeValue(forKey: number) else { return }
    valueCount -= gone.content.count
  }
}
