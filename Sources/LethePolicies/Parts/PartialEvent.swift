/// Builds an event's object from single fields, where the rest of it does not open.
///
/// A container of which only array indices are known is written as an array, with `null` for what is not known.
struct PartialEvent {
  private struct Node {
    /// Of a field.
    var text: [UInt8]?
    /// Of a container, in the order in which they were added.
    var members: [(token: String, node: Int)] = []
    var places: [ExactText: Int] = [:]
  }

  private var nodes = [Node()]

  /// Adds a field; no pointer may lead to, into or around another's field.
  mutating func add(_ pointer: JSONPointer, _ text: [UInt8]) {
    var node = 0
    for token in pointer.tokens {
      let name = ExactText(token)
      if let known = nodes[node].places[name] {
        node = known
      } else {
        nodes.append(Node())
        nodes[node].places[name] = nodes.count - 1
        nodes[node].members.append((token, nodes.count - 1))
        node = nodes.count - 1
      }
    }
    nodes[node].text = text
  }

  var text: [UInt8] {
    var writer = JSONWriter()
    write(object: 0, to: &writer)
    return writer.bytes
  }

  private func write(_ node: Int, to writer: inout JSONWriter) {
    if let text = nodes[node].text { return writer.append(verbatim: text) }
    let members = nodes[node].members
    let indices = members.compactMap { JSONPointer.arrayIndex($0.token) }
    guard indices.count == members.count, let last = indices.max() else { return write(object: node, to: &writer) }
    let known = Dictionary(zip(indices, members.map(\.node))) { first, _ in first }
    for index in 0...last {
      writer.append(index == 0 ? "[" : ",")
      if let element = known[index] { write(element, to: &writer) } else { writer.append("null") }
    }
    writer.append("]")
  }

  private func write(object node: Int, to writer: inout JSONWriter) {
    writer.append("{")
    for (index, member) in nodes[node].members.enumerated() {
      if index > 0 { writer.append(",") }
      writer.write(member.token)
      writer.append(":")
      write(member.node, to: &writer)
    }
    writer.append("}")
  }
}
