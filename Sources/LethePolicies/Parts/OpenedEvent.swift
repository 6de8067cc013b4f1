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
    if parts.count == 1, !parts[0].isFields {
      (extent, text, recordedTime, shreddedFields) = (.whole, parts[0].text, parts[0].recordedTime, [])
      return
    }
    let personal = parts.filter { $0.kind == .personal }
    let retained = parts.filter { $0.kind != .personal }
    guard personal.count <= 1, retained.count <= 1, !parts.isEmpty,
      personal.isEmpty || retained.first?.kind != .retainedEvent
    else {
      throw .partsApart
    }
    recordedTime = personal.first?.recordedTime ?? retained.first?.recordedTime
    switch (personal.first, retained.first) {
    case (let personal?, let retained?):
      extent = .whole
      text = try RetainedFields(retained).joined(with: personal.text)
      shreddedFields = []
    case (let part?, nil), (nil, let part?):
      guard part.isFields else {
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
    var fields = try RetainedFields(part)
    guard let typeText = fields.attribute("type"), case .string(let type) = try JSONValue(parsing: typeText) else {
      return (fields.event, [])
    }
    var shredded: [JSONPointer] = []
    // The policy may have changed since the event was divided: what was retained then is never replaced.
    for replacement in policies.replacements(type: type)
    where fields.replace(replacement.pointer, by: replacement.value.compactText) {
      shredded.append(replacement.pointer)
    }
    return (fields.event, shredded)
  }
}
