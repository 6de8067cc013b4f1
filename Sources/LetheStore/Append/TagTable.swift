internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// The events of one stream by their 8-byte tags, by which an event that comes again is known.
///
/// A tag is the start of HMAC-SHA-256 over stream id, `source` and `id` (both counted) under the index key of the event's
/// subject, or of the store if it has none. The log's index keeps them; those that a crash lost are made again by opening the
/// events.
///
/// Sendable: it is read and changed under the lock of the store's state alone.
final class TagTable: @unchecked Sendable {
  private struct Slot: BitwiseCopyable {
    let tag: UInt64
    let position: UInt64

    static let free = Slot(tag: 0, position: .max)
    var isFree: Bool { position == .max }
  }

  /// A hash table with open addressing, at most half full; tags are random as they are. A tag that several events have, by
  /// chance, has as many slots.
  private var slots = [Slot](repeating: .free, count: 8)
  /// Events in it.
  private(set) var count = 0

  func add(_ tag: UInt64, at position: UInt64) {
    if (count + 1) * 2 > slots.count { grow() }
    put(Slot(tag: tag, position: position))
    count += 1
  }

  private func put(_ slot: Slot) {
    var place = Int(truncatingIfNeeded: slot.tag) & (slots.count - 1)
    while !slots[place].isFree { place = (place + 1) & (slots.count - 1) }
    slots[place] = slot
  }

  private func grow() {
    let before = slots
    slots = [Slot](repeating: .free, count: before.count * 2)
    for slot in before where !slot.isFree { put(slot) }
  }

  func holds(_ tag: UInt64) -> Bool { next(tag, from: Int(truncatingIfNeeded: tag)) != nil }

  /// Where events with the tag stand, in order.
  func positions(of tag: UInt64) -> [UInt64] {
    var positions: [UInt64] = []
    var from = Int(truncatingIfNeeded: tag)
    while let place = next(tag, from: from) {
      positions.append(slots[place].position)
      from = place + 1
    }
    return positions.sorted()
  }

  /// The next slot of a tag, from a place on.
  private func next(_ tag: UInt64, from start: Int) -> Int? {
    var place = start & (slots.count - 1)
    while !slots[place].isFree {
      if slots[place].tag == tag { return place }
      place = (place + 1) & (slots.count - 1)
    }
    return nil
  }

  static func tag(stream: StreamID, source: String, id: String, under key: KeyRing.IndexKey) -> UInt64 {
    var message = ByteWriter(capacity: StreamID.byteCount + 8 + source.utf8.count + id.utf8.count)
    stream.put(to: &message)
    message.putCounted(source)
    message.putCounted(id)
    // 0 stands for none in the log's index.
    return max(1, key.authenticate(message.take()).leadingWords)
  }
}

/// The tags of streams that were appended to lately, bounded.
struct TagBook {
  private var tables: [StreamID: TagTable] = [:]
  /// Events in all tables.
  private(set) var tagCount = 0

  /// When one of them is reached all are let go, between two groups.
  private static let streamLimit = 1 << 14
  private static let tagLimit = 1 << 20

  /// The tags of a stream; nil if they are to be made from the log.
  subscript(stream: StreamID) -> TagTable? { tables[stream] }

  mutating func begin(_ stream: StreamID, with table: TagTable = TagTable()) {
    remove([stream])
    tables[stream] = table
    tagCount += table.count
  }

  mutating func add(_ tag: UInt64, at position: UInt64, of stream: StreamID) {
    guard let table = tables[stream] else { return }
    add(tag, at: position, to: table)
  }

  /// The same to a table that is one of these.
  mutating func add(_ tag: UInt64, at position: UInt64, to table: TagTable) {
    table.add(tag, at: position)
    tagCount += 1
  }

  /// The same of events in a row.
  mutating func add(_ tags: OneOrMany<UInt64>, at first: UInt64, to table: TagTable) {
    for (number, tag) in tags.enumerated() { add(tag, at: first + UInt64(number), to: table) }
  }

  mutating func remove(_ streams: [StreamID]) {
    for stream in streams { tagCount -= tables.removeValue(forKey: stream)?.count ?? 0 }
  }

  var isLarge: Bool { tables.count > Self.streamLimit || tagCount > Self.tagLimit }

  mutating func trim() {
    guard isLarge else { return }
    tables = [:]
    tagCount = 0
  }
}
