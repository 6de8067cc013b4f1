internal import LetheSystem

/// The first 64 bytes of a segment and of its index.
///
/// Format, little-endian:
///
///     offset  bytes
///          0      8  magic: "LetheLog" of a segment, "LetheIdx" of its index
///          8      4  format version: 3; 2 of a segment from before group seals, which has none
///         12      4  zero
///         16     16  store id
///         32      8  position of the file's first record
///         40     20  zero
///         60      4  CRC-32C of the 60 bytes before
///
/// Magic, version and checksum stay where they are in later versions. In a segment frames follow (see `Frame`), in an
/// index what `SegmentIndex` tells.
struct LogFileHeader: Equatable {
  static let byteCount = 64
  static let version: UInt32 = 3
  private static let formerVersion: UInt32 = 2

  enum Kind: String {
    case segment = "LetheLog"
    case index = "LetheIdx"
  }

  let kind: Kind
  let storeID: [UInt8]
  let firstPosition: UInt64

  var encoded: [UInt8] {
    var writer = ByteWriter()
    writer.put(kind.rawValue.utf8)
    writer.put(Self.version)
    writer.put(UInt32(0))
    writer.put(storeID)
    writer.put(firstPosition)
    writer.put([UInt8](repeating: 0, count: 20))
    writer.put(CRC32C.checksum(writer.bytes.span))
    return writer.bytes
  }

  /// Whether a segment is of the version before, whose groups have no seals.
  static func isFormer(_ file: any File) throws(LetheError) -> Bool {
    guard case .former = try read(file.read(count: byteCount, at: 0), as: .segment, ofFileWith: file.size()) else {
      return false
    }
    return true
  }

  func write(to file: any File) throws(LetheError) { try file.write(encoded.span, at: 0) }

  /// What the first bytes of a file are.
  enum Reading: Equatable {
    case header(LogFileHeader)
    /// Fewer than 64 bytes, or 64 without a checksum that fits: a crash while the file was begun.
    case unfinished
    case damaged
    case foreign
    case newer(UInt32)
    /// Of version 2, which had no group seals.
    case former(LogFileHeader)
  }

  /// Looks at a file's first bytes.
  ///
  /// - Parameters:
  ///   - bytes: the file's first 64 bytes, or all if it has fewer.
  ///   - size: the file's length in bytes.
  static func read(_ bytes: [UInt8], as kind: Kind, ofFileWith size: Int) throws(LetheError) -> Reading {
    guard bytes.count == byteCount else { return .unfinished }
    var reader = ByteReader(bytes)
    let magic = Array(try reader.take(8))
    let version = try reader.take(UInt32.self)
    let zero = try reader.take(UInt32.self)
    let storeID = Array(try reader.take(16))
    let first = try reader.take(UInt64.self)
    let rest = try reader.take(20)
    guard try reader.take(UInt32.self) == CRC32C.checksum(bytes.span.extracting(..<60)) else {
      if size == byteCount { return .unfinished }
      return magic == Array(kind.rawValue.utf8) || bytes.isZero ? .damaged : .foreign
    }
    guard magic == Array(kind.rawValue.utf8) else { return .foreign }
    guard version == Self.version || version == Self.formerVersion else { return .newer(version) }
    guard zero == 0, rest.allSatisfy({ $0 == 0 }) else { return .damaged }
    let header = LogFileHeader(kind: kind, storeID: storeID, firstPosition: first)
    return version == Self.version ? .header(header) : .former(header)
  }

  /// A file's header, of whatever store.
  ///
  /// - Parameter isFormerTaken: whether a file of the version before is read too.
  /// - Throws: `io` if it was never finished or lost its head; `format`; `damage`.
  static func load(
    _ file: any File, as kind: Kind, name: String, isFormerTaken: Bool = false
  ) throws(LetheError) -> LogFileHeader {
    switch try read(file.read(count: byteCount, at: 0), as: kind, ofFileWith: file.size()) {
    case .header(let header): return header
    case .former(let header) where isFormerTaken: return header
    case .unfinished:
      throw LetheError(
        .io,
        "the log has no head: it was cut, so put back a copy of Log/, or never finished, so make it with `lethe init`",
        place: name)
    case .damaged:
      throw LetheError(.damage, "the head of a log file is damaged; put back a copy of Log/", place: name)
    case .foreign:
      throw LetheError(.format, "the file is no file of Lethe's log; put the log's own in its place", place: name)
    case .former:
      throw LetheError(
        .format,
        "the log is of the format before group seals, and nothing was changed; make a backup, then run `lethe home migrate` once",
        place: name)
    case .newer(let version):
      throw LetheError(
        .format, "the log has format version \(version), which this program does not know; use a newer program",
        place: name)
    }
  }
}
