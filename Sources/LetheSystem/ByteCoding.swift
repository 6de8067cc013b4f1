/// Puts integers (little-endian) and counted bytes behind one another: the one way in which Lethe's own formats are
/// written.
///
/// Public and inlinable, as the reader is: across modules the compiler makes code for a type only of what is public.
public struct ByteWriter {
  @usableFromInline var storage: [UInt8] = []
  @inlinable public var bytes: [UInt8] { storage }

  @inlinable public init() {}

  /// - Parameter capacity: bytes that there is to be room for.
  @inlinable public init(capacity: Int) { storage.reserveCapacity(capacity) }

  /// Bytes that were put.
  @inlinable public var count: Int { storage.count }

  /// Lends what was put from an offset on, for writing.
  @inlinable public mutating func withMutableBytes<Failure: Error>(
    from offset: Int, _ body: (inout MutableRawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    try storage.withMutableByteSpan { (bytes: inout MutableRawSpan) throws(Failure) in
      try bytes.withPart(offset..<bytes.byteCount, body)
    }
  }

  /// Forgets what was put behind the first so many bytes, and overwrites it.
  @inlinable public mutating func cut(to count: Int) {
    for place in count..<storage.count { storage[place] = 0 }
    storage.removeLast(storage.count - count)
  }

  /// Forgets all that was put, and keeps the room.
  @inlinable public mutating func removeAll() { storage.removeAll(keepingCapacity: true) }

  /// Gives up all that was put.
  @inlinable public mutating func take() -> [UInt8] {
    defer { storage = [] }
    return storage
  }

  @inlinable public mutating func putZeros(_ count: Int) {
    storage.append(contentsOf: repeatElement(0, count: count))
  }

  @inlinable public mutating func put(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { storage.append(contentsOf: $0) }
  }

  @inlinable public mutating func put(_ more: [UInt8]) { storage.append(contentsOf: more) }

  @inlinable public mutating func put(_ more: some Sequence<UInt8>) { storage.append(contentsOf: more) }

  @inlinable public mutating func put(_ more: RawSpan) { more.withUnsafeBytes { storage.append(contentsOf: $0) } }

  /// A count of 32 bits, then the bytes.
  @inlinable public mutating func putCounted(_ more: some Collection<UInt8>) {
    put(UInt32(more.count))
    put(more)
  }

  /// A count of 32 bits, then the text in UTF-8.
  @inlinable public mutating func putCounted(_ text: String) { putCounted(text.utf8) }
}

/// Takes apart what a `ByteWriter` put together; refuses, without reading past the end, what it cannot have written.
public struct ByteReader {
  @usableFromInline let bytes: [UInt8]
  @usableFromInline var place: Int

  @inlinable public init(_ bytes: [UInt8], from offset: Int = 0) {
    self.bytes = bytes
    place = offset
  }

  /// Bytes taken so far.
  @inlinable public var offset: Int { place }

  @inlinable public var remaining: Int { bytes.count - place }

  @inlinable public mutating func take<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type) throws(LetheError)
    -> Number
  {
    let count = Number.bitWidth / 8
    guard count <= remaining else { throw Self.tooShort }
    defer { place += count }
    return bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Number.self)) }
  }

  @inlinable public mutating func take(_ count: Int) throws(LetheError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw Self.tooShort }
    defer { place += count }
    return bytes[place..<place + count]
  }

  @inlinable public mutating func takeCounted() throws(LetheError) -> ArraySlice<UInt8> {
    try take(Int(try take(UInt32.self)))
  }

  @inlinable public mutating func takeCountedText() throws(LetheError) -> String {
    guard let text = String(validating: try takeCounted(), as: UTF8.self) else { throw Self.tooShort }
    return text
  }

  /// A count of 32 bits, then as many elements of at least `size` bytes each.
  @inlinable public mutating func takeList<Element>(
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
  @inlinable public func finish() throws(LetheError) {
    guard remaining == 0 else { throw Self.tooShort }
  }

  @usableFromInline package static var tooShort: LetheError {
    LetheError(.damage, "stored bytes have not the form that their kind requires; put back a copy of their file")
  }
}
