import LethePolicies
import LetheSystem
import LetheTesting
import Testing

@testable import LetheStore

/// `LETHE_FAULT_HISTORIES=100 swift test --filter OrderHistory` takes as many seeds of 200,000 events each, where the suite
/// takes three that have as many together; `LETHE_FAULT_SEED=n` repeats one.
@Suite struct OrderHistoryTests {
  /// Behind each opening all streams are cold.
  private static let sessions: UInt64 = HistorySeeds.areAskedFor ? 12 : UInt64(Exhaustive.count(4, of: 12))
  /// Events that are appended in each.
  private static let sessionEventCount = 16_667

  @Test(arguments: HistorySeeds.seeds(3, of: 100))
  func `each stream has its appends in the order of the calls, and each call's requests in theirs`(
    seed: UInt64
  ) async throws {
    let home = try TestHome(policy: OrderHistory.policy)
    var streams: [OrderHistory.Stream] = []
    var count = 0
    for session in 1...Self.sessions {
      let store = try home.open()
      var history = OrderHistory(seed: seed << 8 | session, in: store, clock: home.clock, streams: streams)
      try await history.live(until: Self.sessionEventCount)
      (streams, count) = (history.streams, count + history.eventCount)
      #expect(history.faults.prefix(3) == [], "session \(session), \(HistorySeeds.advice(seed))")
      try store.close()
      guard history.faults.isEmpty else { return }
    }
    #expect(count >= Int(Self.sessions) * Self.sessionEventCount)
    try await home.session { (store) async throws in
      for stream in streams {
        var number = 0
        try store.read(.stream(stream.name)) { item in
          let event = try? OrderHistory.event(number, of: stream.subject, 0)
          guard item.reading?.event?.text == event?.text else { return .stop }
          number += 1
          return .continue
        }
        #expect(number == stream.count, "\(stream.name), \(HistorySeeds.advice(seed))")
      }
    }
  }

  @Test(arguments: HistorySeeds.seeds(3, of: 100))
  func `what several callers append to the same streams at once is there once, each caller's in order`(
    seed: UInt64
  ) async throws {
    let home = try TestHome()
    let streams = try (0..<5).map { try StreamName("patient-\($0)") }
    let callers = 4
    let share = Self.sessionEventCount / callers
    try await home.session { (store) async throws in
      try await CallerHistory.begin(streams, in: store)
      try await withThrowingTaskGroup(of: [String].self) { tasks in
        for caller in 0..<callers {
          tasks.addTask {
            var history = CallerHistory(
              "caller-\(caller)", seed: seed << 8 | UInt64(caller), in: store, streams)
            try await history.live(until: share)
            return history.faults
          }
        }
        for try await faults in tasks { #expect(faults.prefix(3) == [], "\(HistorySeeds.advice(seed))") }
      }
    }
    try await home.session { (store) async throws in
      for stream in streams {
        var last: [String: Int] = [:]
        for (number, item) in try store.items(.stream(stream)).enumerated() {
          let event = try CloudEvent(json: #require(item.reading?.event).text)
          let place = try #require(Int(event.id))
          guard item.revision == UInt64(number), place > last[event.source] ?? -1 else {
            Issue.record("\(stream), revision \(number), \(event.source), \(HistorySeeds.advice(seed))")
            return
          }
          last[event.source] = place
        }
        #expect(last.count == callers + 1)
      }
    }
  }
}
