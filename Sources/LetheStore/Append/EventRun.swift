internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// Events that follow one another in a stream, and have their places, but are not sealed yet; each has one part, and all
/// parts are under one key.
struct EventRun: Sendable {
  let stream: StreamID
  let kid: KeyID
  let key: SealingKey
  let recordedAt: Timestamp
  /// The whole append.
  let events: [CloudEvent]
  /// Of the events, in order, as are the nonces.
  let tags: OneOrMany<UInt64>
  let nonces: Nonces
  /// Of the first of the append's events.
  let firstRevision: UInt64
  /// Those of the events that these are.
  private(set) var numbers: Range<Int>

  init(
    of events: [CloudEvent], _ stream: StreamID, firstRevision: UInt64, _ kid: KeyID, _ key: SealingKey,
    tags: OneOrMany<UInt64>, recordedAt: Timestamp, _ nonces: Nonces
  ) {
    (self.events, self.stream, self.firstRevision, self.kid, self.key) = (events, stream, firstRevision, kid, key)
    (self.tags, self.recordedAt, self.nonces, numbers) = (tags, recordedAt, nonces, events.indices)
  }

  /// The first so many of them and the rest.
  func divided(after count: Int) -> (EventRun, EventRun) {
    var (head, tail) = (self, self)
    head.numbers = numbers.prefix(count)
    tail.numbers = numbers.dropFirst(count)
    return (head, tail)
  }

  /// What is sealed of an event, before padding: the head and the text.
  private func contentByteCount(_ number: Int) -> Int { PartContent.headByteCount + events[number].text.count }
  private func paddedByteCount(_ number: Int) -> Int {
    RecordPlan.paddedByteCount(ofContent: contentByteCount(number))
  }

  var byteCount: Int {
    numbers.reduce(numbers.count * RecordHeader.byteCount(partCount: 1)) {
      $0 + paddedByteCount($1) + PartHeader.tagByteCount
    }
  }

  /// As `RecordPlan.seal`.
  func seal(into records: inout RecordPreparer, storeID: [UInt8]) throws(LetheError) {
    let head = PartContent.personalHead(recordedAt: recordedAt)
    let digest = Record.digest(ofClearBody: [])
    for number in numbers {
      let part = PartHeader(
        kid: kid.rawValue, nonce: nonces[number], paddedLength: UInt32(paddedByteCount(number)))
      let header = RecordHeader(
        flags: number == events.count - 1 ? .lastOfBatch : [], streamID: stream,
        revision: firstRevision + UInt64(number), parts: OneOrMany(part))
      try records.append(header, tag: tags[number]) { (part, header, slot) throws(LetheError) in
        slot.copy(UInt32(contentByteCount(number)))
        slot.copy(head, to: 4)
        events[number].text.withByteSpan { slot.copy($0, to: 4 + PartContent.headByteCount) }
        try key.sealPart(part, &slot, header: header, clearBody: digest, storeID: storeID)
      }
    }
  }
}
