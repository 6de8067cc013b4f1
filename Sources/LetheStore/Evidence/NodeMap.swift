package import LetheVault

/// Values of key nodes, found again by any key that lies below one.
package struct NodeMap<Value: Sendable>: Sendable {
  private var values: [KeyNode: Value] = [:]
  /// The depths at which nodes are named; a look-up asks at these alone.
  private var depths: [Int] = []

  package init() {}

  package subscript(node: KeyNode) -> Value? {
    get { values[node] }
    set {
      values[node] = newValue
      if newValue != nil, !depths.contains(node.depth) { depths = (depths + [node.depth]).sorted() }
    }
  }

  package var nodes: [KeyNode] { values.keys.sorted() }

  /// The value of the largest node that covers the key.
  package func value(covering kid: KeyID) -> Value? { value(covering: KeyNode(kid)) }

  /// The value of the largest node that covers the node.
  package func value(covering node: KeyNode) -> Value? {
    for depth in depths where depth <= node.depth {
      if let value = values[node.firstKid.node(atDepth: depth)] { return value }
    }
    return nil
  }
}
