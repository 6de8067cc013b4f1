internal import LethePolicies
internal import LetheSystem

/// The thread of the writer and the jobs that wait for it. Appends that arrive while a group is being synced share the
/// next one.
final class WriterThread: Sendable {
  typealias Answer = @Sendable ([Result<AppendReceipt, LetheError>]) -> Void

  private enum Job {
    case append([AppendRequest], Answer)
    case exclusive((StoreWriter) -> Void)
  }

  private struct Queue {
    var jobs: [Job] = []
    var state = State.open
    /// Appends among the jobs, and appends that were taken and are not answered yet.
    var waiting = 0
    var taken = 0
    /// Appends for which the writer's thread is to be woken.
    var wanted = 1
    /// How many appends are under way at once, as it seems.
    var crowd = 0

    enum State { case open, closing, closed }

    /// Whether what waits is worth taking.
    var isWorthTaking: Bool { waiting >= wanted || waiting < jobs.count || state != .open }
  }

  /// Requests that one sync group takes at most; a longer queue makes several groups.
  private static let groupLimit = 4096

  /// Where so many append at once, groups are half of them: one half is synced while the other is planned.
  private static let crowdSize = 8
  /// How long those who were just answered may take to come again before a smaller group is made.
  private static let graceMicroseconds = 60
  /// How long nothing may come before what is not signed yet is.
  private static let idleMicroseconds = 1_000_000

  private let queue = Monitor(Queue())

  /// Starts the thread, which ends after `close`.
  init(_ writer: StoreWriter) throws(LetheError) {
    let queue = queue
    try WorkerThread.start {
      while true {
        if writer.isToSign {
          queue.wait(until: { !$0.jobs.isEmpty || $0.state != .open }, atMostMicroseconds: Self.idleMicroseconds)
          if queue.withLock({ $0.jobs.isEmpty && $0.state == .open }) { writer.signIdle() }
        }
        guard let (jobs, haste) = Self.next(in: queue) else { break }
        Self.run(jobs, haste, writer, queue)
      }
      queue.withLock { $0.state = .closed }
    }
  }

  /// Hands requests to the writer; the answer comes from the writer's thread, once they are durable.
  func append(
    _ requests: [AppendRequest], _ answer: @escaping Answer
  ) {
    let isTaken = queue.withLockWaking(if: \.isWorthTaking) { queue in
      guard queue.state == .open else { return false }
      queue.jobs.append(.append(requests, answer))
      queue.waiting += 1
      return true
    }
    if !isTaken { answer(requests.map { _ in .failure(Self.closedError) }) }
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
  private static func next(in queue: Monitor<Queue>) -> (jobs: [Job], haste: StoreWriter.Haste)? {
    let hasJob = { (queue: Queue) in !queue.jobs.isEmpty || queue.state != .open }
    let crowd = queue.wait(until: hasJob) { queue in
      queue.wanted = queue.crowd >= crowdSize ? queue.crowd / 2 : 1
      return queue.crowd
    }
    if crowd >= crowdSize { queue.wait(until: { $0.isWorthTaking }, atMostMicroseconds: graceMicroseconds) }
    return queue.withLock { queue in
      queue.wanted = 1
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
      queue.waiting -= taken
      queue.taken += taken
      queue.crowd = max(queue.taken + queue.waiting, queue.crowd * 7 / 8)
      return (jobs, queue.jobs.isEmpty && jobs.count == 1 ? .noneWait : .moreWait)
    }
  }

  private static func run(
    _ jobs: [Job], _ haste: StoreWriter.Haste, _ writer: StoreWriter, _ queue: Monitor<Queue>
  ) {
    var requests: [AppendRequest] = []
    var answers: [(count: Int, answer: Answer)] = []
    for job in jobs {
      switch job {
      case .exclusive(let work):
        // Between two groups, as far as the log is concerned too. A failure stops the writer, which the work is told.
        do throws(LetheError) { try writer.settle() } catch {}
        work(writer)
      case .append(let more, let answer):
        requests += more
        answers.append((more.count, answer))
      }
    }
    guard !requests.isEmpty else { return }
    writer.append(requests, haste) { [answers] results in
      queue.withLock { $0.taken -= answers.count }
      var rest = results[...]
      for (count, answer) in answers {
        answer(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
    }
  }
}
