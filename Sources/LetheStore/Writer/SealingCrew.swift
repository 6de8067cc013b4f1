internal import LetheLog
internal import LetheSystem

/// Seals records: on the caller's thread, and those of many on a thread of its own too, if that is free.
final class SealingCrew: Sendable {
  /// Records from which on it is worth waking somebody.
  private static let worthwhile = 48

  private let storeID: [UInt8]
  private let companion: Companion

  init(storeID: [UInt8]) throws(LetheError) {
    self.storeID = storeID
    companion = try Companion()
  }

  /// Seals records, in order; from any thread. At return nobody but the caller holds a key of theirs.
  func seal(_ plans: [RecordPlan]) -> Result<[PreparedRecord], LetheError> {
    let middle = plans.count / 2
    guard plans.count >= Self.worthwhile else { return Self.seal(plans[...], storeID) }
    // In a box that is empty once they are sealed: the companion lets go of its work after it has told of it.
    let box = Monitor(plans[middle...])
    let second = companion.beginIfFree { [storeID] in
      Self.seal(box.withLock { Self.exchange(&$0, for: []) }, storeID)
    }
    guard let second else { return Self.seal(plans[...], storeID) }
    let first = Self.seal(plans[..<middle], storeID)
    let rest = second.get()
    return first.flatMap { first in rest.map { first + $0 } }
  }

  private static func exchange(_ plans: inout ArraySlice<RecordPlan>, for others: ArraySlice<RecordPlan>)
    -> ArraySlice<RecordPlan>
  {
    defer { plans = others }
    return plans
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
