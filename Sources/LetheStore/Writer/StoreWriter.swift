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

  /// How long appends may go on without a checkpoint that covers those before.
  static let checkpointMicroseconds: Int64 = 1_000_000

  /// - Parameter signedSize: records that `Keys/checkpoint` covers; nil if there is none.
  init(parts: StoreParts, records: RecordReader, signedSize: UInt64?) {
    self.parts = parts
    self.records = records
    self.signedSize = signedSize
    signedAt = parts.world.clock.now()
  }

  // MARK: Appends

  /// Plans, seals and writes the requests as one sync group; durable at return, each answered by itself.
  func append(_ requests: [AppendRequest]) -> [Result<AppendReceipt, LetheError>] {
    do throws(LetheError) {
      if let stopped { throw stopped }
      try makeRoom(for: requests)
      try flushDirectory(.ifFull)
      let results = try group { (group) throws(LetheError) in try plan(requests, &group) }
      signIfDue()
      return results
    } catch {
      return requests.map { _ in .failure(error) }
    }
  }

  private func plan(
    _ requests: [AppendRequest], _ group: inout GroupPlan
  ) throws(LetheError) -> [Result<AppendReceipt, LetheError>] {
    var planner = AppendPlanner(parts: parts, reader: records, group: group)
    defer { group = planner.group }
    return try parts.state.write { (state: inout StoreState) throws(LetheError) in
      var results: [Result<AppendReceipt, LetheError>] = []
      results.reserveCapacity(requests.count)
      state.slots.trim()
      state.tags.trim()
      for request in requests { results.append(try planner.plan(request, &state)) }
      return results
    }
  }

  /// Plans a group, seals it and writes it; durable at return.
  ///
  /// - Throws: what failed. From then on the writer is stopped.
  private func group<Outcome>(
    _ plan: (inout GroupPlan) throws(LetheError) -> Outcome
  ) throws(LetheError) -> Outcome {
    if let stopped { throw stopped }
    newest = max(newest, parts.world.clock.now())
    var group = GroupPlan(recordedAt: newest, random: parts.world.random)
    do {
      let outcome = try plan(&group)
      try write(group)
      return outcome
    } catch {
      stopped = LetheError(
        .io, "the store stopped after an error and takes nothing more; mend its cause and start again",
        cause: error.cause)
      throw error
    }
  }

  /// Once a group failed, what the index holds beyond the log never happened, so nothing may be built on it: least of all
  /// a vault commit for a `ForgetStarted` that is not in the log.
  func demandRunning() throws(LetheError) {
    if let stopped { throw stopped }
  }

  private func write(_ group: GroupPlan) throws(LetheError) {
    guard !group.records.isEmpty else { return }
    var records: [Record] = []
    records.reserveCapacity(group.records.count)
    for plan in group.records { records.append(try plan.sealed(storeID: parts.storeID)) }
    _ = try parts.log.append(records)
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

  /// Signs the log as it is and publishes that: first in Keys/, then in Log/.
  func signCheckpoint() throws(LetheError) {
    let size = parts.log.count
    let checkpoint = try Checkpoint(
      origin: parts.identity.origin, size: size, rootHash: parts.log.rootHash(size: size))
    // Before the files are touched: a publishing that fails may have replaced one of them.
    signedSize = size
    try CheckpointFiles.publish(checkpoint, parts.signingKey, parts.home, parts.world)
  }

  /// The writer's part of closing: the directory is sealed and the log signed, so that the next start finds it whole. A
  /// writer that stopped leaves both as after a crash, since it does not know what its last group left on disk.
  func close() throws(LetheError) {
    guard stopped == nil else { return }
    try flushDirectory(.always)
    try signCheckpoint()
  }
}
