internal import LetheSystem

/// One policy file, and errors that name a place in it.
struct PolicyFile {
  /// A value and the way to it as a JSON Pointer.
  struct Value {
    let node: JSONDocument.Node
    let path: JSONPointer
  }

  private let name: String
  private let document: JSONDocument

  init(_ name: String, _ bytes: [UInt8]) throws(LetheError) {
    self.name = name
    do { document = try JSONDocument(scanning: bytes) } catch {
      throw Self.error(error.sentence, name, TextPlace(of: error.offset, in: bytes))
    }
  }

  var top: Value { Value(node: document.root, path: JSONPointer(tokens: [])) }

  func value(_ value: Value) -> JSONValue { document.value(value.node) }

  func members(_ value: Value) throws(LetheError) -> [(name: String, value: Value)] {
    guard document.kind(value.node) == .object else { throw fail(value, "is not an object; write one") }
    return document.members(value.node).map { member in
      let name = document.string(member.name)
      return (name, Value(node: member.value, path: JSONPointer(tokens: value.path.tokens + [name])))
    }
  }

  func elements(_ value: Value) throws(LetheError) -> [Value] {
    guard document.kind(value.node) == .array else { throw fail(value, "is not an array; write one") }
    return document.elements(value.node).enumerated().map { index, node in
      Value(node: node, path: JSONPointer(tokens: value.path.tokens + [String(index)]))
    }
  }

  func string(_ value: Value) throws(LetheError) -> String {
    guard document.isString(value.node) else { throw fail(value, "is not a string; write one") }
    return document.string(value.node)
  }

  func bool(_ value: Value) throws(LetheError) -> Bool {
    switch document.kind(value.node) {
    case .true: return true
    case .false: return false
    case .null, .number, .string, .escapedString, .array, .object:
      throw fail(value, "is not true or false; write one of them")
    }
  }

  func unknown(_ value: Value) -> LetheError { fail(value, "is no member of a policy; remove it or correct its name") }

  /// An error about a value; the sentence goes on after its path.
  func fail(_ value: Value, _ predicate: String) -> LetheError {
    let subject = value.path.tokens.isEmpty ? "The policy" : value.path.description
    let place = TextPlace(of: document.range(value.node).lowerBound, in: document.text)
    return Self.error("\(subject) \(predicate)", name, place)
  }

  private static func error(_ sentence: String, _ name: String, _ place: TextPlace) -> LetheError {
    LetheError(.input, sentence, place: "\(name):\(place.line):\(place.column)")
  }
}
