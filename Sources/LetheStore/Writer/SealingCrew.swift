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
    let (first, second) = inHalves(plans) { [storeID] in Self.seal($0, storeID) }
    guard let second else { return first }
    return first.flatMap { first in second.map { first + $0 } }
  }

  /// Works on items in two halves at the same time, or on all at once; gives what came of them, in order. At return nobody
  /// but the caller holds an item.
  func inHalves<Item: Sendable, Outcome: Sendable>(
    _ items: [Item], _ work: @escaping @Sendable (ArraySlice<Item>) -> Outcome
  ) -> (Outcome, Outcome?) {
    guard items.count >= Self.worthwhile else { return (work(items[...]), nil) }
    let middle = items.count / 2
    // In a box that is empty once they are worked on: the companion lets go of its work after it has told of it.
    let box = Monitor(items[middle...])
    let second = companion.beginIfFree { work(Self.empty(box)) }
    guard let second else { return (work(items[...]), nil) }
    return (work(items[..<middle]), second.get())
  }

  private static func empty<Item>(_ box: Monitor<ArraySlice<Item>>) -> ArraySlice<Item> {
    box.withLock { items in
      defer { items = [] }
      return items
    }
  }

  private static func seal(
    _ plans: ArraySlice<RecordPlan>, _ storeID: [UInt8]
  ) -> Result<[PreparedRecord], LetheError> {
    var sealed: [PreparedRecord] = []
    sealed.reserveCapacity(plans.count)
    do throws(LetheError) {
      // Through a span, since an element that is taken out is a copy, whose references are counted.
      let plans = plans.span
      for place in plans.indices { sealed.append(try plans[place].sealed(storeID: storeID)) }
      return .success(sealed)
    } catch { return .failure(error) }
  }
}
