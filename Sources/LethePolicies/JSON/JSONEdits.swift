/// Changes to a text that leave every other byte as it was.
struct JSONEdits {
  struct Edit: Sendable {
    let range: Range<Int>
    let replacement: [UInt8]
  }

  /// The cuts that take members out of an object, each with the comma that goes with it.
  ///
  /// - Parameter names: nodes of the members' names.
  static func cutting(
    _ names: Set<JSONDocument.Node>, from object: JSONDocument.Node, in document: JSONDocument
  ) -> [Edit] {
    let members = Array(document.members(object))
    var edits: [Edit] = []
    var hasKept = false
    for (index, member) in members.enumerated() {
      guard names.contains(member.name) else {
        hasKept = true
        continue
      }
      let start = document.range(member.name).lowerBound
      let end = document.range(member.value).upperBound
      let cut =
        if hasKept {
          document.range(members[index - 1].value).upperBound..<end
        } else if index + 1 < members.count {
          start..<document.range(members[index + 1].name).lowerBound
        } else {
          start..<end
        }
      edits.append(Edit(range: cut, replacement: []))
    }
    return edits
  }

  /// The text of a node after edits that lie in it and do not overlap.
  static func apply(_ edits: [Edit], to document: JSONDocument, node: JSONDocument.Node) -> [UInt8] {
    let whole = document.range(node)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(whole.count + edits.reduce(0) { $0 + $1.replacement.count })
    var at = whole.lowerBound
    for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      bytes += document.text[at..<edit.range.lowerBound]
      bytes += edit.replacement
      at = edit.range.upperBound
    }
    bytes += document.text[at..<whole.upperBound]
    return bytes
  }
}
