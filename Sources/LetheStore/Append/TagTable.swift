internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// The events of one stream by their 8-byte tags, by which an event that comes again is known.
///
/// A tag is the start of HMAC-SHA-256 over stream id, `source` and `id` (both counted) under the index key of the event's
/// subject, or of the store if it has none. Tags are held in memory only, and made again by opening the events.
struct TagTable {
  private var first: [UInt64: UInt64] = [:]
  /// Further positions of a tag: different events whose tags are equal by chance.
  private var others: [UInt64: [UInt64]] = [:]

  mutating func add(_ tag: UInt64, at position: UInt64) {
    if first[tag] == nil { first[tag] = position } else { others[tag, default: []].append(position) }
  }

  /// Where events with the tag stand.
  func positions(of tag: UInt64) -> [UInt64] {
    guard let position = first[tag] else { return [] }
    return [position] + (others[tag] ?? [])
  }

  static func tag(stream: StreamID, source: String, id: String, under key: KeyRing.IndexKey) -> UInt64 {
    var message = ByteWriter()
    message.put(stream.bytes)
    message.putCounted(source)
    message.putCounted(id)
    return key.authenticate(message.bytes).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
