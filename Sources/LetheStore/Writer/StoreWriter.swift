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
  private var stopped: LetheError?
  /// Records that `Keys/checkpoint` covers. While that is all of the log, a group that is lost in a crash leaves nothing
  /// by which the next start could know of it.
  private var signedSize: UInt64?

  /// When a checkpoint was last signed or tried to be.
  private var signedAt: Timestamp

  /// How long appends may go on without a checkpoint that covers those before.
  static let checkpointMicroseconds: Int64 = 1_000_000
  /// Blocks for subjects that are made by one allocation.
  static let spareBlocks = 64
  /// Spares below which the next allocation is made.
  static let fewSpares: UInt64 = 16

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

  // MARK: Blocks

  /// Makes room for the new subjects of requests. If no block can be had, their appends are refused and all others go on.
  private func makeRoom(for requests: [AppendRequest]) throws(LetheError) {
    let most = requests.reduce(0) { $0 + $1.events.count }
    guard needsRoom(forSubjects: most) else { return }
    let count = try newSubjects(in: requests)
    guard count > 0, needsRoom(forSubjects: count) else { return }
    do throws(LetheError) { try makeRoom(forSubjects: count) } catch { if let stopped { throw stopped } }
  }

  /// Subjects that neither the directory knows nor the fence refuses.
  private func newSubjects(in requests: [AppendRequest]) throws(LetheError) -> Int {
    var ids: [Digest: String] = [:]
    for request in requests {
      for event in request.events { if let id = event.subject { ids[parts.lookups.subject(id)] = id } }
    }
    var count = 0
    for (value, id) in ids where try parts.directory.subject(value) == nil {
      if try parts.vault.fenceEntry(parts.lookups.fencedSubject(id)) == nil { count += 1 }
    }
    return count
  }

  private func needsRoom(forSubjects count: Int) -> Bool {
    isAllSigned || parts.state.read { state in state.index.blocks.left } < UInt64(count)
  }

  private var isAllSigned: Bool { signedSize == parts.log.count }

  /// Makes sure that so many new subjects can be given an index from blocks that are opened durably, and that the log
  /// has a record behind the last checkpoint: without one a start after a crash would take the log to be whole, and give
  /// the numbers of a lost group again.
  package func makeRoom(forSubjects count: Int) throws(LetheError) {
    let (left, unfinished, next) = parts.state.read { state in
      (state.index.blocks.left, state.index.blocks.unfinished, state.index.blocks.nextUnopened)
    }
    var failure: LetheError?
    var opened: [UInt64] = []
    if left < UInt64(count) {
      let missing = (UInt64(count) - left + BlockLedger.capacity - 1) / BlockLedger.capacity
      do throws(LetheError) { _ = try allocateSpares(beyond: next + missing) } catch { failure = error }
      opened = Array(next..<max(next, min(next + missing, allocatedBlocks)))
    }
    if !opened.isEmpty || (isAllSigned && !unfinished.isEmpty) {
      try record([FactDraft(.blocksOpened(plane: .subjects, blocks: unfinished + opened), .nothing)])
    }
    if let failure { throw failure }
  }

  /// Which blocks a start leaves behind, so that no index of a lost tail is given again.
  enum Abandonment {
    /// The log is whole.
    case none
    /// Its last group may be lost.
    case blocksInUse
    /// It may lack any number of records, which can have opened any block that there is.
    case allAllocated
  }

  /// Leaves blocks for the next spare.
  func abandonBlocks(_ abandonment: Abandonment) throws(LetheError) {
    var next = parts.state.read { state in state.index.blocks.nextUnopened }
    switch abandonment {
    case .none: return
    case .blocksInUse: break
    case .allAllocated:
      guard next < allocatedBlocks else { break }
      // To name the last one and then none leaves all of them, with no commit.
      next = allocatedBlocks
      try record(
        [[next - 1], []].map { FactDraft(.blocksOpened(plane: .subjects, blocks: $0), .nothing) })
    }
    try allocateSpares(beyond: next + 1)
    let spare = next < allocatedBlocks ? [next] : []
    try record([FactDraft(.blocksOpened(plane: .subjects, blocks: spare), .nothing)])
  }

  /// Allocates blocks if few spares would be left beyond a block number.
  private func allocateSpares(beyond number: UInt64) throws(LetheError) {
    let count = allocatedBlocks
    guard count < number + Self.fewSpares else { return }
    let wanted = max(Self.spareBlocks, Int(number + Self.fewSpares - count))
    do throws(LetheError) {
      try settleBrokenChange()
      try carryOut(parts.vault.begin(CommitRequest(newSubjectBlocks: wanted)))
    } catch {
      // While a replica or too many cells are away nothing is allocated: the spares that are left serve, then new subjects are refused.
      guard parts.vault.holdup != nil else { throw error }
    }
  }

  /// Blocks that the vault has; they are numbered from 0.
  private var allocatedBlocks: UInt64 { UInt64(parts.vault.blocks(of: .subjects).count) }

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

  // MARK: Directory

  enum FlushTime { case ifFull, always }

  /// Puts what the directory noted into its shards. Shards that grew too large are cut by a vault commit; while a
  /// replica or too many cells are away they stay as they are.
  private func flushDirectory(_ time: FlushTime) throws(LetheError) {
    guard time == .always || parts.directory.isFull else { return }
    try parts.directory.flush(upTo: { parts.log.count }, reshape: reshape)
  }

  private func reshape(_ change: ShardLayout.Change) throws(LetheError) -> Directory.Reshaping {
    do throws(LetheError) {
      try settleBrokenChange()
      let request = CommitRequest(
        touchedShards: Array(change.contents.keys), droppedShards: Array(change.dropped))
      try carryOut(parts.vault.begin(request), turning: ShardTurn(change: change, removed: []))
      return .done
    } catch {
      guard parts.vault.holdup != nil else { throw error }
      return .notNow
    }
  }
}
