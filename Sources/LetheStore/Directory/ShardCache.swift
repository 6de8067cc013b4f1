/// Open shards that were asked for lately, bounded by what they hold.
struct ShardCache {
  /// Values kept at most, of 40 to 48 bytes each.
  private let mostValues: Int
  private var contents: [UInt32: (content: ShardContent, lastUse: UInt64)] = [:]
  private var valueCount = 0
  private var useCount: UInt64 = 0

  init(mostValues: Int) { self.mostValues = mostValues }

  mutating func content(_ number: UInt32) -> ShardContent? {
    guard let found = contents[number] else { return nil }
    useCount += 1
    contents[number]?.lastUse = useCount
    return found.content
  }

  mutating func keep(_ content: ShardContent, as number: UInt32) {
    remove(number)
    useCount += 1
    contents[number] = (content, useCount)
    valueCount += content.count
    while valueCount > mostValues, contents.count > 1,
      let oldest = contents.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      remove(oldest.key)
    }
  }

  mutating func remove(_ number: UInt32) {
    guard let gone = contents.removeValue(forKey: number) else { return }
    valueCount -= gone.content.count
  }

  mutating func removeAll() {
    contents = [:]
    valueCount = 0
  }
}
