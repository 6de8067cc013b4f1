internal import LetheSystem

/// The retained fields of one event, as a tree of the containers that lead to them.
struct RetainedFields: Sendable {
  enum Container: Sendable {
    case object
    case array
  }

  struct Node: Sendable {
    /// The field's JSON as it was given; nil if fields lie inside.
    var text: [UInt8]?
    /// What leads to the fields inside; nil if this is a field.
    var container: Container?
    /// The nodes inside in the order in which they were added.
    var children: [(token: String, node: Int)] = []
    /// The same by their tokens.
    var places: [ExactText: Int] = [:]
    /// The number of an array's elements up to the last known one.
    var elementCount = 0
  }

  /// The first node is the event.
  private(set) var nodes = [Node(container: .object)]
  /// The sum over all arrays.
  private var elementCount = 0
  /// Whether the nodes have the containers of the event; if these are unknown, all of them are objects here.
  let containers: PartContent.Containers

  /// No event has more elements in its arrays: each takes two bytes, a digit and a comma.
  private static let elementLimit = CloudEvent.byteLimit / 2

  /// Reads a part that holds retained fields.
  ///
  /// - Throws: `damage` if the part is of another kind or malformed.
  init(_ part: PartContent) throws(LetheError) {
    guard case .retainedFields(let containers) = part.kind, let document = try? JSONDocument(scanning: part.text),
      document.kind(document.root) == .object
    else { throw .partsApart }
    self.containers = containers
    for (name, value) in document.members(document.root) {
      guard let path = Self.path(document.string(name), containers),
        path.steps.count + document.depth(value) <= JSONScanner.depthLimit, add(path, document.bytes(value))
      else { throw .partsApart }
    }
    guard elementCount <= Self.elementLimit else { throw .partsApart }
  }

  private static func path(_ text: String, _ containers: PartContent.Containers) -> FieldPath? {
    switch containers {
    case .stated: return FieldPath(text)
    case .unknown:
      guard let pointer = try? JSONPointer(text), (1...FieldPath.stepLimit).contains(pointer.tokens.count) else {
        return nil
      }
      return FieldPath(throughObjects: pointer)
    }
  }

  /// Adds a field; false if it lies in or around another one, or needs an array where an object is or the reverse.
  private mutating func add(_ path: FieldPath, _ text: [UInt8]) -> Bool {
    var node = 0
    for step in path.steps {
      guard nodes[node].text == nil, nodes[node].container ?? step.container == step.container else { return false }
      nodes[node].container = step.container
      if case .element(let index) = step, index >= nodes[node].elementCount {
        elementCount += index + 1 - nodes[node].elementCount
        nodes[node].elementCount = index + 1
      }
      let name = ExactText(step.token)
      if let known = nodes[node].places[name] {
        node = known
      } else {
        nodes.append(Node())
        nodes[node].places[name] = nodes.count - 1
        nodes[node].children.append((step.token, nodes.count - 1))
        node = nodes.count - 1
      }
    }
    guard nodes[node].text == nil, nodes[node].container == nil else { return false }
    nodes[node].text = text
    return true
  }

  /// Adds a value that stands for a shredded field; false if it would lie in or around a retained field, or if the pointer
  /// names a member of an array.
  ///
  /// A container that leads to no retained field is an object. The retained part does not tell what the event had there,
  /// because policy does not retain that the event had anything there.
  mutating func replace(_ pointer: JSONPointer, by text: [UInt8]) -> Bool {
    var steps: [FieldPath.Step] = []
    var node: Int? = 0
    for token in pointer.tokens {
      if let node, nodes[node].container == .array {
        guard let index = JSONPointer.arrayIndex(token) else { return false }
        steps.append(.element(index))
      } else {
        steps.append(.member(token))
      }
      node = node.flatMap { nodes[$0].places[ExactText(token)] }
    }
    return add(FieldPath(steps: steps), text)
  }

  /// The JSON of an attribute of the event, if it is retained.
  func attribute(_ name: String) -> [UInt8]? { nodes[0].places[ExactText(name)].flatMap { nodes[$0].text } }

  /// The event's object with these fields only; elements before the last known one of an array are `null`.
  var event: [UInt8] {
    var writer = JSONWriter()
    write(0, to: &writer)
    return writer.bytes
  }

  /// The recursion is as deep as a path has steps, at most 64.
  private func write(_ node: Int, to writer: inout JSONWriter) {
    switch nodes[node].container {
    case .object: write(object: node, to: &writer)
    case .array: write(array: node, to: &writer)
    case nil: writer.append(verbatim: nodes[node].text ?? [])
    }
  }

  private func write(object node: Int, to writer: inout JSONWriter) {
    writer.append("{")
    for (number, child) in nodes[node].children.enumerated() {
      if number > 0 { writer.append(",") }
      writer.write(child.token)
      writer.append(":")
      write(child.node, to: &writer)
    }
    writer.append("}")
  }

  private func write(array node: Int, to writer: inout JSONWriter) {
    let known = elements(of: node)
    for index in 0..<nodes[node].elementCount {
      writer.append(index == 0 ? "[" : ",")
      if let element = known[index] { write(element, to: &writer) } else { writer.append("null") }
    }
    writer.append("]")
  }

  /// The nodes inside an array by their indices.
  func elements(of node: Int) -> [Int: Int] {
    let pairs = nodes[node].children.compactMap { child in
      JSONPointer.arrayIndex(child.token).map { ($0, child.node) }
    }
    return Dictionary(pairs) { first, _ in first }
  }
}

extension FieldPath.Step {
  fileprivate var container: RetainedFields.Container {
    switch self {
    case .member: .object
    case .element: .array
    }
  }
}

extension LetheError {
  /// Parts are authenticated before they are put together, so this is no accident on a disk.
  static var partsApart: LetheError {
    LetheError(.damage, "The parts of an event do not fit together; verify the store by `lethe audit verify`")
  }
}
