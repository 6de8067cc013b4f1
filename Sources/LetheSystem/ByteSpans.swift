internal import Glibc

/// Bytes as spans and back, so that the targets above touch no raw memory. Public and inlinable as `Monitor` is.
extension [UInt8] {
  /// A copy of bytes that are no secret.
  @inlinable public init(copying bytes: RawSpan) {
    self = bytes.withUnsafeBytes { Array($0) }
  }

  /// Whether all bytes are zero.
  @inlinable public var isZero: Bool {
    withUnsafeBytes { bytes in
      let words = bytes.count / 8
      for word in 0..<words where bytes.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self) != 0 { return false }
      return bytes[(8 * words)...].allSatisfy { $0 == 0 }
    }
  }

  /// Lends the bytes for reading.
  @inlinable public func withByteSpan<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(span.bytes)
  }

  /// Lends the bytes for writing.
  @inlinable public mutating func withMutableByteSpan<Result: ~Copyable, Failure: Error>(
    _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var elements = mutableSpan
    var bytes = elements.mutableBytes
    return try body(&bytes)
  }
}

extension Collection<UInt8> {
  /// Whether the bytes are the same, compared by words where both lie in one piece.
  @inlinable public func hasSameBytes(as other: some Collection<UInt8>) -> Bool {
    let isSame = withContiguousStorageIfAvailable { left in
      other.withContiguousStorageIfAvailable { right in left.isSame(as: right) }
    }
    return (isSame ?? nil) ?? elementsEqual(other)
  }
}

extension UnsafeBufferPointer<UInt8> {
  @usableFromInline func isSame(as other: UnsafeBufferPointer<UInt8>) -> Bool {
    count == other.count && (isEmpty || memcmp(baseAddress!, other.baseAddress!, count) == 0)
  }
}

extension RawSpan {
  /// One byte, within bounds.
  @inlinable public func byte(at offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < byteCount, "the byte is there")
    return unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// A little-endian number, within bounds.
  @inlinable public func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Number.Type)
    -> Number
  {
    precondition(offset >= 0 && MemoryLayout<Number>.size <= byteCount - offset, "the number is there")
    return Number(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: type))
  }
}

extension MutableRawSpan {
  /// Copies bytes to an offset; they must fit.
  @inlinable public mutating func copy(_ bytes: RawSpan, to offset: Int = 0) {
    precondition(offset >= 0 && bytes.byteCount <= byteCount - offset, "the bytes must fit")
    guard bytes.byteCount > 0 else { return }
    withUnsafeMutableBytes { target in
      bytes.withUnsafeBytes { (target.baseAddress! + offset).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    }
  }

  /// Writes a little-endian number at the start.
  @inlinable public mutating func copy(_ number: UInt32) { storeBytes(of: number.littleEndian, as: UInt32.self) }

  /// Copies bytes to an offset; they must fit.
  @inlinable public mutating func copy<let count: Int>(_ bytes: [count of UInt8], to offset: Int) {
    copy(bytes.span.bytes, to: offset)
  }

  /// Lends the first bytes for reading, and a part behind them for writing.
  @inlinable public mutating func withPart<Failure: Error>(
    _ range: Range<Int>, behind headCount: Int,
    _ body: (RawSpan, inout MutableRawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(headCount <= range.lowerBound && range.upperBound <= byteCount, "the part lies behind the head")
    try withUnsafeMutableBytes { (bytes) throws(Failure) in
      let head = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: bytes[..<headCount]))
      var part = MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: bytes[range]))
      try body(head, &part)
    }
  }

  /// Lends a part for writing.
  @inlinable public mutating func withPart<Result: ~Copyable, Failure: Error>(
    _ range: Range<Int>, _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var part = _mutatingExtracting(range)
    return try body(&part)
  }
}

/// Memory for a moment, on the stack where it is little.
public enum ScratchBytes {
  /// Lends as many bytes, of any content.
  @inlinable public static func withBytes<Result, Failure: Error>(
    _ count: Int, _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { bytes -> Swift.Result<Result, Failure> in
      var span = MutableRawSpan(_unsafeBytes: bytes)
      do throws(Failure) { return .success(try body(&span)) } catch { return .failure(error) }
    }.get()
  }
}
