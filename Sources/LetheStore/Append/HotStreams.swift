internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// Streams that were appended to lately and that are as most are: of one subject, whose events have one part under one key.
/// All that an append to one needs is at hand, so that nothing is looked up twice for the events of a busy stream.
///
/// A fact may change what holds for them; then all are let go, keys included.
struct HotStreams {
  private var streams: [StreamName: HotStream] = [:]
  /// How often all were let go: a stream of an earlier turn is hot no more.
  private(set) var turn = 0

  /// When it is reached all are let go.
  private static let limit = 1 << 14

  subscript(name: StreamName) -> HotStream? { streams[name] }

  /// Keeps what is made for the turn that it is given.
  mutating func keep(as name: StreamName, _ make: (_ turn: Int) -> HotStream) {
    if streams.count >= Self.limit { removeAll() }
    streams[name] = make(turn)
  }

  mutating func removeAll() {
    guard !streams.isEmpty else { return }
    streams = [:]
    turn += 1
  }
}

/// A stream with its subject and their keys.
final class HotStream: Sendable {
  let id: StreamID
  let entry: LogIndex.StreamEntry
  let tags: TagTable
  /// The subject's id, as events name it.
  let subject: [UInt8]
  /// What its events are sealed under.
  let kid: KeyID
  let key: SealingKey
  let index: KeyRing.IndexKey
  /// The turn in which it was kept.
  let turn: Int

  init(
    id: StreamID, entry: LogIndex.StreamEntry, tags: TagTable, subject: [UInt8], kid: KeyID, key: SealingKey,
    index: KeyRing.IndexKey, turn: Int
  ) {
    self.id = id
    self.entry = entry
    self.tags = tags
    self.subject = subject
    self.kid = kid
    self.key = key
    self.index = index
    self.turn = turn
  }
}

extension Fact {
  /// Whether what was known of streams, their subjects and their keys may not hold once the fact does.
  var endsHotStreams: Bool {
    switch self {
    case .forgetStarted, .keysDestroyed, .policyChanged, .placesChanged, .originBegan: true
    case .epochAdvanced(let advance): !advance.punctures.isEmpty
    // What is known of streams stays as it is: a slot is opened for a category that has none, so for none that is hot.
    case .blocksOpened, .subjectRegistered, .slotOpened, .streamCreated, .hourBegan, .caseStep, .signingKeyRotated,
      .staffNamed:
      false
    }
  }
}
