internal import LetheSystem

/// One record in a segment.
///
/// Format, little-endian, one frame after the other without gaps:
///
///     offset  bytes
///          0      4  n, the record's length: 28 to 64 Mi
///          4      4  CRC-32C of all that follows: group and record
///          8      8  the sync group, by the position of its first record
///         16      n  the record (see `Record`)
///
/// All records that were made durable by one sync bear the same group; the next group is written only after that sync
/// returned. A group ends with the end of an atomic batch. Since a group is called by its beginning, a frame tells of any
/// place before it whether it is of the same write or of an earlier one: that is what tells damage from a torn write.
/// Behind the last frame all is zero.
struct Frame {
  static let headByteCount = 16
  static let shortestRecord = RecordHeader.fixedByteCount
  /// The shortest frame, in bytes.
  static let minimumByteCount = headByteCount + shortestRecord

  let group: UInt64
  let record: [UInt8]

  var byteCount: Int { Self.headByteCount + record.count }

  /// Puts a frame behind those that are there.
  static func append(_ record: Span<UInt8>, group: UInt64, to bytes: inout ByteWriter) {
    let groupBytes: [8 of UInt8] = InlineArray { UInt8(truncatingIfNeeded: group >> UInt64(8 * $0)) }
    bytes.put(UInt32(record.count))
    bytes.put(CRC32C.checksum(record, after: CRC32C.checksum(groupBytes.span)))
    bytes.put(group)
    bytes.put(record)
  }

  /// The record's length that the head at an index states; nil if no frame can have it.
  static func length(in bytes: Span<UInt8>, at index: Int) -> Int? {
    let length = Int(bytes.littleEndian32(at: index))
    return length >= shortestRecord && length <= Record.maximumByteCount ? length : nil
  }

  static func group(in bytes: Span<UInt8>, at index: Int) -> UInt64 {
    UInt64(bytes.littleEndian32(at: index + 8)) | UInt64(bytes.littleEndian32(at: index + 12)) << 32
  }

  /// Whether the frame that begins at an index, and whose record has the length given, has the checksum that it states.
  static func isWhole(_ bytes: Span<UInt8>, at index: Int, length: Int) -> Bool {
    bytes.littleEndian32(at: index + 4)
      == CRC32C.checksum(bytes.extracting(index + 8..<index + headByteCount + length))
  }
}

extension FixedWidthInteger {
  var littleEndianBytes: [UInt8] {
    (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> Self(8 * $0)) }
  }
}

extension Span<UInt8> {
  func littleEndian32(at index: Int) -> UInt32 {
    UInt32(self[index]) | UInt32(self[index + 1]) << 8 | UInt32(self[index + 2]) << 16 | UInt32(self[index + 3]) << 24
  }
}
