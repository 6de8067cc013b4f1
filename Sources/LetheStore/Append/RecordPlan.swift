internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// A record that has its place, but is not sealed yet.
struct RecordPlan: Sendable {
  let header: RecordHeader
  let parts: [Part]
  let clearBody: [UInt8]

  struct Part: Sendable {
    let kid: KeyID
    let key: SealingKey
    /// What is sealed, before padding.
    let content: [UInt8]
  }

  /// Seals the parts. Works on nothing shared, so records may be sealed on several threads at once.
  ///
  /// A part's plaintext is its content behind a count of 32 bits, filled up with zeros to the padded length.
  func sealed(storeID: [UInt8]) throws(LetheError) -> Record {
    var sealedParts: [[UInt8]] = []
    sealedParts.reserveCapacity(parts.count)
    for (number, part) in parts.enumerated() {
      let partHeader = header.parts[number]
      var plaintext: [UInt8] = []
      plaintext.reserveCapacity(Int(partHeader.paddedLength))
      var count = ByteWriter()
      count.put(UInt32(part.content.count))
      plaintext += count.bytes
      plaintext += part.content
      plaintext += repeatElement(0, count: Int(partHeader.paddedLength) - plaintext.count)
      sealedParts.append(
        try part.key.seal(
          plaintext, nonce: partHeader.nonce,
          authenticating: header.additionalData(ofPart: number, storeID: storeID)))
    }
    return try Record(header: header, sealedParts: sealedParts, clearBody: clearBody)
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

  init(recordedAt: Timestamp, random: any RandomSource) {
    self.recordedAt = recordedAt
    self.random = random
  }

  /// Gives the record the next place and takes note of it in the index.
  mutating func add(
    _ flags: RecordHeader.Flags, stream: StreamID, revision: UInt64, parts: [RecordPlan.Part], clearBody: [UInt8],
    to index: inout LogIndex
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
    records.append(RecordPlan(header: header, parts: parts, clearBody: clearBody))
  }

  /// Adds a system fact.
  mutating func add(
    _ fact: Fact, sealed part: RecordPlan.Part? = nil, isLastOfBatch: Bool, to index: inout LogIndex
  ) throws(LetheError) {
    try add(
      isLastOfBatch ? [.system, .lastOfBatch] : .system, stream: .system, revision: index.factCount,
      parts: part.map { [$0] } ?? [], clearBody: fact.encoded(), to: &index)
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
