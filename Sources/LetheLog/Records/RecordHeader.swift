public import LetheCrypto
public import LetheSystem

/// All of a record that is in the clear, apart from a system fact's clear body.
///
/// Format, little-endian, with n parts 28 + 36 n bytes:
///
///     offset  bytes
///          0      1  format version: 2, or 1 of a record from before group seals
///          1      1  flags: 1 last record of an atomic batch, 2 system fact; all others zero
///          2      2  n, number of parts
///          4     16  stream id; all zeros exactly if the flag for system facts is set
///         20      8  revision: place in the stream, from 0
///         28   36 n  for each part:
///                      8  kid, the id of the data key
///                     24  nonce
///                      4  padded length: of the plaintext after padding, a value of `Padding.padded`
///
/// A sealed part has 16 bytes more than its padded length: the tag. The additional data that part i (from 0) is sealed
/// with are store id (16 bytes) ‖ the whole header ‖ i (2 bytes, little-endian) ‖ SHA-256 of the clear body, the last not in
/// version 1; so a sealed part opens in its own place of its own record of its own store only, beside the clear body that it
/// was written with.
public struct RecordHeader: Sendable, Hashable {
  /// Of records that are written now.
  public static let version: UInt8 = 2
  /// Of records whose parts do not tell of the clear body.
  static let formerVersion: UInt8 = 1
  /// The most parts that one record may have.
  public static let maximumPartCount = 4096
  static let fixedByteCount = 28
  static let partByteCount = 36

  /// What kind of record it is.
  public struct Flags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// An atomic batch ends with this record.
    public static let lastOfBatch = Flags(rawValue: 1)
    /// A fact of the system; its stream is `StreamID.system`.
    public static let system = Flags(rawValue: 2)
    static let known: Flags = [.lastOfBatch, .system]
  }

  /// 1 or 2.
  let version: UInt8
  public var flags: Flags
  public var streamID: StreamID
  public var revision: UInt64
  public var parts: OneOrMany<PartHeader>

  public init(flags: Flags, streamID: StreamID, revision: UInt64, parts: OneOrMany<PartHeader>) {
    version = Self.version
    self.flags = flags
    self.streamID = streamID
    self.revision = revision
    self.parts = parts
  }

  public init(flags: Flags, streamID: StreamID, revision: UInt64, parts: [PartHeader]) {
    self.init(flags: flags, streamID: streamID, revision: revision, parts: OneOrMany(parts))
  }

  /// The length of the encoded header, in bytes.
  public var byteCount: Int { Self.byteCount(partCount: parts.count) }

  /// The same of a header with a number of parts.
  package static func byteCount(partCount: Int) -> Int { fixedByteCount + partByteCount * partCount }

  /// The header as it stands in the log.
  public var encoded: [UInt8] {
    var writer = ByteWriter(capacity: byteCount)
    put(to: &writer)
    return writer.take()
  }

  /// Puts the same behind what is there.
  func put(to writer: inout ByteWriter) {
    writer.put(version)
    writer.put(flags.rawValue)
    writer.put(UInt16(parts.count))
    streamID.put(to: &writer)
    writer.put(revision)
    for part in parts {
      writer.put(part.kid)
      part.putNonce(to: &writer)
      writer.put(part.paddedLength)
    }
  }

  /// The additional data that a part is sealed with and must be opened with.
  ///
  /// - Parameters:
  ///   - part: the part's number, from 0.
  ///   - storeID: 16 bytes.
  ///   - clearBody: the SHA-256 of the record's clear body.
  public func additionalData(ofPart part: Int, storeID: [UInt8], clearBody: Digest) -> [UInt8] {
    precondition(parts.indices.contains(part), "a part of this header")
    return encoded.withByteSpan { header in
      Self.withAdditionalData(ofPart: part, storeID: storeID, header: header, clearBody: clearBody) {
        [UInt8](copying: $0)
      }
    }
  }

  /// Lends the same of an encoded header. Public and inlinable as `Monitor` is.
  @inlinable public static func withAdditionalData<Result, Failure: Error>(
    ofPart part: Int, storeID: [UInt8], header: RawSpan, clearBody: Digest,
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(storeID.count == 16, "a store's id has 16 bytes")
    let count = storeID.count + header.byteCount
    let digestCount = header.byte(at: 0) < version ? 0 : Digest.byteCount
    return try ScratchBytes.withBytes(count + 2 + digestCount) { (data) throws(Failure) in
      storeID.withByteSpan { data.copy($0) }
      data.copy(header, to: storeID.count)
      data.copy([UInt8(truncatingIfNeeded: part), UInt8(truncatingIfNeeded: part >> 8)] as [2 of UInt8], to: count)
      if digestCount > 0 { clearBody.withBytes { data.copy($0, to: count + 2) } }
      return try body(data.bytes)
    }
  }

  /// Where a part's nonce lies in an encoded header.
  package static func nonceRange(ofPart part: Int) -> Range<Int> {
    let start = fixedByteCount + part * partByteCount + 8
    return start..<start + PartHeader.nonceByteCount
  }

  /// What is wrong with the header by itself, as a clause; nil if nothing is.
  var fault: String? {
    if !flags.isSubset(of: .known) { return "it has unknown flags" }
    if flags.contains(.system) != (streamID == .system) { return "its flags and its stream id contradict each other" }
    if parts.count > Self.maximumPartCount { return "it has more than \(Self.maximumPartCount) parts" }
    for part in parts {
      if !part.hasWholeNonce { return "a nonce has not 24 bytes" }
      guard part.paddedLength <= Record.maximumByteCount,
        Int(part.paddedLength) == Padding.padded(count: Int(part.paddedLength))
      else { return "a part's length is not a padded one" }
    }
    return nil
  }
}

/// What is in the clear about one sealed part.
public struct PartHeader: Sendable, Hashable {
  public static let nonceByteCount = 24
  public static let tagByteCount = 16

  /// The id of the data key: plane, block, subject index, slot, as the vault packs them.
  public var kid: UInt64
  private let nonceWords: Nonce
  private let nonceCount: Int
  /// The plaintext's length after padding, in bytes.
  public var paddedLength: UInt32

  /// 24 bytes in three words instead of an array: there is one for each part of each record.
  package struct Nonce: Sendable, Hashable {
    fileprivate let first: UInt64
    fileprivate let second: UInt64
    fileprivate let third: UInt64

    /// Takes it from among others.
    package init(_ bytes: [UInt8], at index: Int) {
      (first, second, third) = (bytes.word(at: index), bytes.word(at: index + 8), bytes.word(at: index + 16))
    }

    fileprivate init(_ reader: inout ByteReader) throws(LetheError) {
      (first, second, third) = (
        try reader.take(UInt64.self), try reader.take(UInt64.self), try reader.take(UInt64.self)
      )
    }

    fileprivate static let zero = Nonce([UInt8](repeating: 0, count: nonceByteCount), at: 0)

    fileprivate func put(to writer: inout ByteWriter) {
      writer.put(first)
      writer.put(second)
      writer.put(third)
    }
  }

  public init(kid: UInt64, nonce: [UInt8], paddedLength: UInt32) {
    self.kid = kid
    self.paddedLength = paddedLength
    nonceCount = nonce.count
    nonceWords = nonceCount == Self.nonceByteCount ? Nonce(nonce, at: 0) : .zero
  }

  package init(kid: UInt64, nonce: Nonce, paddedLength: UInt32) {
    (self.kid, nonceWords, nonceCount, self.paddedLength) = (kid, nonce, Self.nonceByteCount, paddedLength)
  }

  /// Reads it from 36 bytes of a header.
  fileprivate init(_ reader: inout ByteReader) throws(LetheError) {
    kid = try reader.take(UInt64.self)
    nonceWords = try Nonce(&reader)
    nonceCount = Self.nonceByteCount
    paddedLength = try reader.take(UInt32.self)
  }

  /// 24 bytes.
  public var nonce: [UInt8] {
    var writer = ByteWriter()
    putNonce(to: &writer)
    return writer.bytes
  }

  var hasWholeNonce: Bool { nonceCount == Self.nonceByteCount }

  fileprivate func putNonce(to writer: inout ByteWriter) { nonceWords.put(to: &writer) }

  /// The sealed part's length, in bytes.
  public var sealedByteCount: Int { Int(paddedLength) + Self.tagByteCount }
}

extension RecordHeader {
  /// Reads the header at a record's start.
  ///
  /// - Throws: `format` for a newer version, `damage` for anything that no header can be.
  package init(decoding bytes: [UInt8]) throws(LetheError) {
    var reader = ByteReader(bytes)
    version = try reader.take(UInt8.self)
    guard version == Self.version || version == Self.formerVersion else {
      throw LetheError(
        .format, "a record has format version \(version), which this program does not know; use a newer program")
    }
    flags = Flags(rawValue: try reader.take(UInt8.self))
    let count = Int(try reader.take(UInt16.self))
    guard let stream = StreamID(try reader.take(StreamID.byteCount)) else { throw Self.damage("it is too short") }
    streamID = stream
    revision = try reader.take(UInt64.self)
    guard count <= reader.remaining / Self.partByteCount else { throw Self.damage("its parts do not fit into it") }
    parts = try count == 1 ? OneOrMany(PartHeader(&reader)) : Self.parts(count, &reader)
    if let fault { throw Self.damage(fault) }
  }

  private static func parts(_ count: Int, _ reader: inout ByteReader) throws(LetheError) -> OneOrMany<PartHeader> {
    var parts: [PartHeader] = []
    parts.reserveCapacity(count)
    for _ in 0..<count { parts.append(try PartHeader(&reader)) }
    return OneOrMany(parts)
  }

  static func damage(_ fault: String) -> LetheError {
    LetheError(.damage, "a record cannot be as it is stored: \(fault); put back a copy of Log/")
  }
}

extension [UInt8] {
  /// Eight bytes as a little-endian number.
  fileprivate func word(at index: Int) -> UInt64 { span.littleEndian64(at: index) }
}
