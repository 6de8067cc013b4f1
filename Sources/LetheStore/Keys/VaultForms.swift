internal import LetheSystem
internal import LetheVault

extension Vault {
  /// The key of the directory's one shard.
  ///
  /// - Throws: `missingKey` if it is not there.
  func firstShard() throws(LetheError) -> ShardKey {
    guard let shard = try shardKey(DirectoryShards.first) else {
      throw LetheError(.missingKey, "the directory's key is missing; restore Keys/ from a replica")
    }
    return shard
  }

  /// What all the nodes together have: something living, nothing, or a page that cannot tell.
  func coverage(ofAll nodes: [KeyNode]) -> NodeCoverage {
    var sum = NodeCoverage.gone
    for node in nodes {
      switch coverage(of: node) {
      case .living: return .living
      case .pageMissing: sum = .pageMissing
      case .gone: break
      }
    }
    return sum
  }
}
