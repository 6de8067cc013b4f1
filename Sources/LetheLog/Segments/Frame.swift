internal import LetheSystem

/// One record in a segment, or the seal of a sync group.
///
/// Format, little-endian, one frame after the other without gaps:
///
///     offset  bytes
///          0      4  n, the length of the content; the highest bit is set for a seal
///          4      4  CRC-32C of all that follows: group and content
///          8      8  the sync group, by the position of its first record
///         16      n  a record of 28 to 64 Mi bytes (see `Record`), or the 160 bytes of a seal (see `SealFrame`)
///
/// All records that were made durable by one sync bear the same group, and the group's seal follows them. The next group is
/// written only after that sync returned. A group ends with the end of an atomic batch. A seal has no position and no leaf
/// in the tree, and stands in no index. Behind the last frame all is zero.
struct Frame {
  static let headByteCount = 16
  static let shortestRecord = RecordHeader.fixedByteCount
  /// The shortest frame, in bytes.
  static let minimumByteCount = headByteCount + shortestRecord

  enum Kind { case record, seal }

  /// What the first bytes of a frame state.
  struct Head: Equatable {
    let kind: Kind
    /// The content's length in bytes.
    let length: Int

    var frameByteCount: Int { Frame.headByteCount + length }
  }

  private static let sealBit: UInt32 = 1 << 31

  let kind: Kind
  let group: UInt64
  let content: [UInt8]

  var byteCount: Int { Self.headByteCount + content.count }

  /// Puts a frame behind those that are there.
  static func append(_ content: Span<UInt8>, _ kind: Kind = .record, group: UInt64, to bytes: inout ByteWriter) {
    let groupBytes: [8 of UInt8] = InlineArray { UInt8(truncatingIfNeeded: group >> UInt64(8 * $0)) }
    bytes.put(UInt32(content.count) | (kind == .seal ? sealBit : 0))
    bytes.put(CRC32C.checksum(content, after: CRC32C.checksum(groupBytes.span)))
    bytes.put(group)
    bytes.put(content)
  }

  /// What the head at an index states; nil if no frame can have it.
  static func head(in bytes: Span<UInt8>, at index: Int) -> Head? {
    let stated = bytes.littleEndian32(at: index)
    let length = Int(stated & ~sealBit)
    guard stated & sealBit == 0 else {
      return length == SealFrame.byteCount ? Head(kind: .seal, length: length) : nil
    }
    return length >= shortestRecord && length <= Record.maximumByteCount ? Head(kind: .record, length: length) : nil
  }

  static func group(in bytes: Span<UInt8>, at index: Int) -> UInt64 {
    UInt64(bytes.littleEndian32(at: index + 8)) | UInt64(bytes.littleEndian32(at: index + 12)) << 32
  }

  /// Whether the frame that begins at an index, and whose content has the length given, has the checksum that it states.
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
