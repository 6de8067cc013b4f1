internal import LetheSystem

/// A checked JSON text with an index of its values, so that parts of it can be found, cut out and kept verbatim
/// without building the rest.
struct JSONDocument: Sendable {
  /// Names a value of the document; 0 is the whole.
  typealias Node = Int

  let text: [UInt8]
  private let nodes: [JSONNode]

  init(scanning text: [UInt8]) throws(JSONFault) {
    nodes = try JSONScanner.scan(text)
    self.text = text
  }

  init(_ text: [UInt8]) throws(LetheError) {
    do { try self.init(scanning: text) } catch { throw error.error(in: text) }
  }

  var root: Node { 0 }

  func kind(_ node: Node) -> JSONNode.Kind { nodes[node].kind }

  /// The bytes of the value in the text, quotes included.
  func range(_ node: Node) -> Range<Int> { nodes[node].range }

  func isString(_ node: Node) -> Bool { kind(node) == .string || kind(node) == .escapedString }

  func bytes(_ node: Node) -> [UInt8] { Array(text[range(node)]) }

  /// What a string or a member name stands for, unescaped.
  func string(_ node: Node) -> String {
    let content = Int(nodes[node].start) + 1..<Int(nodes[node].end) - 1
    if kind(node) == .string { return String(decoding: text[content], as: UTF8.self) }
    return String(decoding: JSONEscapes.unescape(text.span, content), as: UTF8.self)
  }

  /// The members of an object, in order; none of anything else.
  func members(_ object: Node) -> Members {
    let end = kind(object) == .object ? Int(nodes[object].next) : object + 1
    return Members(nodes: nodes, at: object + 1, end: end)
  }

  /// The elements of an array, in order; none of anything else.
  func elements(_ array: Node) -> Elements {
    let end = kind(array) == .array ? Int(nodes[array].next) : array + 1
    return Elements(nodes: nodes, at: array + 1, end: end)
  }

  struct Members: Sequence, IteratorProtocol {
    fileprivate let nodes: [JSONNode]
    fileprivate var at: Node
    fileprivate let end: Node

    mutating func next() -> (name: Node, value: Node)? {
      guard at < end else { return nil }
      defer { at = Int(nodes[at + 1].next) }
      return (at, at + 1)
    }
  }

  struct Elements: Sequence, IteratorProtocol {
    fileprivate let nodes: [JSONNode]
    fileprivate var at: Node
    fileprivate let end: Node

    mutating func next() -> Node? {
      guard at < end else { return nil }
      defer { at = Int(nodes[at].next) }
      return at
    }
  }
}

extension JSONDocument {
  /// The value of the object's member, if it has one of that name.
  func member(_ name: String, of object: Node) -> Node? {
    members(object).first { string($0.name).utf8.elementsEqual(name.utf8) }?.value
  }

  /// The value that a pointer leads to (RFC 6901 section 4), if there is one.
  func resolve(_ pointer: JSONPointer) -> Node? {
    var node = root
    for token in pointer.tokens {
      switch kind(node) {
      case .object:
        guard let value = member(token, of: node) else { return nil }
        node = value
      case .array:
        guard let index = JSONPointer.arrayIndex(token) else { return nil }
        guard let element = elements(node).dropFirst(index).first(where: { _ in true }) else { return nil }
        node = element
      case .null, .true, .false, .number, .string, .escapedString: return nil
      }
    }
    return node
  }

  /// How many containers lie in one another in the value, itself included.
  func depth(_ node: Node) -> Int {
    var ends: [UInt32] = []
    var deepest = 0
    for at in node..<Int(nodes[node].next) where nodes[at].kind == .object || nodes[at].kind == .array {
      while let end = ends.last, end <= at { ends.removeLast() }
      ends.append(nodes[at].next)
      deepest = max(deepest, ends.count)
    }
    return deepest
  }

  /// The value with all that it holds, names and strings unescaped.
  func value(_ node: Node) -> JSONValue {
    switch kind(node) {
    case .null: .null
    case .true: .bool(true)
    case .false: .bool(false)
    case .number: .number(JSONNumber(checked: String(decoding: text[range(node)], as: UTF8.self)))
    case .string, .escapedString: .string(string(node))
    case .array: .array(elements(node).map { value($0) })
    case .object:
      .object(
        members(node).map { JSONValue.Member(name: string($0.name), value: value($0.value), source: range($0.value)) })
    }
  }
}
