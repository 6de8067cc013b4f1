internal import LetheSystem

/// Takes the fields that a policy retains out of an event, and puts them back.
///
/// Members of `data` are moved, so that they are not stored twice; attributes are copied, because every personal part
/// carries the whole envelope.
enum EventDivision {
  /// The event without what is moved, and the retained fields as an object of JSON Pointers; nil if there are none.
  static func split(
    _ text: [UInt8], retaining retained: PointerTree
  ) throws(LetheError) -> (personal: [UInt8], fields: [UInt8]?) {
    let document = try JSONDocument(text)
    var fields = JSONWriter()
    var edits: [JSONEdits.Edit] = []
    var cuts: [JSONDocument.Node: Set<JSONDocument.Node>] = [:]
    for found in retained.fields(in: document) {
      fields.append(fields.bytes.isEmpty ? "{" : ",")
      fields.write(found.path.pointer.description)
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

  /// The event as it was given if nothing was moved, otherwise equal to it as JSON, with numbers and strings verbatim.
  static func join(_ personal: [UInt8], fields: [UInt8]) throws(LetheError) -> [UInt8] {
    let document = try parsed(personal)
    var edits: [JSONEdits.Edit] = []
    var additions: [JSONDocument.Node: JSONWriter] = [:]
    for field in try retainedFields(fields) where field.pointer.leadsIntoData {
      let outer = JSONPointer(tokens: field.pointer.tokens.dropLast())
      guard let container = document.resolve(outer), let last = field.pointer.tokens.last else { throw apart }
      switch document.kind(container) {
      case .object:
        let isFirst = additions[container] == nil && document.members(container).first { _ in true } == nil
        let name = JSONValue.string(last).compactText
        additions[container, default: JSONWriter()].append(
          verbatim: (isFirst ? [] : [UInt8(ascii: ",")]) + name + [UInt8(ascii: ":")] + field.text)
      case .array:
        guard let element = document.resolve(field.pointer) else { throw apart }
        edits.append(JSONEdits.Edit(range: document.range(element), replacement: field.text))
      case .null, .true, .false, .number, .string, .escapedString: throw apart
      }
    }
    if edits.isEmpty && additions.isEmpty { return personal }
    for (container, writer) in additions {
      let end = document.range(container).upperBound - 1
      edits.append(JSONEdits.Edit(range: end..<end, replacement: writer.bytes))
    }
    return JSONEdits.apply(edits, to: document, node: document.root)
  }

  /// The fields of a retained part, each with its text as it was given.
  static func retainedFields(_ fields: [UInt8]) throws(LetheError) -> [(pointer: JSONPointer, text: [UInt8])] {
    let document = try parsed(fields)
    var found: [(pointer: JSONPointer, text: [UInt8])] = []
    for (name, value) in document.members(document.root) {
      do { found.append((try JSONPointer(document.string(name)), document.bytes(value))) } catch { throw apart }
    }
    return found
  }

  private static func parsed(_ text: [UInt8]) throws(LetheError) -> JSONDocument {
    do { return try JSONDocument(scanning: text) } catch { throw apart }
  }

  /// Parts are authenticated before they come here, so this is no accident on a disk.
  private static var apart: LetheError {
    LetheError(.damage, "The parts of an event do not fit together; verify the store by `lethe audit verify`")
  }
}

extension JSONPointer {
  /// Whether what it leads to is moved out of a personal part rather than copied.
  var leadsIntoData: Bool {
    guard let first = tokens.first else { return false }
    return first.utf8.elementsEqual("data".utf8) || first.utf8.elementsEqual("data_base64".utf8)
  }
}
