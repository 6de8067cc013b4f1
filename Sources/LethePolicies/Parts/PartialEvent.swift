/// Builds an event's object from single fields, where the rest of it does not open.
///
/// A container of which only array indices are known is written as an array, with `null` for what is not known.
struct PartialEvent {
  private indirect enum Node {
    case text([UInt8])
    case container([(token: String, node: Node)])
  }

  private var root = Node.container([])

  /// Adds a field; no pointer may lead to, into or around another's field.
  mutating func add(_ pointer: JSONPointer, _ text: [UInt8]) {
    root = Self.adding(text, at: pointer.tokens[...], to: root)
  }

  var text: [UInt8] {
    guard case .container(let members) = root else { return Array("{}".utf8) }
    var writer = JSONWriter()
    Self.write(object: members, to: &writer)
    return writer.bytes
  }

  private static func adding(_ text: [UInt8], at tokens: ArraySlice<String>, to node: Node) -> Node {
    guard let token = tokens.first, case .container(var members) = node else { return .text(text) }
    let rest = tokens.dropFirst()
    if let index = members.firstIndex(where: { $0.token.utf8.elementsEqual(token.utf8) }) {
      members[index].node = adding(text, at: rest, to: members[index].node)
    } else {
      members.append((token, adding(text, at: rest, to: .container([]))))
    }
    return .container(members)
  }

  private static func write(_ node: Node, to writer: inout JSONWriter) {
    switch node {
    case .text(let text): writer.append(verbatim: text[...])
    case .container(let members):
      let indices = members.compactMap { JSONPointer.arrayIndex($0.token) }
      guard indices.count == members.count, let last = indices.max() else {
        return write(object: members, to: &writer)
      }
      let known = Dictionary(zip(indices, members.map(\.node))) { first, _ in first }
      for index in 0...last {
        writer.append(index == 0 ? "[" : ",")
        if let node = known[index] { write(node, to: &writer) } else { writer.append("null") }
      }
      writer.append("]")
    }
  }

  private static func write(object members: [(token: String, node: Node)], to writer: inout JSONWriter) {
    writer.append("{")
    for (index, member) in members.enumerated() {
      if index > 0 { writer.append(",") }
      writer.write(member.token)
      writer.append(":")
      write(member.node, to: &writer)
    }
    writer.append("}")
  }
}
