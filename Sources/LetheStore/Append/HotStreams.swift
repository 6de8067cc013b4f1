internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// Streams that were appended to lately and that are as most are: of one subject, whose events have one part under one key.
/// All that an append to one needs is at hand, so that nothing is looked up twice for the events of a busy stream.
///
/// Any fact that is recorded may change what holds for them; then all are let go, keys included.
struct HotStreams {
  private var streams: [[UInt8]: HotStream] = [:]

  /// When it is reached all are let go.
  private static let limit = 1 << 14

  /// By the name's bytes.
  subscript(name: [UInt8]) -> HotStream? { streams[name] }

  mutating func keep(_ stream: HotStream, as name: [UInt8]) {
    if streams.count >= Self.limit { streams = [:] }
    streams[name] = stream
  }

  mutating func removeAll() { streams = [:] }
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

  init(
    id: StreamID, entry: LogIndex.StreamEntry, tags: TagTable, subject: [UInt8], kid: KeyID, key: SealingKey,
    index: KeyRing.IndexKey
  ) {
    self.id = id
    self.entry = entry
    self.tags = tags
    self.subject = subject
    self.kid = kid
    self.key = key
    self.index = index
  }
}
