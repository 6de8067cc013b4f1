/// How Lethe's keys come from one another.
///
/// Every derivation is HMAC-SHA-256 in the counter mode of SP 800-108r1, one block, as `HMACSHA256.derive` writes it:
/// HMAC(K, [1]₃₂ ‖ label ‖ 00 ‖ context ‖ [256]₃₂), counter and length big-endian. Integers in contexts are
/// little-endian. S is the store id, 16 bytes.
///
///     what                         K                 label                 context
///     key of a child node          its parent's key  lethe/v1/ggm          S ‖ child's first kid (u64) ‖ child's depth (u8)
///     key that seals               leaf secret       lethe/v1/enc          S ‖ kid (u64)
///     commitment (public)          leaf secret       lethe/v1/commit       S ‖ kid (u64)
///     key of idempotency tags      leaf secret       lethe/v1/index        S ‖ kid (u64)
///     key of read models' columns  leaf secret       lethe/v1/readmodel    S ‖ kid (u64)
///     key of a root page           root secret R     lethe/v1/rootpage     S ‖ epoch (u64)
///     page-key commitment          any page's key    lethe/v1/pagecommit   S
///
/// The root of a block's tree (depth 0) is 32 random bytes; a leaf secret is the key of its node at depth 14. A root
/// page's key is derived, every other page's is random; both commit alike.
struct KeyContext {
  static let child: StaticString = "lethe/v1/ggm"
  static let sealing: StaticString = "lethe/v1/enc"
  static let commitment: StaticString = "lethe/v1/commit"
  static let index: StaticString = "lethe/v1/index"
  static let readModel: StaticString = "lethe/v1/readmodel"
  static let rootPage: StaticString = "lethe/v1/rootpage"
  static let pageCommitment: StaticString = "lethe/v1/pagecommit"

  private(set) var bytes: [UInt8]

  /// For nodes: the same bytes serve one node after the other.
  init(nodesOf storeID: [UInt8]) {
    bytes = storeID + [UInt8](repeating: 0, count: KeyNode.encodedByteCount)
  }

  init(_ storeID: [UInt8], number: UInt64) {
    bytes = storeID + (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }

  mutating func setNode(block firstKid: UInt64, depth: Int, prefix: Int) {
    let first = firstKid | UInt64(prefix << (KeyNode.leafDepth - depth))
    let start = bytes.count - KeyNode.encodedByteCount
    for index in 0..<8 { bytes[start + index] = UInt8(truncatingIfNeeded: first >> (index * 8)) }
    bytes[start + 8] = UInt8(depth)
  }
}
