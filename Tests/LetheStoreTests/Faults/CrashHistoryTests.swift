import LetheTesting
import Testing

/// Random histories of appends, forgets, read models, replicas and starts on a disk that fails and stops at random calls;
/// with one cell, and with a root shared 2 of 3 of which any one cell goes away, is old or is replaced.
///
/// `HistorySeeds` tells how to have more of them, and how to repeat one.
@Suite struct CrashHistoryTests {
  @Test(arguments: HistorySeeds.seeds(40, of: 1000))
  func `P1 P2 P3 P4 P6 P7 P9 hold after any history of crashes and failing calls`(seed: UInt64) async throws {
    try await Self.live(seed, TwoTimes.Sharing.all[0])
  }

  @Test(arguments: HistorySeeds.seeds(16, of: 1000))
  func `P1 P2 P3 P4 P6 P7 P9 hold after any history in which one of three cells at a time is away or old`(
    seed: UInt64
  ) async throws {
    try await Self.live(seed, TwoTimes.Sharing.all[1])
  }

  private static func live(_ seed: UInt64, _ sharing: TwoTimes.Sharing) async throws {
    let history = try CrashHistory(seed: seed, sharing)
    try await history.run()
    #expect(history.crashCount > 0)
  }
}
