public import LetheSystem

/// What a home does with each type of event: all files of its folder Policies/, joined.
///
/// A type that no policy names is personal throughout. The format is described in Policies/README.md.
public struct Policies: Sendable {
  /// Whether the vault remembers who was forgotten, so that nobody comes back by accident; on if not set.
  public let rememberForgotten: Bool
  /// Whether a forget must be approved by someone else than its handler; off if not set.
  public let requiresFourEyes: Bool

  private let shared: Set<ExactText>
  private let types: [ExactText: TypePolicy]
  /// The same policies give the same bytes, however they are spread over files, ordered and spaced; to be hashed.
  package let digestInput: [UInt8]

  /// Reads and joins the files; without any, everything is personal.
  ///
  /// - Parameter files: names as errors tell them, and contents.
  /// - Throws: `policy` with file, line and column.
  public init(files: [(name: String, bytes: [UInt8])]) throws(LetheError) {
    var reader = PolicyReader()
    for file in files { try reader.read(file.name, file.bytes) }
    rememberForgotten = reader.rememberForgotten ?? true
    requiresFourEyes = reader.fourEyes ?? false
    shared = Set(reader.shared.map { ExactText($0) })
    types = Dictionary(reader.types.map { (ExactText($0.name), $0.policy) }) { first, _ in first }
    digestInput = PolicyDigest.bytes(
      rememberForgotten: rememberForgotten, requiresFourEyes: requiresFourEyes, shared: reader.shared,
      types: reader.types)
  }

  /// Whether streams of this one's category belong to no single person.
  public func isShared(_ stream: StreamName) -> Bool { shared.contains(ExactText(stream.category)) }

  /// Whether a policy says anything of a type; of any other all is personal.
  package func names(type: String) -> Bool { !types.isEmpty && types[ExactText(type)] != nil }

  /// Whether events of the type concern nobody and are retained whole.
  public func needsNoSubject(type: String) -> Bool { types[ExactText(type)]?.subject == TypePolicy.Subject.none }

  /// What stands for the shredded fields of the type's events.
  package func replacements(type: String) -> [Replacement] { types[ExactText(type)]?.replacements ?? [] }

  /// Divides an event into what is sealed under its subject's key and what outlives every forget.
  ///
  /// - Throws: `policy` if the event names a subject though its type is said to concern nobody: its id would be kept
  ///   for ever.
  package func divide(_ event: CloudEvent, recordedAt time: Timestamp) throws(LetheError) -> EventParts {
    guard let policy = types[ExactText(event.type)] else {
      return EventParts(personal: .personal(event.text, recordedAt: time), retained: nil)
    }
    if policy.subject == .none {
      guard event.subject == nil else {
        throw LetheError(
          .policy, "The event names a datasubject, but policy says that its type concerns nobody; correct one of them")
      }
      return EventParts(personal: nil, retained: .retainedEvent(event.text, recordedAt: time))
    }
    let (personal, fields) = try EventDivision.split(event.text, retaining: policy.retainedFields)
    let retainedTime = policy.retainsRecordedTime ? time : nil
    let hasRetained = fields != nil || retainedTime != nil
    return EventParts(
      personal: .personal(personal, recordedAt: time),
      retained: hasRetained ? .retainedFields(fields ?? Array("{}".utf8), recordedAt: retainedTime) : nil)
  }
}
