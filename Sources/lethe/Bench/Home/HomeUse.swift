internal import LetheCompliance
internal import LethePolicies
internal import LetheProjections
internal import LetheStore
internal import LetheSystem

/// Streams that were read in an open store, and subjects who were forgotten then, without a replica.
struct HomeUse: Sendable {
  /// Of the busiest subjects' streams, their first 50 events each.
  let streamReads: Latencies
  /// Whole forgets, case steps included.
  let forgets: Latencies
  /// Who was forgotten: some who have many events and some who have few.
  let forgotten: [Int]

  static let streamCount = 100
  static let eventLimit = 50

  init(
    of store: Store, _ events: BenchEvents, forgetting forgetCount: Int, _ interruption: Interruption
  ) throws(LetheError) {
    // The busiest have the first numbers.
    streamReads = try Latencies(0..<min(Self.streamCount, events.subjects), interruption) {
      (subject) throws(LetheError) in
      try Self.readStream(of: subject, events, store)
    }
    let (handler, approver, desk) = (try StaffID("bench-1"), try StaffID("bench-2"), try ForgetDesk(store))
    // Somebody stays, so that there are events of the living to append.
    let count = min(forgetCount, events.subjects - 1)
    forgotten = (0..<count).map { $0 * events.subjects / count }
    forgets = try Latencies(forgotten, interruption) { (subject) throws(LetheError) in
      _ = try desk.forgetNow(
        subject: events.id(ofSubject: subject), ground: .noLongerNecessary, by: handler, approver: approver)
    }
  }

  private static func readStream(
    of subject: Int, _ events: BenchEvents, _ store: Store
  ) throws(LetheError) {
    var count = 0
    let stream = try events.stream(ofSubject: subject)
    try store.read(.stream(stream), ReadOptions(limit: eventLimit)) { _ in
      count += 1
      return .continue
    }
    guard count == eventLimit else {
      throw LetheError(.damage, "a stream has fewer events than were appended to it; report this")
    }
  }
}
