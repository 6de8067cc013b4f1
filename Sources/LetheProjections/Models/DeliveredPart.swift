public import LetheLog
public import LethePolicies
public import LetheSystem
public import LetheVault

/// A part of an event as a read model receives it.
public struct DeliveredPart: Sendable {
  public enum Kind: Sendable, Equatable {
    /// The whole event; given only while the person's key opens it.
    case personal
    /// What policy retains of the event, and nothing else; given whether or not the rest opens.
    case retained
  }

  public enum Occasion: Sendable, Equatable {
    case first
    /// Again after a restriction was lifted; the rows of its key id were purged before.
    case replayed
  }

  public let kind: Kind
  /// The data key of the part, to which the rows that come from it belong.
  public let kid: KeyID
  /// The event's place in the whole log.
  public let position: UInt64
  public let streamID: StreamID
  public let revision: UInt64
  /// When the store took the event; nil where that is not retained.
  public let recordedTime: Timestamp?
  public let occasion: Occasion
  /// The CloudEvent, in UTF-8; of a retained part only the members that are retained.
  public let json: [UInt8]
  public let content: JSONValue

  package init(
    _ kind: Kind, kid: KeyID, position: UInt64, streamID: StreamID, revision: UInt64, recordedTime: Timestamp?,
    json: [UInt8], occasion: Occasion = .first
  ) throws(LetheError) {
    self.kind = kind
    self.kid = kid
    self.position = position
    self.streamID = streamID
    self.revision = revision
    self.recordedTime = recordedTime
    self.occasion = occasion
    self.json = json
    content = try JSONValue(parsing: json)
  }

  private init(replaying part: DeliveredPart) {
    (kind, kid, position, streamID) = (part.kind, part.kid, part.position, part.streamID)
    (revision, recordedTime, json, content) = (part.revision, part.recordedTime, part.json, part.content)
    occasion = .replayed
  }

  var replayed: DeliveredPart { DeliveredPart(replaying: self) }
}

extension DeliveredPart {
  /// Whose part it is, by number; nil for a retained one.
  public var subject: SubjectIndex? { SubjectIndex(kid) }
  /// The place among the subject's keys, one for each category and generation.
  public var slot: Int { kid.slot }

  /// The event's type; nil where that is not retained.
  public var type: String? { text("type") }
  /// The event's own time; nil if it has none or that is not retained.
  public var time: Timestamp? { text("time").flatMap { Timestamp(rfc3339: $0) } }

  /// The member that the names lead to, if there is one.
  public subscript(path: String...) -> JSONValue? { member(path) }

  /// A string, or a number as it was written, that the names lead to.
  public func text(_ path: String...) -> String? {
    switch member(path) {
    case .string(let text)?: text
    case .number(let number)?: number.text
    case .null?, .bool?, .array?, .object?, nil: nil
    }
  }

  private func member(_ path: [String]) -> JSONValue? { JSONPointer(tokens: path).resolve(in: content) }
}
