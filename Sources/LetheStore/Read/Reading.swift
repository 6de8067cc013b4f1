public import LetheLog
public import LethePolicies
public import LetheSystem
public import LetheVault

/// Which records are read.
public enum Selection: Sendable, Equatable {
  case all
  case stream(StreamName)
  /// By the id that stands in the log: the way to a stream whose name was forgotten.
  case streamID(StreamID)
}

/// From where, how many and in which order.
public struct ReadOptions: Sendable {
  public enum Direction: Sendable { case forwards, backwards }
  /// On how many cores records are opened at most. Whoever reads gets them in order either way, and nothing of a subject
  /// whose forget has started by a record's turn.
  public enum Cores: Sendable { case one, two }
  public enum Facts: Sendable { case hidden, included }

  /// A revision in a stream, a position in `.all`; the first that is read. Nil: the very first, or last if backwards.
  public var start: UInt64?
  public var limit: Int?
  /// Recorded at this time or later. What does not open counts by the hour in which it was recorded.
  public var since: Timestamp?
  /// The event's own `time` is this or later; what does not open has none and is left out.
  public var sinceEventTime: Timestamp?
  public var direction: Direction
  /// Whether system facts are given too; with `.all` only.
  public var facts: Facts
  /// With `.all` forwards, where there are many records.
  public var cores: Cores

  public init(
    start: UInt64? = nil, limit: Int? = nil, since: Timestamp? = nil, sinceEventTime: Timestamp? = nil,
    direction: Direction = .forwards, facts: Facts = .hidden,
    cores: Cores = .one
  ) {
    self.start = start
    self.limit = limit
    self.since = since
    self.sinceEventTime = sinceEventTime
    self.direction = direction
    self.facts = facts
    self.cores = cores
  }
}

/// A record as a reader gets it.
public struct ReadItem: Sendable {
  public let position: UInt64
  public let streamID: StreamID
  /// Nil for the system's stream, and where the name was forgotten with its owner.
  public let stream: StreamName?
  public let revision: UInt64
  public let content: Content

  public enum Content: Sendable {
    case event(EventReading)
    case fact(FactReading)
  }
}

/// A system fact.
public struct FactReading: Sendable {
  package let fact: Fact
  /// Nil if the fact has no exact time, or if it was sealed for a subject who is forgotten.
  public let recordedTime: Timestamp?
  /// The fact's name in the log's words, `SubjectRegistered` for example.
  public var name: String { fact.name }
}

/// What of an event opens.
public struct EventReading: Sendable {
  public enum State: Sendable, Equatable {
    /// Everything opens.
    case open
    /// Something opens and something does not.
    case partial
    /// Nothing opens; keys are there, but reading is refused.
    case restricted(CaseID)
    /// Nothing opens; the keys were destroyed under the case.
    case shredded(CaseID)
  }

  public let state: State
  /// What opens, put together; nil if nothing does.
  public let event: OpenedEvent?
  /// The parts that open, each with the key id that it is sealed under.
  package let parts: [(kid: KeyID, content: PartContent)]
  /// The key ids of those that do not.
  package let closed: [KeyID]
}
