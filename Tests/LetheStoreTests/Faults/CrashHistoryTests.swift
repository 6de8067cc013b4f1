import LetheTesting
import Testing

/// Random histories of appends, forgets, replicas and starts on a disk that fails and stops at random calls.
///
/// `LETHE_FAULT_SEED=n` repeats one; `LETHE_FAULT_HISTORIES=n` takes as many as asked.
@Suite struct CrashHistoryTests {
  static let seeds: [UInt64] = {
    if let seed = Exhaustive.number("LETHE_FAULT_SEED") { return [seed] }
    return Array(1...(Exhaustive.number("LETHE_FAULT_HISTORIES") ?? UInt64(Exhaustive.count(40, of: 1000))))
  }()

  @Test(arguments: seeds)
  func `P1 P2 P3 P4 P7 P9 hold after any history of crashes and failing calls`(seed: UInt64) async throws {
    let history = try CrashHistory(seed: seed)
    try await history.run()
    #expect(history.crashCount > 0)
  }
}
