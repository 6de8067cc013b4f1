internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
package import LetheSystem
package import LetheVault

/// The one serial task that gives records to the log; everything in it runs on the store's writer thread.
package final class StoreWriter: @unchecked Sendable {
  // Sendable: it is used by the writer thread alone, and by the opener before that thread starts.
  let parts: StoreParts
  let records: RecordReader
  /// The time of the newest group; within a run recorded times never go back.
  private var newest = Timestamp(microseconds: 0)
  /// Why nothing is written any more: once a group failed, the index is ahead of the log and only a start mends that.
  private(set) var stopped: LetheError?
  /// Records that `Keys/checkpoint` covers. While that is all of the log, a group that is lost in a crash leaves nothing
  /// by which the next start could know of it.
  private(set) var signedSize: UInt64?

  /// When a checkpoint was last signed or tried to be.
  private var signedAt: Timestamp

  private let crew: SealingCrew
  private let committer: GroupCommitter
  /// What was planned and may not be durable yet.
  private var inFlight = AppendPlanner.InFlight()

  /// How long appends may go on without a checkpoint that covers those before.
  static let checkpointMicroseconds: Int64 = 1_000_000

  /// - Parameter signedSize: records that `Keys/checkpoint` covers; nil if there is none.
  init(parts: StoreParts, records: RecordReader, signedSize: UInt64?) throws(LetheError) {
    self.parts = parts
    crew = try SealingCrew()
    committer = try GroupCommitter(parts.log)
    self.records = records
    self.signedSize = signedSize
    signedAt = parts.world.clock.now()
  }

  // MARK: Appends

  typealias Results = [Result<AppendReceipt, LetheError>]

  /// Whether more requests wait behind those of a group, or are likely to come soon because several came at once: then it
  /// is made durable beside the planning of the next.
  enum Haste { case moreWait, noneWait }

  /// Plans and seals the requests as one sync group, and has it made durable; then each is answered by itself, from this
  /// thread or the committer's.
  func append(_ requests: [AppendRequest], _ haste: Haste, _ answer: @escaping @Sendable (Results) -> Void) {
    do throws(LetheError) {
      try demandRunning()
      try letGo()
      let (planned, group) = try stopping { () throws(LetheError) in
        try plan { (planner, state) throws(LetheError) in try planner.planHot(requests, &state) }
      }
      guard planned.count < requests.count else { return try finish(planned, group, haste, answer) }
      // The others may need blocks, or that the directory is flushed, which is done between two groups.
      if !planned.isEmpty { try finish(planned, group, .moreWait) { _ in } }
      let rest = Array(requests[planned.count...])
      try makeRoom(for: rest)
      if parts.directory.isFull {
        try settle()
        try flushDirectory(.ifFull)
      }
      let (others, last) = try stopping { () throws(LetheError) in
        try plan { (planner, state) throws(LetheError) in try planner.plan(rest, &state) }
      }
      try finish(planned + others, last, haste, answer)
    } catch {
      answer(requests.map { _ in .failure(error) })
    }
  }

  /// Has a group made durable and answers.
  private func finish(
    _ results: Results, _ group: GroupPlan, _ haste: Haste, _ answer: @escaping @Sendable (Results) -> Void
  ) throws(LetheError) {
    let sealed = try stopping { () throws(LetheError) in try crew.seal(group.records, storeID: parts.storeID) }
    if haste == .noneWait || parts.world.logOptions.workshop != nil {
      try stopping { () throws(LetheError) in try committer.commit(sealed) }
      answer(results)
    } else {
      committer.give(sealed) { failure in
        answer(failure.map { failure in results.map { _ in .failure(failure) } } ?? results)
      }
    }
    signIfDue()
  }

  private func plan(
    _ body: (inout AppendPlanner, inout StoreState) throws(LetheError) -> Results
  ) throws(LetheError) -> (Results, GroupPlan) {
    var planner = AppendPlanner(parts: parts, reader: records, group: nextGroup(), inFlight: inFlight)
    inFlight = AppendPlanner.InFlight()
    defer { inFlight = planner.inFlight }
    let results = try parts.state.write { (state: inout StoreState) throws(LetheError) in
      try body(&planner, &state)
    }
    return (results, planner.group)
  }

  private func nextGroup() -> GroupPlan {
    newest = max(newest, parts.world.clock.now())
    return GroupPlan(recordedAt: newest, random: parts.world.random)
  }

  /// Lets go of what is held of events that are durable by now, and of what was learned, where that is much.
  private func letGo() throws(LetheError) {
    if committer.isIdle {
      inFlight.removeAll()
    } else if inFlight.isLarge {
      inFlight.removeDurable(before: parts.log.count)
    }
    guard parts.state.read({ $0.isLarge }) else { return }
    // Only what is durable is found again in the log.
    try settle()
    parts.state.write { $0.trim() }
  }

  /// Waits until all that was planned is durable.
  ///
  /// - Throws: why it is not; from then on the writer is stopped.
  func settle() throws(LetheError) {
    try stopping { () throws(LetheError) in try committer.finish() }
  }

  /// Does work whose failure stops the writer.
  private func stopping<Outcome>(_ work: () throws(LetheError) -> Outcome) throws(LetheError) -> Outcome {
    do throws(LetheError) { return try work() } catch {
      stop(error)
      throw error
    }
  }

  private func stop(_ error: LetheError) {
    stopped =
      stopped
      ?? LetheError(
        .io, "the store stopped after an error and takes nothing more; mend its cause and start again",
        cause: error.cause)
  }

  /// Plans a group, seals it and writes it; durable at return.
  ///
  /// - Throws: what failed. From then on the writer is stopped.
  private func group<Outcome>(
    _ plan: (inout GroupPlan) throws(LetheError) -> Outcome
  ) throws(LetheError) -> Outcome {
    try demandRunning()
    return try stopping { () throws(LetheError) in
      var group = nextGroup()
      let outcome = try plan(&group)
      try committer.commit(crew.seal(group.records, storeID: parts.storeID))
      return outcome
    }
  }

  /// Once a group failed, what the index holds beyond the log never happened, so nothing may be built on it: least of all
  /// a vault commit for a `ForgetStarted` that is not in the log.
  func demandRunning() throws(LetheError) {
    if let failure = committer.failure { stop(failure) }
    if let stopped { throw stopped }
  }

  /// The time by the store's clock.
  package var now: Timestamp { parts.world.clock.now() }

  // MARK: Facts

  /// A system fact and what is sealed with it.
  package struct FactDraft {
    package enum Sealing: Sendable {
      case nothing
      case store([String])
      case subject(SubjectIndex, [String])
    }

    let fact: Fact
    let sealing: Sealing

    package init(_ fact: Fact, _ sealing: Sealing = .store([])) {
      self.fact = fact
      self.sealing = sealing
    }
  }

  /// Writes facts as one batch in a sync group of its own; durable at return. Returns the first one's position.
  @discardableResult
  package func record(_ drafts: [FactDraft]) throws(LetheError) -> UInt64 {
    try group { (group) throws(LetheError) in
      try parts.state.write { (state: inout StoreState) throws(LetheError) in
        try group.beginHour(&state.index)
        state.hot.removeAll()
        let first = state.index.count
        for (number, draft) in drafts.enumerated() {
          let part = try part(for: draft, group.recordedAt, state)
          try group.add(draft.fact, sealed: part, isLastOfBatch: number == drafts.count - 1, to: &state.index)
        }
        return first
      }
    }
  }

  private func part(
    for draft: FactDraft, _ time: Timestamp, _ state: borrowing StoreState
  ) throws(LetheError) -> RecordPlan.Part? {
    let kid: KeyID
    let texts: [String]
    switch draft.sealing {
    case .nothing: return nil
    case .store(let given): (kid, texts) = (.facts, given)
    case .subject(let subject, let given): (kid, texts) = (subject.kid(slot: 0), given)
    }
    return RecordPlan.Part(
      kid: kid, key: try records.livingKey(kid, state),
      content: FactDetail(recordedAt: time, texts: texts).encoded())
  }

  // MARK: Checkpoints

  /// Signs about once a second while appends come in, so that a log that is rolled back is noticed although the store was
  /// never closed.
  private func signIfDue() {
    guard newest.microseconds - signedAt.microseconds >= Self.checkpointMicroseconds else { return }
    signedAt = newest
    do throws(LetheError) { try signCheckpoint() } catch {
      // What was appended is durable all the same; the next group tries again, and closing tells.
    }
  }

  /// Whether records are not signed yet, and what is idle is signed: not by a clock that a test moves by hand.
  var isToSign: Bool {
    parts.world.clock is SystemClock && stopped == nil && committer.failure == nil && signedSize != parts.log.count
  }

  /// Signs what the last appends left unsigned, once no more have come for a while.
  func signIdle() {
    do throws(LetheError) {
      try settle()
      try signCheckpoint()
    } catch {
      // As when more come: closing tells.
    }
  }

  /// Signs the log as it is and publishes that: first in Keys/, then in Log/.
  func signCheckpoint() throws(LetheError) {
    let size = parts.log.count
    try parts.log.publish(size: size)
    let checkpoint = try Checkpoint(
      origin: parts.identity.origin, size: size, rootHash: parts.log.rootHash(size: size))
    // Before the files are touched: a publishing that fails may have replaced one of them.
    signedSize = size
    try CheckpointFiles.publish(checkpoint, parts.signingKey, parts.home, parts.world)
  }

  /// The writer's part of closing: the directory is sealed and the log signed, so that the next start finds it whole. A
  /// writer that stopped leaves both as after a crash, since it does not know what its last group left on disk.
  func close() throws(LetheError) {
    guard stopped == nil, committer.failure == nil else { return }
    try flushDirectory(.always)
    try signCheckpoint()
    try parts.log.finish()
  }
}
