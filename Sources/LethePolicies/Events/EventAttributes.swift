internal import LetheSystem

/// The rules for the members of an event: CloudEvents 1.0, then the store's own.
struct EventAttributes {
  private(set) var id = ""
  private(set) var source = ""
  private(set) var type = ""
  private(set) var time: Timestamp?
  private(set) var stream: StreamName?
  private(set) var subject: String?
  /// The node of the name `stream`.
  private(set) var streamMember: JSONDocument.Node?

  /// Members that the store writes when an event is read, and therefore refuses when it is given.
  static let storeOwned = [
    "position", "revision", "recordedtime", "streamid", "lethestate", "shreddedfields", "certificate",
  ]

  private static let required = ["specversion", "id", "source", "type"]

  private var version = ""
  private var hasData = false

  init(_ document: JSONDocument) throws(JSONFault) {
    let object = document.root
    for (name, value) in document.members(object) {
      try take(document.string(name), name, value, document)
    }
    let start = document.range(object).lowerBound
    for (text, attribute) in [(version, "specversion"), (id, "id"), (source, "source"), (type, "type")]
    where text.isEmpty {
      throw JSONFault("The event has no \(attribute); add this attribute", at: start)
    }
  }

  private mutating func take(
    _ name: String, _ nameNode: JSONDocument.Node, _ value: JSONDocument.Node, _ document: JSONDocument
  ) throws(JSONFault) {
    let place = document.range(value).lowerBound
    let isAbsent = document.kind(value) == .null
    switch name {
    case "specversion":
      version = try string(name, value, document)
      guard version == "1.0" else {
        throw JSONFault("The event's specversion is not \"1.0\"; use that version", at: place)
      }
    case "id": id = try named(name, value, document)
    case "source": source = try named(name, value, document)
    case "type": type = try named(name, value, document)
    case "time" where !isAbsent:
      time = Timestamp(rfc3339: try string(name, value, document))
      guard time != nil else {
        throw JSONFault("The event's time is not written as RFC 3339 demands, like 2026-01-31T12:00:00Z", at: place)
      }
    case "stream":
      streamMember = nameNode
      if isAbsent { return }
      let text = try string(name, value, document)
      do { stream = try StreamName(text) } catch { throw JSONFault(error.message, at: place) }
    case "datasubject" where !isAbsent: subject = try named(name, value, document)
    case "subject" where !isAbsent, "datacontenttype" where !isAbsent, "dataschema" where !isAbsent:
      _ = try string(name, value, document)
    case "data", "data_base64":
      guard !hasData else {
        throw JSONFault("The event has both data and data_base64; keep one", at: document.range(nameNode).lowerBound)
      }
      hasData = true
      if name == "data_base64" { try checkBase64(value, document) }
    default: try checkExtension(name, at: document.range(nameNode).lowerBound)
    }
  }

  /// A string that is not empty.
  private func string(
    _ name: String, _ value: JSONDocument.Node, _ document: JSONDocument
  ) throws(JSONFault) -> String {
    let place = document.range(value).lowerBound
    guard document.isString(value) else { throw JSONFault("The event's \(name) is not a string; write one", at: place) }
    let text = document.string(value)
    guard !text.isEmpty else {
      let advice = Self.required.contains(name) ? "give one" : "give one or leave it out"
      throw JSONFault("The event's \(name) is empty; \(advice)", at: place)
    }
    return text
  }

  /// A string that is kept as a name.
  private func named(
    _ name: String, _ value: JSONDocument.Node, _ document: JSONDocument
  ) throws(JSONFault) -> String {
    let text = try string(name, value, document)
    do { try NameRule.check(text, "The event's \(name)") } catch {
      throw JSONFault(error.message, at: document.range(value).lowerBound)
    }
    return text
  }

  private func checkExtension(_ name: String, at place: Int) throws(JSONFault) {
    guard !Self.storeOwned.contains(name) else {
      throw JSONFault("The event has a member \(name), which only the store writes; remove or rename it", at: place)
    }
    guard !name.isEmpty, name.utf8.allSatisfy({ $0 &- 97 < 26 || $0 &- 48 < 10 }) else {
      throw JSONFault("An attribute name is not of lower-case letters a-z and digits alone; rename it", at: place)
    }
  }

  /// RFC 4648 section 4, with padding and without line breaks.
  private func checkBase64(_ value: JSONDocument.Node, _ document: JSONDocument) throws(JSONFault) {
    let fault = JSONFault(
      "The event's data_base64 is not a string of base64 with padding; encode it so",
      at: document.range(value).lowerBound)
    guard document.isString(value) else { throw fault }
    let range = document.range(value)
    let text =
      document.kind(value) == .string
      ? document.text[range.lowerBound + 1..<range.upperBound - 1] : Array(document.string(value).utf8)[...]
    let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
    let digits = text.dropLast(padding)
    guard text.count % 4 == 0, digits.allSatisfy({ Self.base64Value($0) != nil }) else { throw fault }
    // Bits beyond the last byte must be zero, or two texts would stand for the same bytes.
    let spare: UInt8 = padding == 2 ? 0x0F : padding == 1 ? 0x03 : 0
    if let last = digits.last, let bits = Self.base64Value(last), bits & spare != 0 { throw fault }
  }

  private static func base64Value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte + 4
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
