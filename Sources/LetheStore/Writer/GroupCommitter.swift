internal import LetheLog
internal import LetheSystem

/// Makes sync groups durable one after the other on a thread of its own, so that the next group is planned and sealed
/// while the disk works on the one before.
///
/// Once a group failed, all that come behind it fail: they stand on records that may not be there.
final class GroupCommitter: Sendable {
  /// What is told when a group is durable, or is not.
  typealias Answer = @Sendable (LetheError?) -> Void

  private struct Group {
    let records: [PreparedRecord]
    let answer: Answer
  }

  private struct Queue {
    var groups: [Group] = []
    var isBusy = false
    var isClosed = false
    var failure: LetheError?
  }

  /// Groups that wait at most; then planning waits.
  private static let limit = 2

  private let log: FileLog
  private let queue = Monitor(Queue())

  init(_ log: FileLog) throws(LetheError) {
    self.log = log
    let queue = queue
    try WorkerThread.start {
      while true {
        let next = queue.wait(until: { !$0.groups.isEmpty || $0.isClosed }) { queue -> (Group, LetheError?)? in
          guard !queue.groups.isEmpty else { return nil }
          queue.isBusy = true
          return (queue.groups.removeFirst(), queue.failure)
        }
        guard let (group, earlier) = next else { return }
        let failure = earlier ?? Self.append(group.records, to: log)
        // Before the answer: who has it may ask for the next thing at once.
        queue.withLock { queue in
          queue.isBusy = false
          queue.failure = failure
        }
        group.answer(failure)
      }
    }
  }

  deinit { queue.withLock { $0.isClosed = true } }

  private static func append(_ records: [PreparedRecord], to log: FileLog) -> LetheError? {
    do throws(LetheError) {
      _ = try log.append(records)
      return nil
    } catch { return error }
  }

  /// Why nothing is written any more.
  var failure: LetheError? { queue.withLock { $0.failure } }

  /// Whether nothing waits to be made durable.
  var isIdle: Bool { queue.withLock { $0.groups.isEmpty && !$0.isBusy } }

  /// Hands a group over; waits while too many are before it. The answer comes from the committer's thread.
  func give(_ records: [PreparedRecord], _ answer: @escaping Answer) {
    let group = Group(records: records, answer: answer)
    queue.wait(until: { $0.groups.count < Self.limit }, then: { $0.groups.append(group) })
  }

  /// Makes a group durable on the caller's thread, after all that were given.
  ///
  /// - Throws: what failed, now or before.
  func commit(_ records: [PreparedRecord]) throws(LetheError) {
    try finish()
    if let failure = Self.append(records, to: log) {
      queue.withLock { $0.failure = failure }
      throw failure
    }
  }

  /// Waits until all that was given is durable.
  ///
  /// - Throws: why it is not.
  func finish() throws(LetheError) {
    let failure = queue.wait(until: { $0.groups.isEmpty && !$0.isBusy }, then: { $0.failure })
    if let failure { throw failure }
  }
}
