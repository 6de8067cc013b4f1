/// Where work goes that its owner need not wait for: one job after the other.
package protocol Workshop: AnyObject, Sendable {
  /// Has a job done, after all that were given before.
  func give(_ job: @escaping @Sendable () -> Void)

  /// Waits until all is done that was given so far. Blocks; never called from a job.
  func finish()
}

/// Jobs are done at once, by the thread that gives them: the order of a test's calls is then always the same.
package final class ImmediateWorkshop: Workshop {
  package init() {}
  package func give(_ job: @escaping @Sendable () -> Void) { job() }
  package func finish() {}
}

/// Jobs are done by a thread of their own, which ends with the workshop.
package final class ThreadWorkshop: Workshop {
  private struct Queue: Sendable {
    var jobs: [@Sendable () -> Void] = []
    var isBusy = false
    var isClosed = false
  }

  private let queue = Monitor(Queue())

  /// - Throws: `io` if the machine has no thread to give.
  package init() throws(LetheError) {
    let queue = queue
    try WorkerThread.start {
      while true {
        let job = queue.wait(until: { !$0.jobs.isEmpty || $0.isClosed }) { queue -> (@Sendable () -> Void)? in
          guard !queue.jobs.isEmpty else { return nil }
          queue.isBusy = true
          return queue.jobs.removeFirst()
        }
        guard let job else { return }
        job()
        queue.withLock { $0.isBusy = false }
      }
    }
  }

  deinit { queue.withLock { $0.isClosed = true } }

  package func give(_ job: @escaping @Sendable () -> Void) { queue.withLock { $0.jobs.append(job) } }

  package func finish() { queue.wait(until: { $0.jobs.isEmpty && !$0.isBusy }, then: { _ in }) }
}
