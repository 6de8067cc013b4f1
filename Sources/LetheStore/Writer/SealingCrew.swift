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
  func seal(_ plans: [RecordPlan]) -> Result<[PreparedRecord], LetheError> {
    inHalves(plans) { [storeID] (plans) throws(LetheError) in
      var sealed: [PreparedRecord] = []
      sealed.reserveCapacity(plans.count)
      // Through a span, since an element that is taken out is a copy, whose references are counted.
      let plans = plans.span
      for place in plans.indices { sealed.append(try plans[place].sealed(storeID: storeID)) }
      return sealed
    }
  }

  /// Works on items in two halves at the same time, or on all at once; gives what came of them, in order. At return nobody
  /// but the caller holds an item or what the work holds; of what came of them that is not said.
  func inHalves<Item: Sendable, Outcome: Sendable, Failure: Error>(
    _ items: [Item], _ work: @escaping @Sendable (ArraySlice<Item>) throws(Failure) -> [Outcome]
  ) -> Result<[Outcome], Failure> {
    guard items.count >= Self.worthwhile else { return Self.result(of: work, items[...]) }
    let (lower, upper) = (items[..<(items.count / 2)], items[(items.count / 2)...])
    // In a box that is empty once it is done: the companion lets go of what it was given after it has told of it.
    let job = Monitor<(@Sendable () -> Result<[Outcome], Failure>)?>({ Self.result(of: work, upper) })
    guard let second = companion.beginIfFree({ Self.takeAndDo(job) }) else {
      return Self.result(of: work, items[...])
    }
    let first = Self.result(of: work, lower)
    guard let others = second.get() else { preconditionFailure("a job is done once") }
    return first.flatMap { first in others.map { first + $0 } }
  }

  private static func takeAndDo<Outcome>(_ job: Monitor<(@Sendable () -> Outcome)?>) -> Outcome? {
    let taken = job.withLock { job in
      defer { job = nil }
      return job
    }
    return taken?()
  }

  private static func result<Item, Outcome, Failure: Error>(
    of work: (ArraySlice<Item>) throws(Failure) -> [Outcome], _ items: ArraySlice<Item>
  ) -> Result<[Outcome], Failure> {
    do throws(Failure) { return .success(try work(items)) } catch { return .failure(error) }
  }
}
