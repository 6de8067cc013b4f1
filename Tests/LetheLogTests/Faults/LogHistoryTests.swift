import LetheTesting
import Testing

/// Random histories of a log alone on a disk that fails and stops at random calls. `HistorySeeds` tells how to have more of
/// them, and how to repeat one.
@Suite struct LogHistoryTests {
  @Test(arguments: HistorySeeds.lanes)
  func `P1 and P8 hold for a log after any history of crashes and failing calls`(lane: Int) throws {
    for seed in HistorySeeds.seeds(2000, of: 100_000, lane: lane) {
      do { try LogHistory(seed: seed).run() } catch { Issue.record(error) }
    }
  }

  @Test func `histories are full of what may go wrong`() throws {
    var tally = LogHistory.Tally()
    for seed in 1...60 {
      let history = try LogHistory(seed: UInt64(seed))
      try history.run()
      tally += history.tally
    }
    #expect(tally.groups > 400 && tally.segments > 200 && tally.checkpoints > 60)
    #expect(tally.starts > 240 && tally.failures > 120)
  }

  /// The right order is that of all other histories, and nothing in them is broken.
  @Test(arguments: DoingOrder.allCases.filter { $0 != .right })
  func `each wrong order of syncs, indexes, checkpoints, answers and seals breaks a promise within some histories`(
    order: DoingOrder
  ) throws {
    let limit = UInt64(200)
    let broken = try (1...limit).first { seed in
      let history = try LogHistory(seed: seed, order)
      do { try history.run() } catch let violation as Violation {
        if Exhaustive.isAsked { print("\(order): \(violation)") }
        return true
      }
      return false
    }
    #expect(broken != nil, "none of \(limit)")
    // What breaks it is the order: the same life in the right one is sound.
    if let broken { try LogHistory(seed: broken).run() }
  }
}
