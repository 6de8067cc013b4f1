internal import LetheCrypto
package import LetheSystem

/// The living keys of one block: a GGM tree of depth 14 from which nodes have been cut out.
///
/// Immutable: a puncture makes another tree, and the old one is cleansed when its last owner lets go. All keys lie in
/// one secret, 32 bytes a living node, in the order of the shape.
package final class PuncturedTree: Sendable {
  static let keyByteCount = 32

  package let plane: Plane
  package let block: UInt64
  package let shape: BlockShape
  private let keys: Secret
  private let storeID: [UInt8]

  /// The keys stand in the order of the shape.
  init(plane: Plane, block: UInt64, shape: BlockShape, keys: consuming Secret, storeID: [UInt8]) {
    precondition(keys.count == shape.count * Self.keyByteCount, "every living node has a key")
    self.plane = plane
    self.block = block
    self.shape = shape
    self.keys = keys
    self.storeID = storeID
  }

  /// A whole tree from a random seed.
  ///
  /// - Throws: `io` if there is no randomness or memory.
  package convenience init(
    plane: Plane, block: UInt64, storeID: [UInt8], random: some RandomSource
  ) throws(LetheError) {
    self.init(
      plane: plane, block: block, shape: .whole, keys: try Secret(count: Self.keyByteCount, random: random),
      storeID: storeID)
  }

  package var livingNodes: [KeyNode] { shape.nodes(plane: plane, block: block) }

  package func covers(_ kid: KeyID) -> Bool {
    kid.plane == plane && kid.block == block && shape.position(ofLeaf: kid.leaf) != nil
  }

  /// Whether any key below the node lives.
  package func reaches(_ node: KeyNode) -> Bool {
    node.plane == plane && node.block == block && !shape.positions(meeting: UInt16(heapNodeOf: node)).isEmpty
  }

  /// The data key; nil if no living node covers it. Costs at most 14 HMACs.
  ///
  /// - Throws: `io` if there is no memory.
  package func derive(_ kid: KeyID) throws(LetheError) -> DataKey? {
    guard kid.plane == plane, kid.block == block, let place = shape.position(ofLeaf: kid.leaf) else { return nil }
    var key = try copyKey(at: place)
    var next = try Secret(count: Self.keyByteCount)
    var context = KeyContext(nodesOf: storeID)
    for depth in shape.heap[place].depth..<KeyNode.leafDepth {
      descend(from: key, toDepth: depth + 1, prefix: kid.leaf >> (KeyNode.leafDepth - depth - 1), &context, into: &next)
      swap(&key, &next)
    }
    return DataKey(kid: kid, leaf: key, storeID: storeID)
  }

  /// The tree without the node's keys, or nil if they are all gone already: a living node above it is replaced by the
  /// siblings along the path down, living nodes below it are dropped.
  ///
  /// - Throws: `io` if there is no memory.
  package func puncturing(_ node: KeyNode) throws(LetheError) -> PuncturedTree? {
    precondition(node.plane == plane && node.block == block, "the node is of this block")
    let target = UInt16(heapNodeOf: node)
    let gone = shape.positions(meeting: target)
    guard let first = gone.first else { return nil }
    let top = shape.heap[first]
    let levels = gone.count == 1 && top.depth < target.depth ? top.depth + 1..<target.depth + 1 : 0..<0
    let siblings = levels.map { target >> UInt16(target.depth - $0) ^ 1 }.sorted { $0.firstLeaf < $1.firstLeaf }
    let remaining = BlockShape(
      heap: Array(shape.heap[..<gone.lowerBound]) + siblings + Array(shape.heap[gone.upperBound...]))

    var keys = try Secret(count: remaining.count * Self.keyByteCount)
    let behind = gone.lowerBound + siblings.count
    copyKeys(0..<gone.lowerBound, into: &keys, at: 0)
    copyKeys(gone.upperBound..<shape.count, into: &keys, at: behind)

    var key = try copyKey(at: first)
    var next = try Secret(count: Self.keyByteCount)
    var context = KeyContext(nodesOf: storeID)
    for depth in levels {
      let path = target >> UInt16(target.depth - depth)
      let sibling = path ^ 1
      guard let order = siblings.firstIndex(of: sibling) else { preconditionFailure("each level has its sibling") }
      descend(from: key, toDepth: depth, prefix: sibling.prefix, &context, into: &next)
      Self.copy(next, into: &keys, at: gone.lowerBound + order)
      guard depth < target.depth else { break }
      descend(from: key, toDepth: depth, prefix: path.prefix, &context, into: &next)
      swap(&key, &next)
    }
    return PuncturedTree(plane: plane, block: block, shape: remaining, keys: keys, storeID: storeID)
  }

  /// The tree with other, random keys for a leaf and all behind it; none of these may be punctured, since all live then.
  ///
  /// - Throws: `io` if there is no randomness or memory.
  package func renewing(from kid: KeyID, random: some RandomSource) throws(LetheError) -> PuncturedTree {
    precondition(kid.plane == plane && kid.block == block, "the key is of this block")
    // A node that has leaves on both sides is taken apart by a puncture.
    let cut = try puncturing(KeyNode(kid)) ?? self
    let kept = cut.shape.heap.firstPlace(notBefore: { $0.firstLeaf < kid.leaf })
    let news = BlockShape.nodes(fromLeaf: kid.leaf)
    var keys = try Secret(count: (kept + news.count) * Self.keyByteCount)
    cut.copyKeys(0..<kept, into: &keys, at: 0)
    Self.copy(try Secret(count: news.count * Self.keyByteCount, random: random), into: &keys, at: kept)
    return PuncturedTree(
      plane: plane, block: block, shape: BlockShape(heap: cut.shape.heap[..<kept] + news), keys: keys, storeID: storeID)
  }

  /// Lends the keys, for sealing them in a page.
  func withKeys<Result: ~Copyable>(
    _ body: (borrowing Secret) throws(LetheError) -> Result
  ) throws(LetheError) -> Result {
    try body(keys)
  }

  private func descend(
    from key: borrowing Secret, toDepth depth: Int, prefix: Int, _ context: inout KeyContext, into child: inout Secret
  ) {
    let first = KeyID(plane: plane, block: block, subject: 0, slot: 0).rawValue
    context.setNode(block: first, depth: depth, prefix: prefix)
    context.bytes.withByteSpan { context in
      key.withBytes { key in
        child.withMutableBytes { child in
          HMACSHA256.derive(from: key, label: KeyContext.child, context: context, into: &child)
        }
      }
    }
  }

  private func copyKey(at place: Int) throws(LetheError) -> Secret {
    try keys.withBytes { (bytes) throws(LetheError) in
      try Secret(copying: bytes.extracting(place * Self.keyByteCount..<(place + 1) * Self.keyByteCount))
    }
  }

  private func copyKeys(_ places: Range<Int>, into target: inout Secret, at place: Int) {
    keys.withBytes { bytes in
      let part = bytes.extracting(places.lowerBound * Self.keyByteCount..<places.upperBound * Self.keyByteCount)
      target.withMutableBytes { $0.copy(part, to: place * Self.keyByteCount) }
    }
  }

  private static func copy(_ key: borrowing Secret, into target: inout Secret, at place: Int) {
    key.withBytes { key in target.withMutableBytes { $0.copy(key, to: place * keyByteCount) } }
  }
}
