/// Fields of an event by the way to them: each costs the time that its own length takes, however many there are.
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
    /// How many fields were added before the one that ends here.
    var field: Int?
  }

  private var nodes = [Node()]
  private(set) var count = 0

  init() {}

  /// The fields of some pointers, those left out that are not apart from earlier ones.
  init(_ pointers: some Sequence<JSONPointer>) {
    for pointer in pointers { _ = add(pointer) }
  }

  /// Adds a pointer, unless it is not apart from those before it.
  mutating func add(_ pointer: JSONPointer) -> Answer {
    var node = 0
    for token in pointer.tokens {
      if nodes[node].field != nil { return .nested }
      let name = ExactText(token)
      if let child = nodes[node].children[name] {
        node = child
      } else {
        nodes.append(Node())
        nodes[node].children[name] = nodes.count - 1
        node = nodes.count - 1
      }
    }
    if nodes[node].field != nil { return .repeated }
    guard nodes[node].children.isEmpty else { return .nested }
    nodes[node].field = count
    count += 1
    return .apart
  }

  /// Whether a pointer is one of them, leads into one, or one leads into it.
  func touches(_ pointer: JSONPointer) -> Bool {
    var node = 0
    for token in pointer.tokens {
      if nodes[node].field != nil { return true }
      guard let child = nodes[node].children[ExactText(token)] else { return false }
      node = child
    }
    return nodes[node].field != nil || !nodes[node].children.isEmpty
  }

  /// A field that a document has.
  struct Found: Sendable {
    /// How many fields were added before this one.
    let field: Int
    let path: FieldPath
    let container: JSONDocument.Node
    /// Of a member of an object.
    let name: JSONDocument.Node?
    let value: JSONDocument.Node
  }

  /// The fields that a document has, in the order in which they were added (RFC 6901, section 4). Costs the time that the
  /// containers on the way to them take.
  func fields(in document: JSONDocument) -> [Found] {
    var found: [Found] = []
    // Containers of the document that some fields lie in.
    var open: [(node: Int, value: JSONDocument.Node, steps: [FieldPath.Step])] = [(0, document.root, [])]
    while let (node, container, steps) = open.popLast() {
      func visit(_ step: FieldPath.Step, _ name: JSONDocument.Node?, _ value: JSONDocument.Node) {
        guard let child = nodes[node].children[ExactText(step.token)] else { return }
        guard let field = nodes[child].field else { return open.append((child, value, steps + [step])) }
        found.append(
          Found(field: field, path: FieldPath(steps: steps + [step]), container: container, name: name, value: value))
      }
      switch document.kind(container) {
      case .object:
        for (name, value) in document.members(container) { visit(.member(document.string(name)), name, value) }
      case .array:
        for (index, value) in document.elements(container).enumerated() { visit(.element(index), nil, value) }
      case .null, .true, .false, .number, .string, .escapedString: continue
      }
    }
    return found.sorted { $0.field < $1.field }
  }
}
