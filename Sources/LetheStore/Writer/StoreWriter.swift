internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
package import LetheSystem
package import LetheVault

/// The one serial task that gives records to the log, but for the appends that the fast path takes; everything in it runs
/// on the store's writer thread.
package final class StoreWriter: @unchecked Sendable {
  // Sendable: it is used by the writer thread alone, and by the opener before that thread starts.
  let parts: StoreParts
  let records: RecordReader
  let signer: CheckpointSigner
  let crew: SealingCrew
  let committer: GroupCommitter
  /// Facts that were made durable by `record`, over all work.
  private(set) var recordedCount = 0

  /// - Parameter signedSize: records that `Keys/checkpoint` covers; nil if there is none.
  init(parts: StoreParts, records: RecordReader, signedSize: UInt64?) throws(LetheError) {
    self.parts = parts
    self.records = records
    crew = try SealingCrew(storeID: parts.storeID)
    signer = CheckpointSigner(parts, signedSize: signedSize)
    committer = try GroupCommitter(parts.log, signer)
  }

  // MARK: Appends

  typealias Results = [Result<AppendReceipt, LetheError>]

  /// Plans and seals requests; once they are durable each is answered by itself, from this thread or the
  /// committer's.
  func append(_ requests: [AppendRequest], _ answer: @escaping @Sendable (Results) -> Void) {
    do throws(LetheError) {
      try demandRunning()
      committer.waitForRoom()
      letGo()
      // What is planned next must stand behind the last checkpoint, to which `makeRoom` sees.
      signer.hold()
      defer { signer.release() }
      try makeRoom(for: requests)
      if parts.directory.isFull { try alone { () throws(LetheError) in try flushDirectory(.ifFull) } }
      try give(
        .appends,
        { (group, state) throws(LetheError) in
          var planner = AppendPlanner(parts: parts, reader: records, crew: crew, group: group)
          let results = try planner.plan(requests, &state)
          group = planner.group
          // In the same breath as they get their positions: whatever comes next stands behind them.
          state.queued.remove(requests)
          return results
        },
        answer: { results in
          { failure in answer(failure.map { failure in results.map { _ in .failure(failure) } } ?? results) }
        })
    } catch {
      parts.state.write { $0.queued.remove(requests) }
      answer(requests.map { _ in .failure(error) })
    }
  }

  private enum Content { case appends, facts }

  /// Plans records, seals them, and makes them durable or has the committer do so.
  ///
  /// - Throws: what failed before anything was written. From then on the writer is stopped.
  @discardableResult
  private func give<Outcome>(
    _ content: Content, _ plan: (inout GroupPlan, inout StoreState) throws(LetheError) -> Outcome,
    answer: (Outcome) -> GroupCommitter.Answer?
  ) throws(LetheError) -> (outcome: Outcome, place: GroupCommitter.Place) {
    let planned: (outcome: Outcome, records: PlannedRecords, place: GroupCommitter.Place)
    do throws(LetheError) {
      planned = try parts.state.write { (state: inout StoreState) throws(LetheError) in
        var group = state.nextGroup(in: parts.world)
        let outcome = try plan(&group, &state)
        return (outcome, group.records, committer.reserve(content == .appends ? group.recordedAt : nil))
      }
    } catch {
      committer.stop(error)
      throw error
    }
    let (sealed, answer) = (crew.seal(planned.records), answer(planned.outcome))
    if committer.commitAlone(planned.place, sealed) {
      answer?(committer.failure(of: planned.place))
    } else {
      committer.fulfil(planned.place, sealed, answer)
    }
    return (planned.outcome, planned.place)
  }

  /// Lets go of what is held of events that are durable by now, and of what was learned, where that is much.
  private func letGo() {
    parts.state.write { $0.inFlight.removeDurable(before: parts.log.count) }
    guard parts.state.read({ $0.isLarge }) else { return }
    // Only what is durable is found again in the log.
    alone { parts.state.write { $0.trim() } }
  }

  // MARK: Alone

  /// Does work while nothing is planned beside it, nothing is signed but by it, and all that was planned is durable; or
  /// the store is stopped, which whatever is recorded then is told.
  func alone<Outcome, Failure: Error>(_ work: () throws(Failure) -> Outcome) throws(Failure) -> Outcome {
    shut()
    defer { open() }
    do throws(LetheError) { try committer.finish() } catch {}
    // What was given keys or has its text there is in the log now.
    parts.state.write { $0.inFlight.removeAll() }
    return try work()
  }

  /// Lets appends take the fast path, and the committer sign. A writer begins shut.
  func open() {
    signer.release()
    parts.state.write { $0.fastPathClosures -= 1 }
    // What was recorded meanwhile, and what the committer could not sign.
    if signer.signsWhenIdle, signer.isToSign, committer.failure == nil { committer.signWhenIdle() }
  }

  private func shut() {
    parts.state.write { $0.fastPathClosures += 1 }
    signer.hold()
  }

  /// Once a group failed, what the index holds beyond the log never happened, so nothing may be built on it: least of all
  /// a vault commit for a `ForgetStarted` that is not in the log.
  func demandRunning() throws(LetheError) {
    guard let failure = committer.failure else { return }
    throw LetheError(
      .io, "the store stopped after an error and takes nothing more; mend its cause and start again",
      cause: failure.cause)
  }

  /// The time by the store's clock.
  package var now: Timestamp { parts.world.clock.now() }

  // MARK: Facts

  /// A system fact and what is sealed with it.
  package struct FactDraft {
    package enum Sealing: Sendable {
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

  /// Writes facts as one batch of its own; durable at return. Returns the first one's position.
  ///
  /// - Throws: what failed, `undecided` if that was the write itself. From then on the writer is stopped.
  @discardableResult
  package func record(_ drafts: [FactDraft]) throws(LetheError) -> UInt64 {
    try demandRunning()
    let (first, place) = try give(
      .facts,
      { (group, state) throws(LetheError) in
        try group.beginHour(&state.index)
        if drafts.contains(where: \.fact.endsHotStreams) { state.hot.removeAll() }
        let first = state.index.count
        for (number, draft) in drafts.enumerated() {
          let part = try part(for: draft, group.recordedAt, state)
          try group.add(draft.fact, sealed: part, isLastOfBatch: number == drafts.count - 1, to: &state.index)
        }
        return first
      }, answer: { _ in nil })
    try committer.finish(place)
    recordedCount += drafts.count
    return first
  }

  private func part(
    for draft: FactDraft, _ time: Timestamp, _ state: borrowing StoreState
  ) throws(LetheError) -> RecordPlan.Part? {
    let kid: KeyID
    let texts: [String]
    switch draft.sealing {
    case .store(let given): (kid, texts) = (.facts, given)
    case .subject(let subject, let given): (kid, texts) = (subject.kid(slot: 0), given)
    }
    return RecordPlan.Part(
      kid: kid, key: try records.livingKey(kid, state),
      content: FactDetail(recordedAt: time, texts: texts).encoded())
  }

  /// Signs the log as it is; never one of which a write failed, since its end is not known.
  ///
  /// - Throws: `io` if the writer is stopped; what signing throws.
  func sign() throws(LetheError) {
    try demandRunning()
    try signer.sign()
  }

  /// Signs if that is due; else the committer does when nothing has come for a second, and closing does in any case.
  func signIfDue() throws(LetheError) {
    if !signer.signsWhenIdle || signer.isDue(at: now) { try sign() }
  }

  // MARK: Closing

  /// The writer's part of closing: the directory is sealed and the log signed, so that the next start finds it whole. A
  /// writer that stopped leaves both as after a crash, since it does not know what its last group left on disk.
  func close() throws(LetheError) {
    // For good.
    shut()
    guard committer.failure == nil else { return }
    try flushDirectory(.always)
    try sign()
    try parts.log.finish()
  }
}
