internal import LetheCrypto
public import LetheSystem

/// 128 random bits that stand for a stream in the log; its name stands in sealed parts alone.
public struct StreamID: Sendable, Hashable {
  public static let byteCount = 16
  /// The stream of system facts: all zeros.
  public static let system = StreamID(high: 0, low: 0)

  // The bytes in big-endian words, so that the order of ids is the order of their bytes.
  private let high: UInt64
  private let low: UInt64

  private init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Nil unless there are exactly 16 bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self.init(
      high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
      low: bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) })
  }

  /// The same, compiled for what a reader of stored bytes gives.
  public init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self.init(high: bytes.span.bigEndian64(at: 0), low: bytes.span.bigEndian64(at: 8))
  }

  /// Reads 32 hexadecimal digits; nil for anything else.
  public init?(hex text: some StringProtocol) {
    guard let bytes = [UInt8](hex: text) else { return nil }
    self.init(bytes)
  }

  /// A new stream's id.
  ///
  /// - Throws: `io` if there is no randomness.
  public init(random: some RandomSource) throws(LetheError) {
    let bytes = try random.bytes(Self.byteCount)
    self.init(
      high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
      low: bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) })
  }

  /// The bytes as two big-endian numbers; random, so of use as hashes too.
  var words: (UInt64, UInt64) { (high, low) }

  init(words: (UInt64, UInt64)) { self.init(high: words.0, low: words.1) }

  /// Puts the bytes behind what is there.
  package func put(to writer: inout ByteWriter) {
    writer.put(high.byteSwapped)
    writer.put(low.byteSwapped)
  }

  public var bytes: [UInt8] {
    (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(56 - 8 * ($0 % 8))) }
  }
}

extension StreamID: BitwiseCopyable {}

extension StreamID: Comparable {
  /// By bytes.
  public static func < (left: StreamID, right: StreamID) -> Bool {
    left.high == right.high ? left.low < right.low : left.high < right.high
  }
}

extension StreamID: CustomStringConvertible {
  /// 32 lower-case hexadecimal digits.
  public var description: String { bytes.hex }
}
