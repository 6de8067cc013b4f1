/// Puts integers (little-endian) and counted bytes behind one another: the one way in which Lethe's own formats are
/// written.
package struct ByteWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func put(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func put(_ more: [UInt8]) { bytes.append(contentsOf: more) }

  package mutating func put(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// A count of 32 bits, then the bytes.
  package mutating func putCounted(_ more: some Collection<UInt8>) {
    put(UInt32(more.count))
    put(more)
  }

  /// A count of 32 bits, then the text in UTF-8.
  package mutating func putCounted(_ text: String) { putCounted(text.utf8) }
}

/// Takes apart what a `ByteWriter` put together; refuses, without reading past the end, what it cannot have written.
package struct ByteReader {
  private let bytes: [UInt8]
  package private(set) var offset: Int

  package init(_ bytes: [UInt8], from offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  package var remaining: Int { bytes.count - offset }

  @_specialize(where Number == UInt8)
  @_specialize(where Number == UInt16)
  @_specialize(where Number == UInt32)
  @_specialize(where Number == UInt64)
  package mutating func take<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type) throws(LetheError) -> Number {
    let count = Number.bitWidth / 8
    guard count <= remaining else { throw Self.tooShort }
    defer { offset += count }
    return bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)) }
  }

  package mutating func take(_ count: Int) throws(LetheError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw Self.tooShort }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  package mutating func takeCounted() throws(LetheError) -> ArraySlice<UInt8> {
    try take(Int(try take(UInt32.self)))
  }

  package mutating func takeCountedText() throws(LetheError) -> String {
    guard let text = String(validating: try takeCounted(), as: UTF8.self) else { throw Self.tooShort }
    return text
  }

  /// A count of 32 bits, then as many elements of at least `size` bytes each.
  package mutating func takeList<Element>(
    ofSize size: Int, _ element: (inout ByteReader) throws(LetheError) -> Element
  ) throws(LetheError) -> [Element] {
    let count = Int(try take(UInt32.self))
    guard count <= remaining / max(size, 1) else { throw Self.tooShort }
    var list: [Element] = []
    list.reserveCapacity(count)
    for _ in 0..<count { list.append(try element(&self)) }
    return list
  }

  /// Nothing may be left over.
  package func finish() throws(LetheError) {
    guard remaining == 0 else { throw Self.tooShort }
  }

  private static var tooShort: LetheError {
    LetheError(.damage, "stored bytes have not the form that their kind requires; restore the file from a replica")
  }
}
