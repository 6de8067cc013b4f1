public import LetheCrypto

/// The hashes of RFC 6962, section 2.1, with SHA-256.
public enum MerkleHash {
  /// The root of the tree without leaves: SHA-256 of nothing.
  public static let emptyRoot = SHA256.hash([UInt8]().span)

  /// SHA-256(00 ‖ entry).
  public static func leaf(_ entry: [UInt8]) -> Digest { leaf(entry.span) }

  /// SHA-256(00 ‖ entry).
  public static func leaf(_ entry: Digest) -> Digest {
    var hash = SHA256()
    hash.update(leafPrefix.span)
    hash.update(entry)
    return hash.finalize()
  }

  /// SHA-256(01 ‖ left ‖ right).
  public static func node(_ left: Digest, _ right: Digest) -> Digest {
    var hash = SHA256()
    hash.update(nodePrefix.span)
    hash.update(left)
    hash.update(right)
    return hash.finalize()
  }

  private static func leaf(_ entry: Span<UInt8>) -> Digest {
    var hash = SHA256()
    hash.update(leafPrefix.span)
    hash.update(entry)
    return hash.finalize()
  }

  private static let leafPrefix: [UInt8] = [0]
  private static let nodePrefix: [UInt8] = [1]
}
