public import LetheCrypto
public import LetheSystem

/// An event or a system fact as the log stores it: header in clear, sealed parts, clear body.
///
/// Format: the encoded header (see `RecordHeader`) ‖ the sealed parts in the header's order, each its padded length and
/// 16 bytes long ‖ the clear body, which takes the rest. A record has at most 64 MiB.
public struct Record: Sendable, Hashable {
  /// The most bytes that a record may have.
  public static let maximumByteCount = 64 << 20

  /// The whole record as it stands in the log.
  public let bytes: [UInt8]
  public let header: RecordHeader

  /// Puts a record together.
  ///
  /// - Parameters:
  ///   - sealedParts: in the header's order, each 16 bytes longer than its padded length.
  ///   - clearBody: what a system fact shows to everybody; empty for an event.
  /// - Throws: `input` if they do not fit together.
  public init(header: RecordHeader, sealedParts: [[UInt8]], clearBody: [UInt8]) throws(LetheError) {
    let fault = header.fault ?? Self.fault(header, sealedParts, clearBody)
    if let fault { throw LetheError(.input, "a record cannot be built: \(fault); correct what it is built from") }
    var bytes = header.encoded
    for part in sealedParts { bytes += part }
    bytes += clearBody
    self.bytes = bytes
    self.header = header
  }

  /// What was just prepared.
  init(sound bytes: [UInt8], _ header: RecordHeader) { (self.bytes, self.header) = (bytes, header) }

  /// How long a record is.
  ///
  /// - Throws: `input` if header and body do not fit together.
  static func byteCount(_ header: RecordHeader, _ clearBody: [UInt8]) throws(LetheError) -> Int {
    let count = header.parts.reduce(header.byteCount + clearBody.count) { $0 + $1.sealedByteCount }
    let fault = header.fault ?? (count > Self.maximumByteCount ? Self.tooLong : nil)
    if let fault { throw LetheError(.input, "a record cannot be built: \(fault); correct what it is built from") }
    return count
  }

  private static var tooLong: String { "it would be longer than \(maximumByteCount) bytes" }

  /// Reads a record and checks everything about it that can be checked without a key.
  ///
  /// - Throws: `format` for a newer version, `damage` for anything that no record can be.
  public init(decoding bytes: [UInt8]) throws(LetheError) {
    guard bytes.count <= Self.maximumByteCount else { throw RecordHeader.damage("it is too long") }
    header = try RecordHeader(decoding: bytes)
    let sealed = header.parts.reduce(0) { $0 + $1.sealedByteCount }
    guard sealed <= bytes.count - header.byteCount else { throw RecordHeader.damage("it is shorter than its parts") }
    self.bytes = bytes
  }

  private static func fault(_ header: RecordHeader, _ sealedParts: [[UInt8]], _ clearBody: [UInt8]) -> String? {
    guard sealedParts.count == header.parts.count else { return "header and parts differ in number" }
    for (part, sealed) in zip(header.parts, sealedParts) where part.sealedByteCount != sealed.count {
      return "a part has another length than its header says"
    }
    let count = sealedParts.reduce(header.byteCount + clearBody.count) { $0 + $1.count }
    return count <= maximumByteCount ? nil : tooLong
  }

  /// Where the sealed part lies in `bytes`; parts count from 0.
  public func sealedPartRange(_ part: Int) -> Range<Int> {
    precondition(header.parts.indices.contains(part), "a part of this record")
    let start = header.parts[..<part].reduce(header.byteCount) { $0 + $1.sealedByteCount }
    return start..<start + header.parts[part].sealedByteCount
  }

  /// The sealed part; parts count from 0.
  public func sealedPart(_ part: Int) -> ArraySlice<UInt8> { bytes[sealedPartRange(part)] }

  /// Where the clear body lies in `bytes`.
  public var clearBodyRange: Range<Int> {
    header.parts.reduce(header.byteCount) { $0 + $1.sealedByteCount }..<bytes.count
  }

  public var clearBody: ArraySlice<UInt8> { bytes[clearBodyRange] }

  /// SHA-256 of the clear body, which parts are sealed with.
  public var clearBodyDigest: Digest { Self.digest(ofClearBody: clearBody) }

  private static let emptyDigest = SHA256.hash([UInt8]())

  /// The same of a clear body that is not in a record yet.
  package static func digest(ofClearBody bytes: some Collection<UInt8>) -> Digest {
    bytes.isEmpty ? emptyDigest : SHA256.hash(Array(bytes))
  }

  /// The additional data of a part.
  package func additionalData(ofPart part: Int, storeID: [UInt8]) -> [UInt8] {
    header.additionalData(ofPart: part, storeID: storeID, clearBody: clearBodyDigest)
  }

  /// The record's entry in the tree: SHA-256(header ‖ SHA-256(sealed parts ‖ clear body)).
  ///
  /// With `contentDigest` at hand, whoever holds the header alone can make it too, and prove the header for ever.
  public var leafEntry: Digest {
    var hash = SHA256()
    return Self.leafEntry(of: bytes.span, headerByteCount: header.byteCount, &hash)
  }

  /// The same of an encoded record.
  static func leafEntry(of record: Span<UInt8>, headerByteCount: Int, _ hash: inout SHA256) -> Digest {
    hash.update(record.extracting(headerByteCount...))
    let content = hash.finish()
    return leafEntry(record.extracting(..<headerByteCount), content, &hash)
  }

  /// SHA-256(sealed parts ‖ clear body).
  public var contentDigest: Digest { SHA256.hash(bytes.span.extracting(header.byteCount...)) }

  /// The leaf entry of an encoded header and the digest of what follows it.
  public static func leafEntry(header: [UInt8], contentDigest: Digest) -> Digest {
    var hash = SHA256()
    return leafEntry(header.span, contentDigest, &hash)
  }

  private static func leafEntry(_ header: Span<UInt8>, _ contentDigest: Digest, _ hash: inout SHA256) -> Digest {
    hash.update(header)
    hash.update(contentDigest)
    return hash.finish()
  }

  public static func == (left: Record, right: Record) -> Bool { left.bytes == right.bytes }

  public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
