internal import LetheSystem

extension RetainedFields {
  /// Puts the fields back into the event from which they were taken.
  ///
  /// Returns the event as it was given if nothing was moved, otherwise one that is equal as JSON, with numbers and
  /// strings verbatim.
  ///
  /// - Throws: `damage` if the personal part has no place for a field.
  func joined(with personal: [UInt8]) throws(LetheError) -> [UInt8] {
    guard let document = try? JSONDocument(scanning: personal) else { throw .partsApart }
    var edits: [JSONEdits.Edit] = []
    // Attributes were copied, so the personal part has them.
    let moved = nodes[0].children.filter { FieldPath(steps: [.member($0.token)]).leadsIntoData }
    guard !moved.isEmpty else { return personal }
    var open = try join(moved, into: document.root, of: document, &edits)
    while let (node, value) = open.popLast() {
      switch document.kind(value) {
      case .object:
        guard nodes[node].container == .object else { throw .partsApart }
        open += try join(nodes[node].children, into: value, of: document, &edits)
      case .array:
        guard nodes[node].container == .array || containers == .unknown else { throw .partsApart }
        open += try join(elementsOf: node, into: value, of: document, &edits)
      case .null, .true, .false, .number, .string, .escapedString: throw .partsApart
      }
    }
    return JSONEdits.apply(edits, to: document, node: document.root)
  }

  /// Containers still to be joined, each as a node of these fields and as a value of the document.
  private typealias Open = [(node: Int, value: JSONDocument.Node)]

  /// Adds the fields to an object, which must not have them yet.
  private func join(
    _ children: [(token: String, node: Int)], into object: JSONDocument.Node, of document: JSONDocument,
    _ edits: inout [JSONEdits.Edit]
  ) throws(LetheError) -> Open {
    guard document.kind(object) == .object else { throw .partsApart }
    var rest = Dictionary(children.map { (ExactText($0.token), $0.node) }) { first, _ in first }
    var open: Open = []
    var isEmpty = true
    for (name, value) in document.members(object) {
      isEmpty = false
      guard let node = rest.removeValue(forKey: ExactText(document.string(name))) else { continue }
      guard nodes[node].text == nil else { throw .partsApart }
      open.append((node, value))
    }
    if rest.isEmpty { return open }
    var addition = JSONWriter()
    for child in children where rest[ExactText(child.token)] != nil {
      guard let text = nodes[child.node].text else { throw .partsApart }
      if !isEmpty { addition.append(",") }
      isEmpty = false
      addition.write(child.token)
      addition.append(":")
      addition.append(verbatim: text)
    }
    let end = document.range(object).upperBound - 1
    edits.append(JSONEdits.Edit(range: end..<end, replacement: addition.bytes))
    return open
  }

  /// Replaces the `null` that stands for each element that was moved.
  private func join(
    elementsOf node: Int, into array: JSONDocument.Node, of document: JSONDocument, _ edits: inout [JSONEdits.Edit]
  ) throws(LetheError) -> Open {
    let elements = elements(of: node)
    var found = 0
    var open: Open = []
    for (index, value) in document.elements(array).enumerated() {
      guard let element = elements[index] else { continue }
      found += 1
      guard let text = nodes[element].text else {
        open.append((element, value))
        continue
      }
      guard document.kind(value) == .null else { throw .partsApart }
      edits.append(JSONEdits.Edit(range: document.range(value), replacement: text))
    }
    guard found == nodes[node].children.count else { throw .partsApart }
    return open
  }
}
