internal import LetheSystem

/// 4,096 bytes at a multiple of 4,096, as files opened `.direct` want them.
final class AlignedBlock {
  private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 4096)

  init() { fill(0) }

  deinit { bytes.deallocate() }

  var content: [UInt8] { Array(bytes) }

  func fill(_ byte: UInt8) { for index in bytes.indices { bytes[index] = byte } }

  func withBytes<T>(_ body: (RawSpan) throws(LetheError) -> T) throws(LetheError) -> T {
    try body(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(bytes)))
  }

  func withMutableBytes<T>(_ body: (inout MutableRawSpan) throws(LetheError) -> T) throws(LetheError) -> T {
    var span = MutableRawSpan(_unsafeBytes: bytes)
    return try body(&span)
  }
}
