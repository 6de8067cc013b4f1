package import LetheCrypto
internal import LetheLog
internal import LethePolicies
package import LetheSystem
package import LetheVault

/// What a forget would reach, in counts.
package struct Extent: Sendable, Equatable {
  /// The nodes whose keys would go.
  package let nodes: [KeyNode]
  /// Events with a part under them.
  package let events: Int
  /// Streams that the subject owns.
  package let streams: Int
  package let categories: [String]
  /// SHA-256 over the nodes' and the events' numbers: what an approval is bound to.
  package let digest: Digest

  static func digest(_ nodes: [KeyNode], _ events: [UInt64]) -> Digest {
    var writer = ByteWriter()
    for node in nodes { writer.put(node.encoded) }
    for position in events { writer.put(position) }
    return SHA256.hash(writer.bytes)
  }
}

extension StoreWriter {
  /// The subject with this id.
  ///
  /// - Throws: `shredded`, `restricted`, or `refused` if nobody is known under it.
  package func subject(_ id: String) throws(LetheError) -> SubjectIndex {
    if let subject = try parts.directory.subject(parts.lookups.subject(id)) {
      let pending = parts.state.read { $0.index.pendingForget(of: subject.kid(slot: 0)) }
      if pending != nil { throw Self.forgottenAlready }
      return subject
    }
    switch try fencing(ofSubject: id) {
    case .none: throw LetheError(.refused, "there is no such subject; check the id")
    case .departing: throw Self.forgottenAlready
    case .forgotten: throw LetheError(.shredded, "the subject was forgotten before; nothing is left to forget")
    }
  }

  private static var forgottenAlready: LetheError {
    LetheError(.restricted, "the subject is being forgotten already; wait for its case")
  }

  private func fencing(ofSubject id: String) throws(LetheError) -> Fencing {
    try parts.fencing(of: parts.lookups.fencedSubject(id), parts.state.read { $0.index.forgets })
  }

  /// A case id that nobody had before.
  package func newCaseID() throws(LetheError) -> CaseID { try CaseID.random(from: parts.world.random) }

  /// What forgetting a subject reaches.
  ///
  /// - Throws: what opening the facts about the subject throws.
  package func extent(of subject: SubjectIndex) throws(LetheError) -> Extent {
    try parts.state.read { (state: borrowing StoreState) throws(LetheError) in
      let events = try state.index.events(of: subject)
      return Extent(
        nodes: [subject.node], events: events.count, streams: try state.index.streams(of: subject).count,
        categories: try records.slots(of: subject, state).map(\.category), digest: Extent.digest([subject.node], events)
      )
    }
  }

  /// The number that stands for a staff id in the clear; a new id gets the next one, recorded.
  package func staffNumber(_ id: String) throws(LetheError) -> UInt32 {
    let known = try parts.state.read { (state: borrowing StoreState) throws(LetheError) in
      for (number, position) in state.index.staff {
        let text = try records.detail(of: parts.log.record(at: position), at: position, state)?.texts.first
        if let text, text.utf8.elementsEqual(id.utf8) { return (number: number as UInt32?, next: 0 as UInt32) }
      }
      return (number: nil, next: UInt32(state.index.staff.count) + 1)
    }
    if let number = known.number { return number }
    let next = known.next
    try record([FactDraft(.staffNamed(next), .store([id]))])
    return next
  }

  /// Carries out an approved case, F1 to F9; at return the keys are gone for ever and the log says so.
  ///
  /// - Parameter approval: position of the case's approval.
  /// - Throws: `refused` if the approval does not stand or covers something else. Any other error leaves the subject
  ///   restricted from F1 on, and the next start finishes the case.
  package func forget(
    _ caseID: CaseID, approval: UInt64, subject: SubjectIndex
  ) throws(LetheError) -> (from: UInt64, to: UInt64) {
    // It could not be carried out.
    try parts.directory.demandWritable()
    let extent = try extent(of: subject)
    try observe(.tombstone, .before)
    try checkApproval(of: caseID, at: approval, extent)
    let start = ForgetStart(caseID: caseID, approval: approval, extent: extent.digest, nodes: extent.nodes)
    let epoch = parts.vault.epoch
    // The point of no return: what fails from here on does not undo it.
    try record([FactDraft(.forgetStarted(start))])
    try tellingWhatIsKept(of: [caseID]) { () throws(LetheError) in
      try observe(.tombstone, .after)
      try carryOut(start)
      try signIfDue()
    }
    return (epoch, parts.vault.epoch)
  }

  /// Marks an error with how far these begun forgets have come.
  private func tellingWhatIsKept(
    of cases: [CaseID], _ work: () throws(LetheError) -> Void
  ) throws(LetheError) {
    do throws(LetheError) { try work() } catch {
      let isDone = parts.state.read { state in cases.allSatisfy { state.index.forgets.cases[$0]?.isOpen == false } }
      throw error.keeping(isDone ? .forget : .forgetBegun)
    }
  }

  private func checkApproval(of caseID: CaseID, at approval: UInt64, _ extent: Extent) throws(LetheError) {
    let stands = parts.state.read { state in
      guard let entry = state.index.forgets.cases[caseID], entry.start == nil, let last = entry.steps.last else {
        return false
      }
      return last.step.state == .approved && last.position == approval && last.step.extent == extent.digest
    }
    guard stands else {
      throw LetheError(.refused, "the case is not approved for what it would reach now; assess and approve it again")
    }
  }

  /// Holds a forget that the log has started against its approval, as both stood when it started. What the writer checked
  /// then is checked again before keys are destroyed, and nothing that came since.
  ///
  /// - Throws: `damage` if the approval does not stand: the store wrote no such beginning.
  private func checkApproval(of start: ForgetStart) throws(LetheError) {
    // What a restore recovered is destroyed already, and has no approval.
    guard start.provenance == .original else { return }
    let stands = try parts.state.read { (state: borrowing StoreState) throws(LetheError) in
      guard let entry = state.index.forgets.cases[start.caseID], let begun = entry.start,
        let last = entry.steps.last(where: { $0.position < begun.position }), last.step.state == .approved,
        last.position == start.approval, last.step.extent == start.extent
      else { return false }
      var events: [UInt64] = []
      for subject in start.subjects { events += try state.index.events(of: subject).filter { $0 < begun.position } }
      return Extent.digest(start.nodes, events) == start.extent
    }
    guard stands else {
      throw LetheError(
        .damage,
        "the log begins a forget that was not approved as it says, so nothing was destroyed; put back a copy of Log/")
    }
  }

  /// F2 to F9 of a forget that the log has started.
  func carryOut(_ start: ForgetStart) throws(LetheError) {
    try settleBrokenChange()
    var fence: [FenceEntry] = []
    var values: Set<Digest> = []
    for subject in start.subjects {
      let names = try names(of: subject)
      values.formUnion(names.ids.map { parts.lookups.subject($0) } + names.streams.map { parts.lookups.stream($0) })
      if parts.policies.rememberForgotten { fence += fenceEntries(of: names) }
    }
    let turn = ShardTurn(change: try parts.directory.change(removing: values), removed: values)
    let request = CommitRequest(
      punctures: start.nodes.map { Puncture($0, cause: .forgetCase(start.caseID)) }, fence: fence,
      touchedShards: Array(turn.change.contents.keys), droppedShards: Array(turn.change.dropped))
    try carryOut(parts.vault.begin(request), turning: turn)
  }

  /// What a subject is known by.
  private struct Names {
    /// Id and aliases.
    var ids: [String] = []
    /// Names of owned streams.
    var streams: [String] = []
  }

  /// Ids, aliases and names of owned streams, read from the log while they still open.
  private func names(of subject: SubjectIndex) throws(LetheError) -> Names {
    try parts.state.read { (state: borrowing StoreState) throws(LetheError) in
      guard let entry = try state.index.subject(subject),
        let ids = try records.identityDetail(at: entry.registration.position, state)?.texts
      else { return Names() }
      var names = Names(ids: ids)
      for stream in entry.streams {
        guard let created = try state.index.stream(stream)?.created,
          let name = try records.identityDetail(at: created, state)?.texts.first
        else { continue }
        names.streams.append(name)
      }
      return names
    }
  }

  private func fenceEntries(of names: Names) -> [FenceEntry] {
    names.ids.map { FenceEntry(value: parts.lookups.fencedSubject($0), owners: []) }
      + names.streams.map { name in
        let owners = names.ids.map { parts.lookups.fencedOwner(of: name, id: $0) }
        return FenceEntry(value: parts.lookups.fencedName(name), owners: owners.sorted())
      }
  }

  /// What a start had to finish.
  enum Recovered { case nothing, forgets }

  /// Finishes what was under way when the store last stopped: the vault's commit, then every open forget. Forgets wait on
  /// if a replica or too many cells are away. Their checkpoint is left to the caller.
  ///
  /// - Parameter next: places of a change of cells that the log does not have.
  func recover(_ recovery: VaultCommit, _ next: Places?) throws(LetheError) -> Recovered {
    let open = parts.state.read { $0.index.forgets.open }
    do throws(LetheError) { try carryOut(recovery, changing: recovery.cells == .next ? next : nil) } catch {
      guard recovery.holdup != nil else { throw error }
    }
    try parts.vault.catchUpReplicas()
    shipPlaces()
    try finishForgetsUnlessAway()
    return open.isEmpty ? .nothing : .forgets
  }

  /// Finishes what can be; forgets that wait for a replica or a cell wait on.
  func finishForgetsUnlessAway() throws(LetheError) {
    do throws(LetheError) { try finishOpenForgets() } catch {
      guard parts.vault.holdup != nil else { throw error }
    }
  }

  /// Carries out every forget that was begun and not finished.
  ///
  /// - Throws: `io` naming the replica or cell that is away: what needs a vault commit waits on, its subjects restricted; what
  ///   else a step throws.
  func finishOpenForgets() throws(LetheError) {
    try demandRunning()
    var waiting: LetheError?
    for start in parts.state.read({ $0.index.forgets.open }) {
      switch parts.vault.coverage(ofAll: start.nodes) {
      case .living:
        try checkApproval(of: start)
        if let holdup = parts.vault.holdup { waiting = holdup } else { try carryOut(start) }
      case .gone:
        do throws(LetheError) { try finish(start, parts.vault.epoch, parts.vault.retireOthers()) } catch {
          guard let holdup = parts.vault.holdup else { throw error }
          waiting = holdup
        }
      case .pageMissing:
        throw LetheError(
          .missingKey,
          "a key page of a subject who is being forgotten is missing; put the pages back with `lethe restore` from a replica"
        )
      }
    }
    if let waiting { throw waiting }
  }

  /// Tries again to finish the forget of a subject who is being forgotten already; nil if that is not so, or not to be
  /// known any more.
  ///
  /// - Throws: `io` naming the replica or cell that is still away.
  package func resumeForget(
    ofSubject id: String
  ) throws(LetheError) -> (caseID: CaseID, from: UInt64, to: UInt64, events: Int)? {
    guard let subject = try parts.directory.subject(parts.lookups.subject(id)),
      let caseID = parts.state.read({ $0.index.pendingForget(of: subject.kid(slot: 0)) })
    else {
      if try fencing(ofSubject: id) == .departing { try finishWaitingForgets() }
      return nil
    }
    let events = try extent(of: subject).events
    let epoch = parts.vault.epoch
    try tellingWhatIsKept(of: [caseID]) { () throws(LetheError) in try finishWaitingForgets() }
    return (caseID, epoch, parts.vault.epoch, events)
  }

  private func finishWaitingForgets() throws(LetheError) {
    try parts.vault.catchUpReplicas()
    try parts.vault.settleCells()
    try tidyPlaces()
    try finishOpenForgets()
    try sign()
  }
}
