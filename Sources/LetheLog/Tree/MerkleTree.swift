public import LetheCrypto
public import LetheSystem

/// The Merkle tree of RFC 6962 over the log's leaf entries, growing at its end.
///
/// In memory are the roots of perfect subtrees that the present root is made of (at most 64), and all perfect subtrees
/// of 256 leaves and more (a quarter of a byte a leaf). What lies below them is made again from leaf hashes, at most 256
/// at each of a proof's ends.
public struct MerkleTree: Sendable {
  /// Gives the hashes of the leaves in a range of positions, in order.
  public typealias LeafHashes = (Range<UInt64>) throws(LetheError) -> [Digest]

  /// Subtrees below this height, of 256 leaves, are not kept.
  static let keptHeight = 8

  private var edge = Edge()
  /// At k, the roots of the perfect subtrees of height 8 + k, from the left.
  private var kept: [[Digest]] = []

  public init() {}

  /// The number of leaves.
  public var size: UInt64 { edge.size }

  /// Where the tree grows.
  fileprivate struct Edge: Sendable {
    var size: UInt64 = 0
    /// The roots of the perfect subtrees whose sizes are the powers of two in `size`, the largest first.
    var frontier: [Digest] = []

    /// Adds a perfect subtree at the end, by its root; all before it fill such subtrees too.
    mutating func append(_ root: Digest, height: Int, keepingIn kept: inout [[Digest]], _ hash: inout SHA256) {
      precondition(size % (1 << UInt64(height)) == 0, "only behind whole subtrees")
      var (node, reached) = (root, height)
      Self.keep(node, reached, &kept)
      while size >> UInt64(reached) & 1 == 1 {
        node = MerkleHash.node(frontier.removeLast(), node, &hash)
        reached += 1
        Self.keep(node, reached, &kept)
      }
      frontier.append(node)
      size += 1 << UInt64(height)
    }

    /// The root over all leaves.
    var root: Digest {
      guard var root = frontier.last else { return MerkleHash.emptyRoot }
      var hash = SHA256()
      for node in frontier.dropLast().reversed() { root = MerkleHash.node(node, root, &hash) }
      return root
    }

    private static func keep(_ node: Digest, _ height: Int, _ kept: inout [[Digest]]) {
      guard height >= keptHeight else { return }
      while kept.count <= height - keptHeight { kept.append([]) }
      kept[height - keptHeight].append(node)
    }
  }

  /// Adds a leaf at the end, by its hash (`MerkleHash.leaf`); at amortised cost of one more hash.
  public mutating func append(leafHash: Digest) {
    var hash = SHA256()
    edge.append(leafHash, height: 0, keepingIn: &kept, &hash)
  }

  /// Adds a perfect subtree of 256 leaves at the end, by its root; all before it fill such subtrees too.
  mutating func append(subtreeRoot: Digest) {
    var hash = SHA256()
    edge.append(subtreeRoot, height: Self.keptHeight, keepingIn: &kept, &hash)
  }

  /// What comes to a tree, worked out beside it.
  struct Growth: Sendable {
    fileprivate var edge: Edge
    fileprivate var kept: [[Digest]] = []

    /// Adds leaves at the end, by their hashes.
    mutating func append(leafHashes: some Sequence<Digest>) {
      var hash = SHA256()
      for leafHash in leafHashes { edge.append(leafHash, height: 0, keepingIn: &kept, &hash) }
    }

    /// The root that the tree will have.
    var root: Digest { edge.root }
  }

  /// Where a growth of the tree begins.
  var growth: Growth { Growth(edge: edge) }

  /// Takes over a growth that began at what the tree is.
  mutating func grow(by growth: Growth) {
    edge = growth.edge
    while kept.count < growth.kept.count { kept.append([]) }
    for (place, roots) in growth.kept.enumerated() { kept[place] += roots }
  }

  /// The roots of perfect subtrees of a height of 8 and more, by their number from the left.
  func subtreeRoots(height: Int, _ numbers: Range<UInt64>) -> [Digest] {
    Array(kept[height - Self.keptHeight][Int(numbers.lowerBound)..<Int(numbers.upperBound)])
  }

  /// The root over all leaves, without looking at any.
  public var root: Digest { edge.root }

  /// The root that the tree had at an earlier size.
  ///
  /// - Throws: `input` if the tree was never of that size; what `leaves` throws.
  public func root(size: UInt64, leaves: LeafHashes) throws(LetheError) -> Digest {
    try check(size <= self.size)
    if size == self.size { return root }
    return size == 0 ? MerkleHash.emptyRoot : try root(of: 0..<size, leaves)
  }

  /// The proof that the leaf at a position is in the tree of a size: RFC 6962, section 2.1.1, PATH.
  ///
  /// - Throws: `input` if the position is not below the size or the tree was never of that size.
  public func inclusionProof(of position: UInt64, in size: UInt64, leaves: LeafHashes) throws(LetheError) -> [Digest] {
    try check(position < size && size <= self.size)
    var proof: [Digest] = []
    var range = 0..<size
    while range.count > 1 {
      let middle = range.lowerBound + Self.largestPower(below: UInt64(range.count))
      if position < middle {
        proof.append(try root(of: middle..<range.upperBound, leaves))
        range = range.lowerBound..<middle
      } else {
        proof.append(try root(of: range.lowerBound..<middle, leaves))
        range = middle..<range.upperBound
      }
    }
    return proof.reversed()
  }

  /// The proof that the tree of a size begins with the whole tree of an earlier size: RFC 6962, section 2.1.2, PROOF.
  /// Empty if either is the empty tree or both are the same.
  ///
  /// - Throws: `input` if the sizes are not in order or the tree was never of them.
  public func consistencyProof(
    from first: UInt64, to second: UInt64, leaves: LeafHashes
  ) throws(LetheError) -> [Digest] {
    try check(first <= second && second <= size)
    guard first > 0 else { return [] }
    var proof: [Digest] = []
    var range = 0..<second
    // While only right halves are entered below, the old root's leftmost part is a subtree of its own.
    var isWhole = true
    while range.upperBound != first {
      let middle = range.lowerBound + Self.largestPower(below: UInt64(range.count))
      if first <= middle {
        proof.append(try root(of: middle..<range.upperBound, leaves))
        range = range.lowerBound..<middle
      } else {
        proof.append(try root(of: range.lowerBound..<middle, leaves))
        range = middle..<range.upperBound
        isWhole = false
      }
    }
    if !isWhole { proof.append(try root(of: range, leaves)) }
    return proof.reversed()
  }

  /// The root of the subtree over a range that begins at a multiple of the power of two that its count does not exceed.
  private func root(of range: Range<UInt64>, _ leaves: LeafHashes) throws(LetheError) -> Digest {
    let count = UInt64(range.count)
    let height = count.trailingZeroBitCount
    if count == 1 << UInt64(height), height >= Self.keptHeight {
      return kept[height - Self.keptHeight][Int(range.lowerBound >> UInt64(height))]
    }
    if count <= 1 << UInt64(Self.keptHeight) {
      let hashes = try leaves(range)
      precondition(hashes.count == range.count, "as many leaf hashes as were asked for")
      return Self.root(hashes[...])
    }
    let middle = range.lowerBound + Self.largestPower(below: count)
    return MerkleHash.node(
      try root(of: range.lowerBound..<middle, leaves), try root(of: middle..<range.upperBound, leaves))
  }

  /// The root over leaf hashes that are all at hand.
  static func root(_ hashes: ArraySlice<Digest>) -> Digest {
    if hashes.count == 1 { return hashes[hashes.startIndex] }
    let middle = hashes.startIndex + Int(largestPower(below: UInt64(hashes.count)))
    return MerkleHash.node(root(hashes[..<middle]), root(hashes[middle...]))
  }

  /// The largest power of two below a count of two or more.
  private static func largestPower(below count: UInt64) -> UInt64 {
    1 << UInt64(63 - (count - 1).leadingZeroBitCount)
  }

  private func check(_ holds: Bool) throws(LetheError) {
    guard holds else {
      throw LetheError(
        .input, "the tree has \(size) leaves and never had the size or leaf that is asked for; ask within its size")
    }
  }
}
