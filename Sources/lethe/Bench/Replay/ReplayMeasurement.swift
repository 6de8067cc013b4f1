internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// How fast all events of an open store were read in global order and opened.
struct ReplayMeasurement: Sendable {
  let cores: Int
  let eventCount: Int
  let elapsed: Duration

  var eventsPerSecond: Double { elapsed > .zero ? Double(eventCount) / elapsed.inSeconds : 0 }

  /// Reads the log in as many threads as cores are asked for, each a part of its own from its beginning to its end.
  ///
  /// - Throws: `damage` unless every event opens.
  init(of store: Store, cores: Int, _ tools: BenchTools) async throws(LetheError) {
    self.cores = cores
    let count = store.count
    let start = ContinuousClock.now
    eventCount = try await Self.together(cores) { (core) throws(LetheError) in
      let positions = count * UInt64(core) / UInt64(cores)..<count * UInt64(core + 1) / UInt64(cores)
      return try Self.read(positions, of: store, tools.interruption)
    }
    elapsed = ContinuousClock.now - start
  }

  private static func read(
    _ positions: Range<UInt64>, of store: Store, _ interruption: Interruption
  ) throws(LetheError) -> Int {
    var count = 0
    try store.read(.all, ReadOptions(start: positions.lowerBound)) { (item) throws(LetheError) in
      guard item.position < positions.upperBound else { return .stop }
      guard case .event(let reading) = item.content, reading.state == .open, reading.event != nil else {
        throw LetheError(.damage, "an event does not open, although nobody was forgotten; report this")
      }
      count += 1
      if count.isMultiple(of: 1024) { try interruption.check() }
      return .continue
    }
    return count
  }

  /// Runs work on threads of its own, since it blocks, and adds up what it gives.
  private static func together(
    _ count: Int, _ work: @escaping @Sendable (Int) throws(LetheError) -> Int
  ) async throws(LetheError) -> Int {
    let results = Monitor<[Result<Int, LetheError>]>([])
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      @Sendable func finish(_ result: Result<Int, LetheError>) {
        let isLast = results.withLock { results in
          results.append(result)
          return results.count == count
        }
        if isLast { continuation.resume() }
      }
      for number in 0..<count {
        do throws(LetheError) {
          try WorkerThread.start {
            do throws(LetheError) { finish(.success(try work(number))) } catch { finish(.failure(error)) }
          }
        } catch { finish(.failure(error)) }
      }
    }
    var sum = 0
    for result in results.withLock({ $0 }) { sum += try result.get() }
    return sum
  }
}
