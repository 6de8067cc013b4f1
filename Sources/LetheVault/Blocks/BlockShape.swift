internal import LetheSystem

/// Which nodes of a block's tree live: disjoint, in the order of their leaves.
///
/// A node is known by its heap number: 1 is the root of the tree, the children of h are 2h and 2h + 1.
package struct BlockShape: Sendable, Equatable {
  package static let whole = BlockShape(heap: [1])

  let heap: [UInt16]

  init(heap: [UInt16]) { self.heap = heap }

  /// Nil if the numbers are no disjoint nodes in order.
  init?(checking heap: [UInt16]) {
    var end = 0
    for node in heap {
      guard node.isHeapNode, node.firstLeaf >= end else { return nil }
      end = node.firstLeaf + node.leafCount
    }
    self.heap = heap
  }

  package var count: Int { heap.count }

  package func nodes(plane: Plane, block: UInt64) -> [KeyNode] {
    heap.map { KeyNode(plane: plane, block: block, depth: $0.depth, prefix: $0.prefix) }
  }

  /// The fewest nodes that have a leaf and all behind it below them, and no other.
  static func nodes(fromLeaf leaf: Int) -> [UInt16] {
    var nodes: [UInt16] = []
    var next = leaf
    while next < 1 << KeyNode.leafDepth {
      let height = min(next.trailingZeroBitCount, KeyNode.leafDepth)
      nodes.append(UInt16(1 << (KeyNode.leafDepth - height) | next >> height))
      next += 1 << height
    }
    return nodes
  }

  /// Place of the living node above a leaf.
  func position(ofLeaf leaf: Int) -> Int? {
    let place = firstPosition(after: leaf) - 1
    guard place >= 0, leaf < heap[place].firstLeaf + heap[place].leafCount else { return nil }
    return place
  }

  /// Places of the living nodes that have a leaf in common with a node: one that lies above it, or any that lie below.
  func positions(meeting node: UInt16) -> Range<Int> {
    let above = firstPosition(after: node.firstLeaf) - 1
    let meets = above >= 0 && heap[above].firstLeaf + heap[above].leafCount > node.firstLeaf
    let start = meets ? above : above + 1
    return start..<max(start, firstPosition(after: node.firstLeaf + node.leafCount - 1))
  }

  /// Place of the first node that begins after a leaf.
  private func firstPosition(after leaf: Int) -> Int { heap.firstPlace(notBefore: { $0.firstLeaf <= leaf }) }
}

extension UInt16 {
  init(heapNodeOf node: KeyNode) { self = UInt16(1 << node.depth | node.prefix) }

  var isHeapNode: Bool { self >= 1 && self < 1 << 15 }
  var depth: Int { 15 - leadingZeroBitCount }
  var prefix: Int { Int(self) - (1 << depth) }
  var leafCount: Int { 1 << (KeyNode.leafDepth - depth) }
  var firstLeaf: Int { prefix << (KeyNode.leafDepth - depth) }
}
