internal import LetheSystem

/// The answer to requests in the writer's queue, which may be given before anybody waits for it.
final class QueuedAnswer: Sendable {
  typealias Results = [Result<AppendReceipt, LetheError>]

  private struct Desk {
    var results: Results?
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let desk = Monitor(Desk())

  /// Gives the answer, once, from any thread.
  func give(_ results: Results) {
    let waiter = desk.withLock { desk in
      desk.results = results
      return desk.waiter
    }
    waiter?.resume()
  }

  /// Waits for the answer; one task does.
  func get() async -> Results {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isGiven = desk.withLock { desk in
        desk.waiter = desk.results == nil ? continuation : nil
        return desk.results != nil
      }
      if isGiven { continuation.resume() }
    }
    // Handed over under a lock, which the thread sanitizer sees: of a continuation that is resumed before it is awaited, the
    // Swift 6.3 runtime does not tell it.
    return desk.withLock { $0.results ?? [] }
  }
}
