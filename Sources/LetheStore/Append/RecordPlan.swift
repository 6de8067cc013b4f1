internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
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
    /// What is sealed, before padding: the head, if there is one, and the rest.
    let head: PartContent.Head?
    let content: [UInt8]

    init(kid: KeyID, key: SealingKey, content: [UInt8]) {
      (self.kid, self.key, head, self.content) = (kid, key, nil, content)
    }

    /// A part that is the personal one of an event.
    init(kid: KeyID, key: SealingKey, personal text: [UInt8], recordedAt time: Timestamp) {
      (self.kid, self.key, content) = (kid, key, text)
      head = PartContent.personalHead(recordedAt: time)
    }

    var contentByteCount: Int { (head == nil ? 0 : PartContent.headByteCount) + content.count }
  }

  /// Seals the parts. Works on nothing shared, so records may be sealed on several threads at once.
  ///
  /// A part's plaintext is its content behind a count of 32 bits, filled up with zeros to the padded length.
  func sealed(storeID: [UInt8]) throws(LetheError) -> PreparedRecord {
    let record = try Record(header: header, clearBody: clearBody) { (number, encoded, slot) throws(LetheError) in
      let part = parts[number]
      slot.copy(UInt32(part.contentByteCount))
      if let head = part.head { slot.copy(head, to: 4) }
      part.content.withByteSpan { slot.copy($0, to: 4 + part.contentByteCount - part.content.count) }
      try RecordHeader.withAdditionalData(ofPart: number, storeID: storeID, header: encoded) {
        (data) throws(LetheError) in
        try part.key.sealInPlace(
          &slot, nonce: encoded.extracting(RecordHeader.nonceRange(ofPart: number)), authenticating: data)
      }
    }
    return PreparedRecord(record, note: note, tag: tag)
  }

  /// Where the content lies in an opened part's plaintext.
  ///
  /// - Throws: `damage` if the count does not fit, which only a faulty writer can have sealed.
  static func contentRange(ofPlaintext plaintext: RawSpan) throws(LetheError) -> Range<Int> {
    guard plaintext.byteCount >= 4, let count = Int(exactly: plaintext.number(at: 0, as: UInt32.self)),
      count <= plaintext.byteCount - 4
    else { throw ByteReader.tooShort }
    return 4..<4 + count
  }
}

/// The records of one sync group in the making, each applied to the index as it gets its place.
struct GroupPlan {
  private(set) var records: [RecordPlan] = []
  /// When the group's records are recorded.
  let recordedAt: Timestamp
  private let nonces: NonceStock

  /// The key of the last record's first part.
  var lastKid: KeyID? { records.last?.parts.first?.kid }

  init(recordedAt: Timestamp, nonces: NonceStock) {
    self.recordedAt = recordedAt
    self.nonces = nonces
  }

  /// Gives the record the next place and takes note of it in the index.
  mutating func add(
    _ flags: RecordHeader.Flags, stream: StreamID, revision: UInt64, parts: [RecordPlan.Part],
    clearBody: [UInt8] = [], note: RecordNote = .none, tag: UInt64 = 0, to index: inout LogIndex
  ) throws(LetheError) {
    var partHeaders: [PartHeader] = []
    partHeaders.reserveCapacity(parts.count)
    for part in parts {
      let padded = Padding.padded(count: 4 + part.contentByteCount)
      partHeaders.append(
        PartHeader(kid: part.kid.rawValue, nonce: try nonces.next(), paddedLength: UInt32(padded)))
    }
    let header = RecordHeader(flags: flags, streamID: stream, revision: revision, parts: partHeaders)
    try index.apply(header, clearBody: clearBody)
    records.append(RecordPlan(header: header, parts: parts, clearBody: clearBody, note: note, tag: tag))
  }

  /// Gives an event of one part the next place, of which the index has taken note.
  mutating func add(
    _ flags: RecordHeader.Flags, stream: StreamID, revision: UInt64, part: RecordPlan.Part, tag: UInt64
  ) throws(LetheError) {
    let padded = Padding.padded(count: 4 + part.contentByteCount)
    let partHeader = PartHeader(kid: part.kid.rawValue, nonce: try nonces.next(), paddedLength: UInt32(padded))
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
    guard !hasHour(index) else { return }
    try add(.hourBegan(recordedAt.hour), isLastOfBatch: true, to: &index)
  }

  /// Whether the hour of the group's time has begun.
  func hasHour(_ index: borrowing LogIndex) -> Bool { index.newestHour.map { $0 >= recordedAt.hour } ?? false }
}
