import LetheCrypto
import LetheLog
import LetheSystem
import LetheTesting

/// What a log must hold after any crash, as simply as it can be said.
struct LogModel {
  /// All records, those in doubt at the end.
  private(set) var history: History
  /// Records that must be there: acknowledged, or found at a start.
  private(set) var sure: UInt64 = 0
  /// The newest checkpoint that somebody may have seen.
  private(set) var witnessed: Checkpoint?
  /// Whether a start found the log, or made it.
  private(set) var isCreated = false

  init(seed: UInt64) throws { history = try History(seed: seed, streams: 6) }

  mutating func addGroup(_ kind: History.GroupKind) throws -> [PreparedRecords] { try history.addGroup(kind) }

  mutating func answerAll() { sure = history.count }
  mutating func answer(upTo count: UInt64) { sure = max(sure, count) }

  mutating func witness(_ checkpoint: Checkpoint) {
    if checkpoint.size >= witnessed?.size ?? 0 { witnessed = checkpoint }
  }

  /// The checkpoint that would be right if all were durable.
  func draft() throws -> Checkpoint {
    try Checkpoint(origin: "lethe.example/log", size: history.count, rootHash: naiveRoot(history.leafHashes[...]))
  }

  /// Holds a log that was just opened against the model, which takes over what it finds.
  mutating func compare(_ log: FileLog) throws {
    isCreated = true
    let count = log.count
    try expect(count >= sure, "\(sure - min(sure, count)) records that were acknowledged are missing")
    try expect(count <= history.count, "records that nobody appended")
    let end = history.entries[..<Int(count)].last
    try expect(end?.record.header.flags.contains(.lastOfBatch) ?? true, "a part of a batch")
    history.cut(to: count)
    sure = count
    try expect(log.allRecords() == history.records, "a record differs")
    let hashes = history.leafHashes
    try expect(log.rootHash(size: count) == naiveRoot(hashes[...]), "the root of the tree")
    guard let witnessed else { return }
    try expect(count >= witnessed.size, "a checkpoint of \(witnessed.size) was signed and \(count) records are there")
    try expect(log.rootHash(size: witnessed.size) == witnessed.rootHash, "a checkpoint that was signed")
  }

  /// Asks the log this and that.
  func look(at log: FileLog, using random: inout SeededGenerator) throws {
    let count = log.count
    try expect(count <= history.count && count >= sure, "the count")
    guard count > 0 else { return }
    let known = history.entries[..<Int(count)]
    for _ in 0..<4 {
      let position = UInt64.random(in: 0..<count, using: &random)
      let entry = known[Int(position)]
      try expect(log.record(at: position) == entry.record, "the record at \(position)")
      let tag = try log.tag(at: position)
      try expect(tag == nil || tag == entry.tag, "the tag at \(position)")
      let stream = entry.record.header.streamID
      let positions = known.indices.filter { known[$0].record.header.streamID == stream }.map { UInt64($0) }
      try expect(log.positions(of: stream, 0..<UInt64.max) == positions, "the positions of a stream")
      try expect(log.nextRevision(of: stream) == UInt64(positions.count), "the next revision of a stream")
      guard let key = entry.record.header.parts.first?.kid else { continue }
      let kind: RecordKind = entry.isFact ? .facts : .events
      try expect(log.positions(under: key...key, kind).contains(position), "the records under a key")
    }
    let size = UInt64.random(in: 1...count, using: &random)
    let position = UInt64.random(in: 0..<size, using: &random)
    let verdict = MerkleProof.verifyInclusion(
      leafHash: MerkleHash.leaf(known[Int(position)].record.leafEntry), position: position, size: size,
      proof: try log.inclusionProof(of: position, in: size), root: try log.rootHash(size: size))
    try expect(verdict == .proven, "a proof")
  }
}
