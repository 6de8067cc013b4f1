internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// A record that has its place, but is not sealed yet.
struct RecordPlan: Sendable {
  let header: RecordHeader
  let parts: [Part]
  let clearBody: [UInt8]
  let note: RecordNote
  /// Of an event; 0 of a fact.
  let tag: UInt64

  struct Part: Sendable {
    let kid: KeyID
    let key: SealingKey
    /// What is sealed, before padding.
    let content: [UInt8]
  }

  /// Seals the parts. Works on nothing shared, so records may be sealed on several threads at once.
  ///
  /// A part's plaintext is its content behind a count of 32 bits, filled up with zeros to the padded length.
  func sealed(storeID: [UInt8]) throws(LetheError) -> PreparedRecord {
    let record = try Record(header: header, clearBody: clearBody) { (number, encoded, slot) throws(LetheError) in
      let part = parts[number]
      slot.copy(UInt32(part.content.count))
      part.content.withByteSpan { slot.copy($0, to: 4) }
      let data = RecordHeader.additionalData(ofPart: number, storeID: storeID, header: encoded[...])
      try header.parts[number].nonce.withByteSpan { (nonce) throws(LetheError) in
        try data.withByteSpan { (data) throws(LetheError) in
          try part.key.sealInPlace(&slot, nonce: nonce, authenticating: data)
        }
      }
    }
    return PreparedRecord(record, note: note, tag: tag)
  }

  /// The content of an opened part.
  ///
  /// - Throws: `damage` if the count does not fit, which only a faulty writer can have sealed.
  static func content(ofPlaintext plaintext: [UInt8]) throws(LetheError) -> [UInt8] {
    var reader = ByteReader(plaintext)
    return Array(try reader.takeCounted())
  }
}

/// The records of one sync group in the making, each applied to the index as it gets its place.
struct GroupPlan {
  private(set) var records: [RecordPlan] = []
  /// When the group's records are recorded.
  let recordedAt: Timestamp
  private let random: any RandomSource
  private var nonces: [UInt8] = []

  /// The key of the last record's first part.
  var lastKid: KeyID? { records.last?.parts.first?.kid }

  init(recordedAt: Timestamp, random: any RandomSource) {
    self.recordedAt = recordedAt
    self.random = random
  }

  /// Gives the record the next place and takes note of it in the index.
  mutating func add(
    _ flags: RecordHeader.Flags, stream: StreamID, revision: UInt64, parts: [RecordPlan.Part],
    clearBody: [UInt8] = [], note: RecordNote = .none, tag: UInt64 = 0, to index: inout LogIndex
  ) throws(LetheError) {
    var partHeaders: [PartHeader] = []
    partHeaders.reserveCapacity(parts.count)
    for part in parts {
      let padded = Padding.padded(count: 4 + part.content.count)
      partHeaders.append(
        PartHeader(kid: part.kid.rawValue, nonce: try nextNonce(), paddedLength: UInt32(padded)))
    }
    let header = RecordHeader(flags: flags, streamID: stream, revision: revision, parts: partHeaders)
    try index.apply(header, clearBody: clearBody)
    records.append(RecordPlan(header: header, parts: parts, clearBody: clearBody, note: note, tag: tag))
  }

  /// Gives an event of one part the next place, of which the index has taken note.
  mutating func add(
    _ flags: RecordHeader.Flags, stream: StreamID, revision: UInt64, part: RecordPlan.Part, tag: UInt64
  ) throws(LetheError) {
    let padded = Padding.padded(count: 4 + part.content.count)
    let partHeader = PartHeader(kid: part.kid.rawValue, nonce: try nextNonce(), paddedLength: UInt32(padded))
    let header = RecordHeader(flags: flags, streamID: stream, revision: revision, parts: [partHeader])
    records.append(RecordPlan(header: header, parts: [part], clearBody: [], note: .none, tag: tag))
  }

  /// Adds a system fact.
  mutating func add(
    _ fact: Fact, sealed part: RecordPlan.Part? = nil, isLastOfBatch: Bool, to index: inout LogIndex
  ) throws(LetheError) {
    try add(
      isLastOfBatch ? [.system, .lastOfBatch] : .system, stream: .system, revision: index.factCount,
      parts: part.map { [$0] } ?? [], clearBody: fact.encoded(), note: FactNotes.note(of: fact), to: &index)
  }

  /// An hour's first batch has the hour before it.
  mutating func beginHour(_ index: inout LogIndex) throws(LetheError) {
    let hour = recordedAt.hour
    guard index.hours.last.map({ $0.hour < hour }) ?? true else { return }
    try add(.hourBegan(hour), isLastOfBatch: true, to: &index)
  }

  /// 24 random bytes, drawn for many at once: one call costs more than the sealing.
  private mutating func nextNonce() throws(LetheError) -> [UInt8] {
    if nonces.isEmpty { nonces = try random.bytes(64 * SealingKey.nonceByteCount) }
    let nonce = Array(nonces.suffix(SealingKey.nonceByteCount))
    nonces.removeLast(SealingKey.nonceByteCount)
    return nonce
  }
}
