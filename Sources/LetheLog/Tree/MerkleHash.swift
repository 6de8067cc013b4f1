public import LetheCrypto

/// The hashes of RFC 6962, section 2.1, with SHA-256.
public enum MerkleHash {
  /// The root of the tree without leaves: SHA-256 of nothing.
  public static let emptyRoot = SHA256.hash([UInt8]().span)

  /// SHA-256(00 ‖ entry).
  public static func leaf(_ entry: [UInt8]) -> Digest {
    var hash = SHA256()
    hash.update(leafPrefix.span)
    hash.update(entry.span)
    return hash.finish()
  }

  /// SHA-256(00 ‖ entry).
  public static func leaf(_ entry: Digest) -> Digest {
    var hash = SHA256()
    return leaf(entry, &hash)
  }

  /// The same with a context that is at hand.
  static func leaf(_ entry: Digest, _ hash: inout SHA256) -> Digest {
    hash.update(leafPrefix.span)
    hash.update(entry)
    return hash.finish()
  }

  /// SHA-256(01 ‖ left ‖ right).
  public static func node(_ left: Digest, _ right: Digest) -> Digest {
    var hash = SHA256()
    return node(left, right, &hash)
  }

  /// The same with a context that is at hand.
  static func node(_ left: Digest, _ right: Digest, _ hash: inout SHA256) -> Digest {
    hash.update(nodePrefix.span)
    hash.update(left)
    hash.update(right)
    return hash.finish()
  }

  private static let leafPrefix: [UInt8] = [0]
  private static let nodePrefix: [UInt8] = [1]
}
