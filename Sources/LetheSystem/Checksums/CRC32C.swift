internal import CLinux

/// CRC-32C, the Castagnoli polynomial of RFC 3720 (iSCSI): by the processor's instruction where it has one, else eight
/// bytes a step (slicing by 8).
package enum CRC32C {
  private static let polynomial: UInt32 = 0x82f6_3b78

  /// Table k at 256 k: what a byte does to the sum when k bytes follow it in the same step.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var sum = UInt32(byte)
      for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? polynomial : 0) }
      tables[byte] = sum
    }
    for index in 256..<8 * 256 {
      let before = tables[index - 256]
      tables[index] = before >> 8 ^ tables[Int(before & 0xff)]
    }
    return tables
  }()

  private static let hasInstruction = lethe_has_crc32c() != 0

  /// The checksum of the bytes; `checksum` is that of the bytes before them, zero at the start.
  package static func checksum(_ bytes: Span<UInt8>, after checksum: UInt32 = 0) -> UInt32 {
    guard hasInstruction else { return checksumByTables(bytes, after: checksum) }
    return bytes.withUnsafeBufferPointer { ~lethe_crc32c(~checksum, $0.baseAddress, $0.count) }
  }

  /// The same without the instruction.
  package static func checksumByTables(_ bytes: Span<UInt8>, after checksum: UInt32 = 0) -> UInt32 {
    let tables = tables.span
    var sum = ~checksum
    var index = 0
    let end = bytes.count & ~7
    while index < end {
      let low =
        sum
        ^ (UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
          | UInt32(bytes[index + 3]) << 24)
      let left =
        tables[1792 + Int(low & 0xff)] ^ tables[1536 + Int(low >> 8 & 0xff)]
        ^ tables[1280 + Int(low >> 16 & 0xff)] ^ tables[1024 + Int(low >> 24)]
      let right =
        tables[768 + Int(bytes[index + 4])] ^ tables[512 + Int(bytes[index + 5])]
        ^ tables[256 + Int(bytes[index + 6])] ^ tables[Int(bytes[index + 7])]
      sum = left ^ right
      index += 8
    }
    while index < bytes.count {
      sum = sum >> 8 ^ tables[Int((sum ^ UInt32(bytes[index])) & 0xff)]
      index += 1
    }
    return ~sum
  }
}
