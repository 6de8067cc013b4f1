public import LetheSystem

/// What could be read of an event, put together again.
public struct OpenedEvent: Sendable {
  public enum Extent: Sendable, Equatable {
    /// The event as it was given.
    case whole
    /// Only what policy retains of it.
    case partial
  }

  public let extent: Extent
  /// The event's JSON object in UTF-8 without `stream`: verbatim if policy did not divide it, otherwise equal as JSON
  /// with numbers verbatim. Of a partial event the retained fields and policy's replacements.
  public let text: [UInt8]
  /// When the store took the event; nil if only fields are left and it is not among them.
  public let recordedTime: Timestamp?
  /// What a partial event is known to have lost, as far as policy names it.
  public let shreddedFields: [JSONPointer]

  /// Puts together the parts of one event that opened, in any order.
  ///
  /// - Throws: `damage` if there is none, if they do not fit together, or two are of one kind.
  package init(_ parts: [PartContent], under policies: Policies) throws(LetheError) {
    // As most are: nothing is to be put together.
    if parts.count == 1, parts[0].kind != .retainedFields {
      (extent, text, recordedTime, shreddedFields) = (.whole, parts[0].text, parts[0].recordedTime, [])
      return
    }
    let personal = parts.filter { $0.kind == .personal }
    let retained = parts.filter { $0.kind != .personal }
    guard personal.count <= 1, retained.count <= 1, !parts.isEmpty,
      personal.isEmpty || retained.first?.kind != .retainedEvent
    else {
      throw LetheError(.damage, "The parts of an event do not fit together; verify the store by `lethe audit verify`")
    }
    recordedTime = personal.first?.recordedTime ?? retained.first?.recordedTime
    switch (personal.first, retained.first) {
    case (let personal?, let retained?):
      extent = .whole
      text = try EventDivision.join(personal.text, fields: retained.text)
      shreddedFields = []
    case (let part?, nil), (nil, let part?):
      guard part.kind == .retainedFields else {
        extent = .whole
        text = part.text
        shreddedFields = []
        return
      }
      extent = .partial
      (text, shreddedFields) = try Self.partial(part, policies)
    case (nil, nil):
      (extent, text, shreddedFields) = (.partial, [], [])
    }
  }

  private static func partial(
    _ part: PartContent, _ policies: Policies
  ) throws(LetheError) -> (text: [UInt8], shredded: [JSONPointer]) {
    let fields = try EventDivision.retainedFields(part.text)
    var event = PartialEvent()
    for field in fields { event.add(field.pointer, field.text) }
    guard let typeText = fields.first(where: { $0.pointer == JSONPointer(tokens: ["type"]) })?.text,
      case .string(let type) = try JSONValue(parsing: typeText)
    else { return (event.text, []) }
    // The policy may have changed since the event was divided: what was retained then is never replaced.
    var retained = PointerTree()
    for field in fields { _ = retained.add(field.pointer) }
    let replacements = policies.replacements(type: type).filter { !retained.touches($0.pointer) }
    for replacement in replacements { event.add(replacement.pointer, replacement.value.compactText) }
    return (event.text, replacements.map(\.pointer))
  }
}
