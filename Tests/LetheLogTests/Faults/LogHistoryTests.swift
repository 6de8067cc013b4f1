import LetheTesting
import Testing

/// Random histories of a log alone on a disk that fails and stops at random calls. `HistorySeeds` tells how to have more of
/// them, and how to repeat one.
@Suite struct LogHistoryTests {
  @Test(arguments: HistorySeeds.lanes)
  func `P1 and P8 hold for a log after any history of crashes and failing calls`(lane: Int) throws {
    for seed in HistorySeeds.seeds(1600, of: 20_000, lane: lane) {
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

  /// Without its mistake the same disk, and what stands before it, breaks nothing.
  @Test(arguments: DoingOrder.allCases)
  func `each wrong order of syncs, indexes, checkpoints and answers breaks a promise, the right one none`(
    order: DoingOrder
  ) throws {
    var broken: [UInt64] = []
    for seed in 1...UInt64(200) {
      do { try LogHistory(seed: seed, order).run() } catch { broken.append(seed) }
    }
    #expect(broken.isEmpty == (order == .right), "\(broken.count) of 200")
  }
}
