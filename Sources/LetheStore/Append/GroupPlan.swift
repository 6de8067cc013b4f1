internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// The records of one sync group in the making, each applied to the index as it gets its place.
struct GroupPlan {
  private(set) var records = PlannedRecords()
  /// When the group's records are recorded.
  let recordedAt: Timestamp
  /// The key of the last record's first part.
  private(set) var lastKid: KeyID?
  private let nonces: NonceStock
  /// Seals the time of facts that have nothing else to seal: so that every fact has a part, which only the store can make.
  private let factsKey: SealingKey?

  /// - Parameter factsKey: the store's key for facts; nil while a store without one is read.
  init(recordedAt: Timestamp, nonces: NonceStock, factsKey: SealingKey?) {
    self.recordedAt = recordedAt
    self.nonces = nonces
    self.factsKey = factsKey
  }

  /// Gives the record the next place and takes note of it in the index.
  mutating func add(
    _ flags: RecordHeader.Flags, stream: StreamID, revision: UInt64, parts: OneOrMany<RecordPlan.Part>,
    clearBody: [UInt8] = [], note: RecordNote = .none, tag: UInt64 = 0, to index: inout LogIndex
  ) throws(LetheError) {
    let drawn = try nonces.take(parts.count)
    let partHeaders = parts.enumerated().map { number, part in
      PartHeader(kid: part.kid.rawValue, nonce: drawn[number], paddedLength: UInt32(part.paddedByteCount))
    }
    let header = RecordHeader(flags: flags, streamID: stream, revision: revision, parts: partHeaders)
    try index.apply(header, clearBody: clearBody)
    records.append(.record(RecordPlan(header: header, parts: parts, clearBody: clearBody, note: note, tag: tag)))
    lastKid = parts.first?.kid
  }

  /// Gives all events of an append to a hot stream the next places; returns the first one's position and the revision that
  /// it has.
  mutating func add(
    _ events: [CloudEvent], to stream: HotStream, tags: OneOrMany<UInt64>, _ index: inout LogIndex
  ) throws(LetheError) -> (position: UInt64, revision: UInt64) {
    let nonces = try nonces.take(events.count)
    let (position, revision) = index.applyEvents(events.count, to: stream.entry)
    records.append(
      .run(
        EventRun(
          of: events, stream.id, firstRevision: revision, stream.kid, stream.key, tags: tags, recordedAt: recordedAt,
          nonces)))
    lastKid = stream.kid
    return (position, revision)
  }

  /// Adds a system fact.
  mutating func add(
    _ fact: Fact, sealed part: RecordPlan.Part? = nil, isLastOfBatch: Bool, to index: inout LogIndex
  ) throws(LetheError) {
    let part = part ?? timePart
    try add(
      isLastOfBatch ? [.system, .lastOfBatch] : .system, stream: .system, revision: index.factCount,
      parts: part.map { OneOrMany($0) } ?? [], clearBody: fact.encoded(), note: FactNotes.note(of: fact), to: &index)
  }

  private var timePart: RecordPlan.Part? {
    factsKey.map {
      RecordPlan.Part(kid: .facts, key: $0, content: FactDetail(recordedAt: recordedAt, texts: []).encoded())
    }
  }

  /// An hour's first batch has the hour before it.
  mutating func beginHour(_ index: inout LogIndex) throws(LetheError) {
    guard !hasHour(index) else { return }
    try add(.hourBegan(recordedAt.hour), isLastOfBatch: true, to: &index)
  }

  /// Whether the hour of the group's time has begun.
  func hasHour(_ index: borrowing LogIndex) -> Bool { index.newestHour.map { $0 >= recordedAt.hour } ?? false }
}
