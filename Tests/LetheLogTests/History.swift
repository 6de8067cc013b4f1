import LetheCrypto
import LetheLog
import LetheSystem
import LetheTesting

/// Notes that facts of these tests carry in their clear bodies: four letters, a byte of flags, a stream's id.
struct FactNoting: RecordNoting {
  static let mark = Array("note".utf8)

  static func body(_ note: RecordNote, filler: [UInt8]) -> [UInt8] {
    mark + [(note.stream == nil ? 0 : 1) | (note.isLandmark ? 2 : 0)] + (note.stream ?? .system).bytes + filler
  }

  func note(of record: Record) -> RecordNote {
    let body = record.clearBody
    guard body.starts(with: Self.mark), body.count >= 21 else { return .none }
    let flags = body[body.startIndex + 4]
    let stream = StreamID(body.dropFirst(5).prefix(16))
    return RecordNote(stream: flags & 1 == 1 ? stream : nil, isLandmark: flags & 2 == 2)
  }
}

/// Records as a store would append them, by chance: streams with revisions that follow one another, facts about them,
/// landmarks, several parts under keys of the same groups, tags.
struct History {
  struct Entry {
    let record: Record
    let note: RecordNote
    let tag: UInt64
    let leafHash: Digest
  }

  private(set) var entries: [Entry] = []
  /// How many records each sync group has.
  private(set) var groupSizes: [Int] = []
  let streams: [StreamID]
  private var nextRevisions: [StreamID: UInt64] = [:]
  private var generator: SeededGenerator

  init(seed: UInt64, groups: Int = 0, streams count: Int = 12) throws {
    var generator = SeededGenerator(seed: seed)
    streams = (0..<count).map { _ in StreamID(generator.bytes(16))! }
    self.generator = generator
    for _ in 0..<groups { _ = try addGroup() }
  }

  var records: [Record] { entries.map(\.record) }
  var leafHashes: [Digest] { entries.map(\.leafHash) }

  /// What a sync group is made of.
  enum GroupKind {
    /// Up to four batches of up to three records of all kinds.
    case usual
    /// Many small facts.
    case manyFacts
  }

  /// Makes the next sync group.
  mutating func addGroup(_ kind: GroupKind = .usual) throws -> [PreparedRecords] {
    let start = entries.count
    for _ in 0..<(kind == .usual ? Int.random(in: 1...4, using: &generator) : Int.random(in: 8...30, using: &generator))
    {
      let count = Int.random(in: 1...3, using: &generator)
      for place in 1...count { try addRecord(kind, endsBatch: place == count) }
    }
    groupSizes.append(entries.count - start)
    // In one piece or, as by several callers, in two.
    let middle = start + (entries.count - start) * (groupSizes.count % 3) / 2
    return [entries[start..<middle].prepared, entries[middle...].prepared]
  }

  /// Takes records from the end, which a log lost.
  mutating func cut(to count: UInt64) {
    for entry in entries[Int(count)...].reversed() {
      nextRevisions[entry.record.header.streamID] = entry.record.header.revision
    }
    entries.removeLast(entries.count - Int(count))
  }

  private mutating func addRecord(_ kind: GroupKind, endsBatch: Bool) throws {
    let isFact = kind == .manyFacts || generator.next() % 3 == 0
    // The first streams have most of the records; the last two have facts alone.
    let number = Int.random(in: 0...Int.random(in: 0..<streams.count - 2, using: &generator), using: &generator)
    let stream = isFact ? .system : streams[number]
    var note = RecordNote.none
    if isFact {
      if generator.next() % 2 == 0 { note.stream = streams.randomElement(using: &generator) }
      note.isLandmark = generator.next() % 8 == 0
    }
    let parts =
      (0..<(kind == .manyFacts ? 0 : isFact ? Int(generator.next() % 2) : Int.random(in: 1...3, using: &generator))).map
    { _ in
      PartHeader(kid: key(), nonce: generator.bytes(24), paddedLength: UInt32(Padding.floor))
    }
    var flags: RecordHeader.Flags = isFact ? [.system] : []
    if endsBatch { flags.insert(.lastOfBatch) }
    let revision = nextRevisions[stream, default: 0]
    nextRevisions[stream] = revision + 1
    let record = try Record(
      header: RecordHeader(flags: flags, streamID: stream, revision: revision, parts: parts),
      sealedParts: parts.map { generator.bytes($0.sealedByteCount) },
      clearBody: isFact ? FactNoting.body(note, filler: generator.bytes(Int(generator.next() % 40))) : [])
    let tag = generator.next() % 4 == 0 ? 0 : generator.next() | 1
    entries.append(Entry(record: record, note: note, tag: tag, leafHash: MerkleHash.leaf(record.leafEntry)))
  }

  /// A key of one of a few groups of 16, at both ends of what there can be too.
  private mutating func key() -> UInt64 {
    let groups: [UInt64] = [0, 1, 2, 0x1000, 0x1001, 1 << 40, UInt64.max >> 4]
    return groups.randomElement(using: &generator)! << 4 | generator.next() % 16
  }
}

extension Collection<History.Entry> {
  var prepared: PreparedRecords {
    var preparer = RecordPreparer()
    for entry in self { preparer.append(entry.record, note: entry.note, tag: entry.tag) }
    return preparer.finish()
  }
}

extension History.Entry {
  var isFact: Bool { record.header.flags.contains(.system) }
}

/// What a log of the history answers, by looking at everything.
extension History {
  var count: UInt64 { UInt64(entries.count) }

  private func positions(_ holds: (Entry) -> Bool) -> [UInt64] {
    entries.indices.filter { holds(entries[$0]) }.map { UInt64($0) }
  }

  func nextRevision(of stream: StreamID) -> UInt64 {
    entries.last { $0.record.header.streamID == stream }.map { $0.record.header.revision + 1 } ?? 0
  }

  func positions(of stream: StreamID, _ revisions: Range<UInt64>) -> [UInt64] {
    positions { $0.record.header.streamID == stream && revisions.contains($0.record.header.revision) }
  }

  func positions(ofFactsAbout stream: StreamID) -> [UInt64] { positions { $0.note.stream == stream } }

  func positions(under keys: ClosedRange<UInt64>, _ kind: RecordKind) -> [UInt64] {
    positions { entry in
      entry.isFact == (kind == .facts) && entry.record.header.parts.contains { keys.contains($0.kid) }
    }
  }

  var keys: [UInt64] { Set(entries.flatMap { $0.record.header.parts.map(\.kid) }).sorted() }

  var landmarks: [UInt64] { positions(\.note.isLandmark) }
}
