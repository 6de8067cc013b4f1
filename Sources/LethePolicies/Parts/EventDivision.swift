internal import LetheSystem

/// Takes the fields that a policy retains out of an event; `RetainedFields` puts them back.
///
/// Members of `data` are moved, so that they are not stored twice; attributes are copied, because every personal part
/// carries the whole envelope.
enum EventDivision {
  /// The event without what is moved, and the retained fields as `PartContent` has them; nil if there are none.
  static func split(
    _ text: [UInt8], retaining retained: PointerTree
  ) throws(LetheError) -> (personal: [UInt8], fields: [UInt8]?) {
    let document = try JSONDocument(text)
    var fields = JSONWriter()
    var edits: [JSONEdits.Edit] = []
    var cuts: [JSONDocument.Node: Set<JSONDocument.Node>] = [:]
    for found in retained.fields(in: document) {
      fields.append(fields.bytes.isEmpty ? "{" : ",")
      fields.write(found.path.text)
      fields.append(":")
      fields.append(verbatim: document.text[document.range(found.value)])
      guard found.path.leadsIntoData else { continue }
      if let name = found.name {
        cuts[found.container, default: []].insert(name)
      } else {
        edits.append(JSONEdits.Edit(range: document.range(found.value), replacement: Array("null".utf8)))
      }
    }
    if fields.bytes.isEmpty { return (text, nil) }
    fields.append("}")
    for (container, names) in cuts { edits += JSONEdits.cutting(names, from: container, in: document) }
    return (JSONEdits.apply(edits, to: document, node: document.root), fields.bytes)
  }
}
