package import LetheVault

/// Values of key nodes, found again by any key that lies below one.
package struct NodeMap<Value: Sendable>: Sendable {
  private var values: [KeyNode: Value] = [:]
  /// The depths at which nodes are named; a look-up asks at these alone.
  private var depths: Set<Int> = []

  package init() {}

  package subscript(node: KeyNode) -> Value? {
    get { values[node] }
    set {
      values[node] = newValue
      if newValue != nil { depths.insert(node.depth) }
    }
  }

  package var nodes: [KeyNode] { values.keys.sorted() }

  /// The value of the largest node that covers the key.
  package func value(covering kid: KeyID) -> Value? {
    for depth in depths.sorted() {
      if let value = values[kid.node(atDepth: depth)] { return value }
    }
    return nil
  }

  /// Whether a node lies below one that is named, or is one itself.
  package func covers(_ node: KeyNode) -> Bool {
    depths.contains { $0 <= node.depth && values[node.firstKid.node(atDepth: $0)] != nil }
  }
}
