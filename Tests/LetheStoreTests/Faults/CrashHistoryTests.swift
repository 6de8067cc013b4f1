import LetheTesting
import Testing

/// Random histories of appends, forgets, read models, replicas and starts on a disk that fails and stops at random calls;
/// with one cell, and with a root shared 2 of 3 of which any one cell goes away, is old or is replaced.
///
/// `HistorySeeds` tells how to have more of them, and how to repeat one.
@Suite struct CrashHistoryTests {
  @Test(arguments: HistorySeeds.lanes)
  func `P1 P2 P3 P4 P6 P7 P9 hold after any history of crashes and failing calls`(lane: Int) async {
    await Self.live(HistorySeeds.seeds(40, of: 1000, lane: lane), TwoTimes.Sharing.all[0])
  }

  @Test(arguments: HistorySeeds.lanes)
  func `P1 P2 P3 P4 P6 P7 P9 hold after any history in which one of three cells at a time is away or old`(
    lane: Int
  ) async {
    await Self.live(HistorySeeds.seeds(16, of: 1000, lane: lane), TwoTimes.Sharing.all[1])
  }

  /// The places of replicas and cells, whose file could not be moved, or whose fact nobody knew to be durable.
  @Test(arguments: [(1491, 0), (261, 1), (411, 1), (677, 1)] as [(UInt64, Int)])
  func `histories that once broke a promise hold`(seed: UInt64, sharing: Int) async {
    await Self.live([seed], TwoTimes.Sharing.all[sharing])
  }

  private static func live(_ seeds: [UInt64], _ sharing: TwoTimes.Sharing) async {
    for seed in seeds {
      do {
        let history = try CrashHistory(seed: seed, sharing)
        try await history.run()
        #expect(history.crashCount > 0)
      } catch { Issue.record(error, "\(HistorySeeds.advice(seed))") }
    }
  }
}
