internal import LetheCrypto
public import LetheSystem

/// Names a forget case: 16 random bytes, written as 32 hexadecimal digits.
public struct CaseID: Hashable, Comparable, Sendable {
  public static let byteCount = 16

  private let high: UInt64
  private let low: UInt64

  /// Nil unless there are exactly 16 bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Nil unless the text is 32 hexadecimal digits.
  public init?(hex text: some StringProtocol) {
    guard let bytes = [UInt8](hex: text) else { return nil }
    self.init(bytes)
  }

  /// A new one.
  ///
  /// - Throws: `io` if there is no randomness.
  public static func random(from source: some RandomSource) throws(LetheError) -> CaseID {
    guard let id = CaseID(try source.bytes(byteCount)) else { preconditionFailure("16 bytes were asked for") }
    return id
  }

  public var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.put(high.byteSwapped)
    writer.put(low.byteSwapped)
    return writer.bytes
  }

  public var hex: String { bytes.hex }

  public static func < (left: CaseID, right: CaseID) -> Bool { (left.high, left.low) < (right.high, right.low) }
}

extension CaseID: CustomStringConvertible {
  public var description: String { hex }
}
