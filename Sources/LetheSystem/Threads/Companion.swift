/// A thread that does a piece of work while its owner does another, and ends with the companion.
package final class Companion: Sendable {
  private struct Desk {
    var work: (@Sendable () -> Void)?
    var isBusy = false
    var isClosed = false
  }

  private let desk = Monitor(Desk())

  /// - Throws: `io` if the machine has no thread to give.
  package init() throws(LetheError) {
    let desk = desk
    try WorkerThread.start {
      while true {
        let work = desk.wait(until: { $0.work != nil || $0.isClosed }) { desk in
          defer { desk.work = nil }
          return desk.work
        }
        guard let work else { return }
        work()
        desk.withLock { $0.isBusy = false }
      }
    }
  }

  deinit { desk.withLock { $0.isClosed = true } }

  /// Begins work unless another piece is at hand.
  package func beginIfFree<Outcome: Sendable>(_ work: @escaping @Sendable () -> Outcome) -> Promise<Outcome>? {
    let promise = Promise<Outcome>()
    let isBegun = desk.withLock { desk in
      guard !desk.isBusy else { return false }
      desk.isBusy = true
      desk.work = { promise.keep(work()) }
      return true
    }
    return isBegun ? promise : nil
  }

  /// Begins work; the promise tells when it is done. One piece at a time.
  package func begin<Outcome: Sendable>(_ work: @escaping @Sendable () -> Outcome) -> Promise<Outcome> {
    let promise = Promise<Outcome>()
    desk.wait(
      until: { !$0.isBusy },
      then: { desk in
        desk.isBusy = true
        desk.work = { promise.keep(work()) }
      })
    return promise
  }

  /// What a companion will have made.
  package final class Promise<Outcome: Sendable>: Sendable {
    private let outcome = Monitor<Outcome?>(nil)

    fileprivate func keep(_ value: Outcome) { outcome.withLock { $0 = value } }

    /// Waits for it; asked for once.
    package func get() -> Outcome {
      while true {
        let value = outcome.wait(
          until: { $0 != nil },
          then: { outcome in
            defer { outcome = nil }
            return outcome
          })
        if let value { return value }
      }
    }
  }
}
