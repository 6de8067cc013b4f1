internal import LetheLog
internal import LetheSystem

/// Prepares and seals records: on the caller's thread, and half of many on a thread of its own too, if that is free.
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
  func seal(_ records: PlannedRecords) -> Result<[PreparedRecords], LetheError> {
    let storeID = storeID
    let seal = { @Sendable (records: PlannedRecords) throws(LetheError) in try [records.sealed(storeID: storeID)] }
    guard records.count >= Self.worthwhile else { return Self.result(of: seal, records) }
    let (first, rest) = records.halves
    return both(first, rest, seal)
  }

  /// Works on items in two halves at the same time, or on all at once; gives what came of them, in order. At return nobody
  /// but the caller holds an item or what the work holds; of what came of them that is not said.
  func inHalves<Item: Sendable, Outcome: Sendable, Failure: Error>(
    _ items: [Item], _ work: @escaping @Sendable (ArraySlice<Item>) throws(Failure) -> [Outcome]
  ) -> Result<[Outcome], Failure> {
    guard items.count >= Self.worthwhile else { return Self.result(of: work, items[...]) }
    return both(items[..<(items.count / 2)], items[(items.count / 2)...], work)
  }

  /// Works on two things at the same time, or on one after the other if the companion is busy.
  private func both<Items: Sendable, Outcome: Sendable, Failure: Error>(
    _ lower: Items, _ upper: Items, _ work: @escaping @Sendable (Items) throws(Failure) -> [Outcome]
  ) -> Result<[Outcome], Failure> {
    // In a box that is empty once it is done: the companion lets go of what it was given after it has told of it.
    let job = Monitor<(@Sendable () -> Result<[Outcome], Failure>)?>({ Self.result(of: work, upper) })
    let second = companion.beginIfFree { Self.takeAndDo(job) }
    let first = Self.result(of: work, lower)
    guard let others = second.map({ $0.get() }) ?? Self.takeAndDo(job) else {
      preconditionFailure("a job is done once")
    }
    return first.flatMap { first in others.map { first + $0 } }
  }

  private static func takeAndDo<Outcome>(_ job: Monitor<(@Sendable () -> Outcome)?>) -> Outcome? {
    let taken = job.withLock { job in
      defer { job = nil }
      return job
    }
    return taken?()
  }

  private static func result<Items, Outcome, Failure: Error>(
    of work: (Items) throws(Failure) -> [Outcome], _ items: Items
  ) -> Result<[Outcome], Failure> {
    do throws(Failure) { return .success(try work(items)) } catch { return .failure(error) }
  }
}
