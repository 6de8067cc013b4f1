/// Fields of an event by the way to them: adds each in the time that its own length takes, however many there are.
struct PointerTree: Sendable {
  /// How a pointer that is added stands to those before it.
  enum Answer: Sendable, Equatable {
    case apart
    case repeated
    /// It leads into what another names, or another into what it names.
    case nested
  }

  private struct Node: Sendable {
    var children: [ExactText: Int] = [:]
    var isField = false
  }

  private var nodes = [Node()]

  /// Adds a pointer, unless it is not apart from those before it.
  mutating func add(_ pointer: JSONPointer) -> Answer {
    var node = 0
    for token in pointer.tokens {
      if nodes[node].isField { return .nested }
      let name = ExactText(token)
      if let child = nodes[node].children[name] {
        node = child
      } else {
        nodes.append(Node())
        nodes[node].children[name] = nodes.count - 1
        node = nodes.count - 1
      }
    }
    if nodes[node].isField { return .repeated }
    guard nodes[node].children.isEmpty else { return .nested }
    nodes[node].isField = true
    return .apart
  }

  /// Whether a pointer is one of them, leads into one, or one leads into it.
  func touches(_ pointer: JSONPointer) -> Bool {
    var node = 0
    for token in pointer.tokens {
      if nodes[node].isField { return true }
      guard let child = nodes[node].children[ExactText(token)] else { return false }
      node = child
    }
    return nodes[node].isField || !nodes[node].children.isEmpty
  }
}
