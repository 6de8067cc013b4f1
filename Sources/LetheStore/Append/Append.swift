public import LethePolicies
internal import LetheSystem

/// Events for one stream, to be appended all or none.
public struct AppendRequest: Sendable {
  /// Events that one request may hold.
  public static let eventLimit = 10_000
  /// Bytes of JSON that one request may hold.
  public static let byteLimit = 64 << 20

  public let stream: StreamName
  public let events: [CloudEvent]
  public let expected: ExpectedRevision

  public init(to stream: StreamName, _ events: [CloudEvent], expecting expected: ExpectedRevision = .any) {
    self.stream = stream
    self.events = events
    self.expected = expected
  }
}

/// What the stream must be like for an append to be made.
public enum ExpectedRevision: Sendable, Equatable {
  case any
  case noStream
  case streamExists
  /// The stream's last event has this revision.
  case exactly(UInt64)
}

/// Says that the events are durable.
public struct AppendReceipt: Sendable, Equatable {
  public enum Outcome: Sendable, Equatable {
    case appended
    /// All events were there before, with the same content; the receipt is the first one's.
    case duplicate
  }

  public let stream: StreamName
  public let firstRevision: UInt64
  public let lastRevision: UInt64
  /// The last event's position in the whole log.
  public let position: UInt64
  public let outcome: Outcome
}
