internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// A record that has its place, but is not sealed yet.
struct RecordPlan: Sendable {
  let header: RecordHeader
  let parts: OneOrMany<Part>
  let clearBody: [UInt8]
  let note: RecordNote
  /// Of an event; 0 of a fact.
  let tag: UInt64

  struct Part: Sendable {
    let kid: KeyID
    let key: SealingKey
    /// What is sealed, before padding.
    let content: [UInt8]

    var paddedByteCount: Int { RecordPlan.paddedByteCount(ofContent: content.count) }
  }

  /// Of a part's plaintext, which is its content behind a count of 32 bits, filled up with zeros.
  static func paddedByteCount(ofContent count: Int) -> Int { Padding.padded(count: 4 + count) }

  var byteCount: Int { header.parts.reduce(header.byteCount + clearBody.count) { $0 + $1.sealedByteCount } }

  /// Seals the parts. Works on nothing shared, so records may be sealed on several threads at once.
  func seal(into records: inout RecordPreparer, storeID: [UInt8]) throws(LetheError) {
    let digest = Record.digest(ofClearBody: clearBody)
    try records.append(header, clearBody: clearBody, note: note, tag: tag) {
      (number, header, slot) throws(LetheError) in
      let part = parts[number]
      slot.copy(UInt32(part.content.count))
      part.content.withByteSpan { slot.copy($0, to: 4) }
      try part.key.sealPart(number, &slot, header: header, clearBody: digest, storeID: storeID)
    }
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

extension SealingKey {
  /// Seals a part of a record where its plaintext lies.
  func sealPart(
    _ number: Int, _ slot: inout MutableRawSpan, header: RawSpan, clearBody: Digest, storeID: [UInt8]
  ) throws(LetheError) {
    try RecordHeader.withAdditionalData(ofPart: number, storeID: storeID, header: header, clearBody: clearBody) {
      (data) throws(LetheError) in
      try sealInPlace(&slot, nonce: header.extracting(RecordHeader.nonceRange(ofPart: number)), authenticating: data)
    }
  }
}
