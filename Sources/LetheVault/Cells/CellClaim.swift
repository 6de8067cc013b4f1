internal import LetheSystem

/// Which home a cell belongs to, as a slot of the cell says.
///
/// A claim does not decide which shares combine: the pair of epoch and root page hash does.
public struct CellClaim: Hashable, Sendable {
  public static let instanceByteCount = 16
  /// The greatest counter and the greatest term that a slot may have, so that adding to one never overflows.
  public static let greatestNumber = UInt64(Int64.max)

  /// The instance of the home, 16 bytes; zeros if no home has claimed the cell.
  public let instance: [UInt8]
  /// Raised by each adoption of the cell by a home.
  public let counter: UInt64
  /// The claim under which a node writes. Reserved: zero.
  public let term: UInt64

  /// What a slot says whose cell no home has claimed: zeros.
  public static let unclaimed = CellClaim(
    instance: [UInt8](repeating: 0, count: instanceByteCount), counter: 0, term: 0)

  /// - Parameters:
  ///   - instance: 16 bytes.
  ///   - counter: at most `greatestNumber`.
  ///   - term: at most `greatestNumber`.
  public init(instance: [UInt8], counter: UInt64, term: UInt64) {
    precondition(instance.count == Self.instanceByteCount, "an instance has 16 bytes")
    precondition(max(counter, term) <= Self.greatestNumber, "counter and term are at most 2^63 - 1")
    self.instance = instance
    self.counter = counter
    self.term = term
  }
}
