internal import LethePolicies
internal import LetheSystem

/// The thread of the writer and the jobs that wait for it. Appends that arrive while others are planned share the next
/// group.
final class WriterThread: Sendable {
  typealias Answer = @Sendable ([Result<AppendReceipt, LetheError>]) -> Void

  private enum Job {
    case append([AppendRequest], Answer)
    case exclusive((StoreWriter) -> Void)
  }

  private struct Queue {
    var jobs: [Job] = []
    var state = State.open

    enum State { case open, closing, closed }
  }

  /// Requests that are planned at once at most.
  private static let groupLimit = 4096

  private let queue = Monitor(Queue())

  /// Starts the thread, which ends after `close`.
  init(_ writer: StoreWriter) throws(LetheError) {
    let queue = queue
    try WorkerThread.start {
      writer.open()
      while let jobs = Self.next(in: queue) { Self.run(jobs, writer) }
      queue.withLock { $0.state = .closed }
    }
  }

  /// Hands requests to the writer; the answer comes from another thread, once they are durable. False if the queue is
  /// closed; then the answer was given.
  func append(_ requests: [AppendRequest], _ answer: @escaping Answer) -> Bool {
    let isTaken = queue.withLock { queue in
      guard queue.state == .open else { return false }
      queue.jobs.append(.append(requests, answer))
      return true
    }
    if !isTaken { answer(requests.map { _ in .failure(Self.closedError) }) }
    return isTaken
  }

  /// What becomes of the queue behind a job.
  private enum Afterwards { case open, closing }

  /// Runs work on the writer's thread, alone, and waits for it. Never call it from that thread.
  func perform<Outcome: Sendable>(
    _ work: @escaping @Sendable (StoreWriter) throws(LetheError) -> Outcome
  ) throws(LetheError) -> Outcome {
    try perform(.open, work)
  }

  private func perform<Outcome: Sendable>(
    _ afterwards: Afterwards, _ work: @escaping @Sendable (StoreWriter) throws(LetheError) -> Outcome
  ) throws(LetheError) -> Outcome {
    let done = Monitor<Result<Outcome, LetheError>?>(nil)
    let isTaken = queue.withLock { queue in
      guard queue.state == .open else { return false }
      if afterwards == .closing { queue.state = .closing }
      queue.jobs.append(
        .exclusive { writer in
          let result: Result<Outcome, LetheError>
          do throws(LetheError) { result = .success(try work(writer)) } catch { result = .failure(error) }
          done.withLock { $0 = result }
        })
      return true
    }
    guard isTaken else { throw Self.closedError }
    guard let result = done.wait(until: { $0 != nil }, then: { $0 }) else { throw Self.closedError }
    return try result.get()
  }

  /// Has the thread end once it has done what is queued.
  func finish() {
    queue.withLock { if $0.state == .open { $0.state = .closing } }
  }

  /// Does what is queued, then the work given, takes nothing more, and waits for the thread's end.
  ///
  /// - Throws: what the work throws, after the end; `io` if it was closed before.
  func close(after work: @escaping @Sendable (StoreWriter) throws(LetheError) -> Void) throws(LetheError) {
    defer { queue.wait(until: { $0.state == .closed }, then: { _ in }) }
    try perform(.closing, work)
  }

  private static var closedError: LetheError { LetheError(.io, "the store is closed; open it again") }

  /// The appends at the queue's head, or the one exclusive job there; nil when all is done and closed.
  private static func next(in queue: Monitor<Queue>) -> [Job]? {
    queue.wait(
      until: { !$0.jobs.isEmpty || $0.state != .open },
      then: { queue in
        guard !queue.jobs.isEmpty else { return nil }
        var taken = 0
        var requests = 0
        for job in queue.jobs {
          guard case .append(let more, _) = job, taken == 0 || requests + more.count <= groupLimit else { break }
          taken += 1
          requests += more.count
        }
        let jobs = Array(queue.jobs.prefix(max(taken, 1)))
        queue.jobs.removeFirst(jobs.count)
        return jobs
      })
  }

  private static func run(_ jobs: [Job], _ writer: StoreWriter) {
    var requests: [AppendRequest] = []
    var answers: [(count: Int, answer: Answer)] = []
    for job in jobs {
      switch job {
      case .exclusive(let work): writer.alone { work(writer) }
      case .append(let more, let answer):
        requests += more
        answers.append((more.count, answer))
      }
    }
    guard !requests.isEmpty else { return }
    writer.append(requests) { [answers] results in
      var rest = results[...]
      for (count, answer) in answers {
        answer(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
    }
  }
}
