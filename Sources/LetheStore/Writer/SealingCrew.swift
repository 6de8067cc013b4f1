internal import LetheLog
internal import LetheSystem

/// Seals the records of a group on two cores: the caller's, and one of its own.
final class SealingCrew: Sendable {
  /// Records from which on it is worth waking somebody.
  private static let worthwhile = 24

  private let companion: Companion

  init() throws(LetheError) { companion = try Companion() }

  /// Seals records, in order. One caller at a time.
  func seal(_ plans: [RecordPlan], storeID: [UInt8]) throws(LetheError) -> [PreparedRecord] {
    guard plans.count >= Self.worthwhile else { return try Self.seal(plans[...], storeID).get() }
    let middle = plans.count / 2
    let second = companion.begin { Self.seal(plans[middle...], storeID) }
    let first = Self.seal(plans[..<middle], storeID)
    let rest = second.get()
    return try first.get() + rest.get()
  }

  private static func seal(
    _ plans: ArraySlice<RecordPlan>, _ storeID: [UInt8]
  ) -> Result<[PreparedRecord], LetheError> {
    var sealed: [PreparedRecord] = []
    sealed.reserveCapacity(plans.count)
    do throws(LetheError) {
      for plan in plans { sealed.append(try plan.sealed(storeID: storeID)) }
      return .success(sealed)
    } catch { return .failure(error) }
  }
}
