internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// How fast all events of an open store were read in global order and opened.
struct ReplayMeasurement: Sendable {
  /// Whether the store was read before: a store that was just opened derives each key and reads each stream's name when it
  /// first needs it, which an ideal reader has at hand.
  enum Pass: String, Sendable { case first, again }

  let cores: Int
  let pass: Pass
  let eventCount: Int
  let elapsed: Duration

  var eventsPerSecond: Double { elapsed > .zero ? Double(eventCount) / elapsed.inSeconds : 0 }

  /// Reads the log from its beginning to its end, in order.
  ///
  /// - Throws: `damage` unless every event opens.
  init(of store: Store, cores: Int, _ pass: Pass, _ tools: BenchTools) async throws(LetheError) {
    self.cores = cores
    self.pass = pass
    let start = ContinuousClock.now
    eventCount = try await Self.onThread { () throws(LetheError) in
      try Self.read(store, cores == 1 ? .one : .two, tools.interruption)
    }
    elapsed = ContinuousClock.now - start
  }

  /// `2 cores, first`.
  var words: String { cores.counted("core") + (pass == .first ? ", first" : "") }

  private static func read(
    _ store: Store, _ cores: ReadOptions.Cores, _ interruption: Interruption
  ) throws(LetheError) -> Int {
    var count = 0
    try store.read(.all, ReadOptions(cores: cores)) { (item) throws(LetheError) in
      guard case .event(let reading) = item.content, reading.state == .open, reading.event != nil else {
        throw LetheError(.damage, "an event does not open, although nobody was forgotten; report this")
      }
      count += 1
      if count.isMultiple(of: 1024) { try interruption.check() }
      return .continue
    }
    return count
  }

  /// Runs work on a thread of its own, since it blocks.
  private static func onThread(
    _ work: @escaping @Sendable () throws(LetheError) -> Int
  ) async throws(LetheError) -> Int {
    let outcome = Monitor<Result<Int, LetheError>?>(nil)
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      func finish(_ result: Result<Int, LetheError>) {
        outcome.withLock { $0 = result }
        continuation.resume()
      }
      do throws(LetheError) {
        try WorkerThread.start {
          let result: Result<Int, LetheError>
          do throws(LetheError) { result = .success(try work()) } catch { result = .failure(error) }
          outcome.withLock { $0 = result }
          continuation.resume()
        }
      } catch { finish(.failure(error)) }
    }
    return try outcome.withLock { $0 }?.get() ?? 0
  }
}
