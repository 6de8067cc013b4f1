public import LetheSystem

/// 32 bytes made by SHA-256 or HMAC-SHA-256; never a key.
public struct Digest: Sendable, Hashable {
  public static let byteCount = 32
  public static let zero = Digest(words: (0, 0, 0, 0))

  // Four words instead of an array: digests are kept by the million.
  private let first: UInt64
  private let second: UInt64
  private let third: UInt64
  private let fourth: UInt64

  private init(words: (UInt64, UInt64, UInt64, UInt64)) {
    (first, second, third, fourth) = words
  }

  /// Nil unless there are exactly 32 bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self = Array(bytes).withUnsafeBytes { Digest(loading: $0) }
  }

  /// The same, compiled for what a reader of stored bytes gives.
  public init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self = bytes.withUnsafeBytes { Digest(loading: $0) }
  }

  /// The first four bytes as a number, most significant first.
  public var leadingWord: UInt32 { UInt32(truncatingIfNeeded: first.bigEndian >> 32) }

  /// The first eight bytes as a number, most significant first.
  public var leadingWords: UInt64 { first.bigEndian }

  /// The last sixteen bytes as two numbers, as the machine reads them: of use as hashes, not as a format.
  public var trailingWords: (UInt64, UInt64) { (third, fourth) }

  /// Copies exactly 32 bytes.
  public init(copying bytes: RawSpan) {
    precondition(bytes.byteCount == Self.byteCount, "a digest has 32 bytes")
    self = bytes.withUnsafeBytes { Digest(loading: $0) }
  }

  init(loading raw: UnsafeRawBufferPointer) {
    self.init(
      words: (
        raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self), raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
        raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self), raw.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
      ))
  }

  public var bytes: [UInt8] { withUnsafeBytes(of: self) { Array($0) } }

  /// Lends the bytes for reading.
  public func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeBytes(of: self) { (raw) throws(Failure) in
      try body(RawSpan(_unsafeBytes: raw))
    }
  }
}

extension Digest: Comparable {
  /// By bytes, as they would be sorted on disk.
  public static func < (left: Digest, right: Digest) -> Bool {
    if left.first != right.first { return left.first.bigEndian < right.first.bigEndian }
    if left.second != right.second { return left.second.bigEndian < right.second.bigEndian }
    if left.third != right.third { return left.third.bigEndian < right.third.bigEndian }
    return left.fourth.bigEndian < right.fourth.bigEndian
  }
}

extension Digest: CustomStringConvertible {
  public var description: String { bytes.hex }
}

extension ByteWriter {
  public mutating func put(_ digest: Digest) { digest.withBytes { put($0) } }
}
