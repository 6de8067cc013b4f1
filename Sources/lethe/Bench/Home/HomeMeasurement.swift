internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// What a home of some size costs to open, to read a stream of, and to forget somebody of.
struct HomeMeasurement: Sendable {
  let openClean: Duration
  let use: HomeUse
  let openKilled: Duration
  /// Events that the killed process had appended since its start.
  let killedEvents: Int
  /// Of this process, over all of this.
  let peakResidentByteCount: Int

  /// Measures a home that is closed and has its events, and leaves it closed. There are never two stores in memory.
  ///
  /// - Parameters:
  ///   - forgetCount: how many subjects are forgotten.
  ///   - replay: what else is to be read while the home is open and nobody is forgotten.
  init(
    of home: inout BenchHome, forgetting forgetCount: Int, _ replay: (Store) async throws(LetheError) -> Void
  ) async throws(LetheError) {
    let tools = home.tools
    try tools.tell("opening after a clean stop")
    let (opening, count, use) = try await Self.useClean(home, forgetCount, replay)
    (openClean, self.use) = (opening, use)
    try tools.tell("opening after kill -9")
    killedEvents = min(max(1, Int(count) / 2), KilledAppender.eventLimit)
    try KilledAppender.append(killedEvents, to: &home, but: Set(use.forgotten))
    openKilled = try Self.openKilled(home, expecting: count + UInt64(killedEvents))
    peakResidentByteCount = ProcessMemory.peakResidentByteCount
  }

  private static func useClean(
    _ home: BenchHome, _ forgetCount: Int, _ replay: (Store) async throws(LetheError) -> Void
  ) async throws(LetheError) -> (opening: Duration, count: UInt64, use: HomeUse) {
    let (store, opening) = try open(home)
    try await replay(store)
    try home.tools.tell("streams and forgets")
    let use = try HomeUse(of: store, home.events, forgetting: forgetCount, home.tools.interruption)
    let count = store.count
    try store.close()
    return (opening, count, use)
  }

  private static func openKilled(_ home: BenchHome, expecting count: UInt64) throws(LetheError) -> Duration {
    let (store, opening) = try open(home)
    guard store.count >= count else {
      throw LetheError(.damage, "a killed process's acknowledged events are not all there; report this")
    }
    try store.close()
    return opening
  }

  /// To the first answer: the log's last event.
  private static func open(_ home: BenchHome) throws(LetheError) -> (store: Store, opening: Duration) {
    let start = ContinuousClock.now
    let store = try home.open()
    try store.read(.all, ReadOptions(limit: 1, direction: .backwards)) { _ in .stop }
    return (store, ContinuousClock.now - start)
  }
}
