internal import Synchronization

/// Whether a filter's *no* is believed: not before each row of its index was found in it.
///
/// Nobody signs an index, and a filter with zeros where there were ones denies what is there. So at first the rows answer
/// in its place, which costs a page each time. When that has happened often, all rows are read once and asked for in the
/// filter, and from then on a *no* costs no look at a disk again.
final class FilterTrust: Sendable {
  enum Answer: Sendable {
    case lookUp
    /// Look it up, but compare the filter with all rows first.
    case compare
    case believe
  }

  /// Answers so far that the filter did not give; `believed` or `doubted` once it was compared.
  private let state = Atomic<Int>(0)
  private let limit: Int

  private static let believed = -1
  private static let doubted = -2

  /// - Parameter first: the position of the segment's first record. Segments differ in when their filters are compared, so
  ///   that a process does not read the rows of all of them for one question.
  init(first: UInt64) { limit = 64 + Int(first % 1021) }

  /// What to do where the filter says no.
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

  /// Takes note of whether every row is in the filter.
  func settle(isComplete: Bool) { state.store(isComplete ? Self.believed : Self.doubted, ordering: .relaxed) }
}
