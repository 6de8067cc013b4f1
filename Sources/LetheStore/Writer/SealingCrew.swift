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

  /// Seals records, in order; from any thread.
  func seal(_ plans: [RecordPlan]) -> Result<[PreparedRecord], LetheError> {
    let middle = plans.count / 2
    guard plans.count >= Self.worthwhile,
      let second = companion.beginIfFree({ [storeID] in Self.seal(plans[middle...], storeID) })
    else { return Self.seal(plans[...], storeID) }
    let first = Self.seal(plans[..<middle], storeID)
    let rest = second.get()
    return first.flatMap { first in rest.map { first + $0 } }
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
