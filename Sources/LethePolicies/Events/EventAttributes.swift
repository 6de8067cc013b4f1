internal import LetheSystem

/// The rules for the members of an event: CloudEvents 1.0, then the store's own.
struct EventAttributes {
  private(set) var id = ""
  private(set) var source = ""
  private(set) var type = ""
  private(set) var time: Timestamp?
  private(set) var stream: StreamName?
  private(set) var subject: String?
  /// The nodes of the names of members that are no part of the event itself: `stream`, and what the store wrote when it
  /// was read.
  private(set) var cutMembers: Set<JSONDocument.Node> = []

  /// Where an event comes from.
  enum Origin: Sendable {
    case sender
    /// From a sender, or from what `read` gave: its lines are taken back without what the store added.
    case senderOrReader
    /// The store took it before, maybe by rules that refused less.
    case stored
  }

  /// Members that the store writes when an event is read, and therefore refuses when it is given.
  static let storeOwned = [
    "position", "revision", "storedtime", "streamid", "lethestate", "shreddedfields", "certificate",
  ]

  private static let required = ["specversion", "id", "source", "type"]

  private let origin: Origin
  private var version = ""
  private var hasData = false
  /// What the store must have written, in the order of the text.
  private var readMembers: [(name: String, node: JSONDocument.Node)] = []
  private var recordedTime: JSONDocument.Node?

  init(_ document: JSONDocument, _ origin: Origin) throws(JSONFault) {
    self.origin = origin
    let object = document.root
    do {
      for (name, value) in document.members(object) {
        try take(document.string(name), name, value, document)
      }
      try takeReadMembers(document)
      try checkRequired(document)
    } catch {
      guard origin == .senderOrReader, Self.isReadLineOfNoEvent(document) else { throw error }
      throw JSONFault(
        "The line shows a system fact, or an event that does not open whole, and is no event itself; leave it out",
        at: document.range(object).lowerBound, .refused)
    }
  }

  private func checkRequired(_ document: JSONDocument) throws(JSONFault) {
    let object = document.root
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
      cutMembers.insert(nameNode)
      if isAbsent { return }
      let text = try string(name, value, document)
      do { stream = try StreamName(text) } catch { throw JSONFault(error.message, at: place) }
    case "datasubject" where !isAbsent: subject = try named(name, value, document)
    case "subject" where !isAbsent, "datacontenttype" where !isAbsent, "dataschema" where !isAbsent:
      _ = try string(name, value, document)
    case "data_base64" where isAbsent: return
    case "data", "data_base64":
      guard !hasData else {
        throw JSONFault("The event has both data and data_base64; keep one", at: document.range(nameNode).lowerBound)
      }
      hasData = true
      if name == "data_base64" { try Base64Text.check(value, document) }
    default: try takeExtension(name, nameNode, value, document)
    }
  }

  private mutating func takeExtension(
    _ name: String, _ nameNode: JSONDocument.Node, _ value: JSONDocument.Node, _ document: JSONDocument
  ) throws(JSONFault) {
    if origin == .stored { return }
    let isAbsent = document.kind(value) == .null
    guard !Self.storeOwned.contains(name) else {
      // A null value counts as absent: drop it, because the store writes its own.
      if isAbsent { cutMembers.insert(nameNode) } else { readMembers.append((name, nameNode)) }
      return
    }
    guard !name.isEmpty, name.utf8.allSatisfy({ $0 &- 97 < 26 || $0 &- 48 < 10 }) else {
      throw JSONFault(
        "An attribute name is not of lower-case letters a-z and digits alone; rename it",
        at: document.range(nameNode).lowerBound)
    }
    if name == "recordedtime", !isAbsent { recordedTime = nameNode }
    try AttributeType.check(value, document)
  }

  /// Leaves out what the store added to an event that it gave: `position`, `streamid`, `revision` and `storedtime` together.
  /// Older versions wrote `recordedtime` in its place, and the stream's name or its id, not both.
  private mutating func takeReadMembers(_ document: JSONDocument) throws(JSONFault) {
    guard let first = readMembers.first else { return }
    let names = Set(readMembers.map(\.name))
    if origin == .senderOrReader {
      if names == ["position", "streamid", "revision", "storedtime"] {
        return cutMembers.formUnion(readMembers.map(\.node))
      }
      let isOld = names == ["position", "streamid", "revision"] || names == ["position", "revision"] && stream != nil
      if let recordedTime, isOld {
        return cutMembers.formUnion(readMembers.map(\.node) + [recordedTime])
      }
    }
    throw JSONFault(
      "The event has a member \(first.name), which only the store writes; remove or rename it",
      at: document.range(first.node).lowerBound)
  }

  /// Whether it is a line of `read` that is no whole event: one that says what does not open, or a system fact.
  private static func isReadLineOfNoEvent(_ document: JSONDocument) -> Bool {
    func has(_ name: String) -> Bool {
      document.member(name, of: document.root).map { document.kind($0) != .null } ?? false
    }
    return has("lethestate") || has("fact") && has("position")
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
}
