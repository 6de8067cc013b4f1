internal import Synchronization

/// Decides whether a filter's *no* is believed.
///
/// The index is unsigned, and a filter that lost its ones denies what is there. So at first the rows are looked up whatever
/// the filter says, which costs a page each time. After many such look-ups all rows are read once and compared with the
/// filter. If it holds every row, its *no* is believed from then on and costs no read.
final class FilterTrust: Sendable {
  enum Answer: Sendable {
    case lookUp
    /// Compare the filter with all rows, then look it up.
    case compare
    case believe
  }

  /// The number of look-ups so far, then `believed` or `doubted`.
  private let state = Atomic<Int>(0)
  private let limit: Int

  private static let believed = -1
  private static let doubted = -2

  /// - Parameter first: the position of the segment's first record. It varies when filters are compared, so that one
  ///   question does not read the rows of all segments.
  init(first: UInt64) { limit = 64 + Int(first % 1021) }

  /// What to do when the filter says no.
  func answer() -> Answer {
    switch state.load(ordering: .relaxed) {
    case Self.believed: return .believe
    case Self.doubted: return .lookUp
    case let count where count < limit:
      _ = state.compareExchange(expected: count, desired: count + 1, ordering: .relaxed)
      return .lookUp
    default: return .compare
    }
  }

  /// Records whether the filter holds every row.
  func settle(isComplete: Bool) { state.store(isComplete ? Self.believed : Self.doubted, ordering: .relaxed) }
}
