internal import LetheCrypto

/// Values noted since the last flush, each with the shard that will take it up.
///
/// By shard, since a flush and a forget ask for those of a few shards out of thousands.
struct RecentValues {
  private var shards: [UInt32: [Digest: DirectoryTarget]] = [:]
  private(set) var count = 0

  /// Shards that have some.
  var numbers: some Sequence<UInt32> { shards.keys }

  /// What was noted for a shard.
  subscript(shard: UInt32) -> [Digest: DirectoryTarget] { shards[shard] ?? [:] }

  func target(of value: Digest, in shard: UInt32) -> DirectoryTarget? { shards[shard]?[value] }

  mutating func note(_ value: Digest, _ target: DirectoryTarget, in shard: UInt32) {
    if shards[shard, default: [:]].updateValue(target, forKey: value) == nil { count += 1 }
  }

  /// A shard has taken them up, or is no more.
  mutating func removeAll(in shard: UInt32) { count -= shards.removeValue(forKey: shard)?.count ?? 0 }
}
