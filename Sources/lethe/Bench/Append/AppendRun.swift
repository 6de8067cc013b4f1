internal import LetheStore
internal import LetheSystem

/// Appends a load by as many tasks as it has writers, each of which waits for its answer before its next append.
///
/// Events are made and parsed in passages, while the clock stands.
struct AppendRun {
  private let store: Store
  private let load: BenchLoad
  private let interruption: Interruption
  /// Events that are durable, and the time in which they became so.
  private(set) var eventCount = 0
  private(set) var elapsed = Duration.zero

  init(_ load: BenchLoad, to store: Store, _ interruption: Interruption) {
    (self.load, self.store, self.interruption) = (load, store, interruption)
  }

  /// Appends the load, whose first event has the number given.
  ///
  /// - Throws: the first failure; some of the passage is durable then.
  mutating func run(from first: Int) async throws(LetheError) {
    while eventCount < load.eventCount {
      let left = load.limit.map { $0 - elapsed }
      if let left, left <= .zero { return }
      let start = first + eventCount
      let passage = try load.batches(start..<start + min(load.passageCount, load.eventCount - eventCount))
      try interruption.check()
      let made = eventCount
      try await append(passage, for: left)
      // What the clock cut off a passage is not made up for, so that no number is used twice.
      if let limit = load.limit, elapsed >= limit || made == eventCount { return }
    }
  }

  private mutating func append(_ passage: [[AppendRequest]], for left: Duration?) async throws(LetheError) {
    let (store, load, interruption) = (store, load, interruption)
    let start = ContinuousClock.now
    let end = left.map { start + $0 }
    let outcome = await withTaskGroup(of: Result<Int, LetheError>.self) { group in
      for writer in 0..<load.writers {
        group.addTask {
          var done = 0
          do throws(LetheError) {
            for number in stride(from: writer, to: passage.count, by: load.writers) {
              if let end, ContinuousClock.now >= end { break }
              try interruption.check()
              for answer in await store.append(passage[number]) {
                done += try Int(answer.get().eventCount)
              }
            }
            return .success(done)
          } catch {
            return .failure(error)
          }
        }
      }
      return await group.reduce(Result<Int, LetheError>.success(0)) { sum, done in
        sum.flatMap { sum in done.map { sum + $0 } }
      }
    }
    elapsed += ContinuousClock.now - start
    eventCount += try outcome.get()
  }
}

extension AppendReceipt {
  fileprivate var eventCount: UInt64 { lastRevision - firstRevision + 1 }
}
