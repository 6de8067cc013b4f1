internal import LetheCrypto
package import LetheSystem
internal import Synchronization

/// Who may commit.
struct CommitControl: Sendable {
  /// The newest commit's number; an older one may not go on.
  var newest = 0
  var condition = Condition.ready
  /// Rows in the page store to which the current root does not lead; nil until somebody looked what is there.
  var unreachable: Set<PageRow.Key>?

  enum Condition: Sendable {
    case ready
    /// A root is staged besides the current one; only the commit that staged it may go on.
    case staged
    /// Staging or verifying a root failed: the log has nothing of it.
    case stagingFailed
    /// A later step failed, or what was written to the pages could not be synced.
    case failed
  }
}

extension Vault {
  /// Drafts the next epoch in memory. Nothing is written, and the commit may be dropped; a later `begin` supersedes it.
  ///
  /// - Throws: `refused` for what may not be destroyed or is gone already; `missing-key` if a page that is needed is
  ///   missing; `io` if an earlier commit was left after its root was staged or its pages were not synced: open the vault
  ///   again.
  package func begin(_ request: CommitRequest) throws(LetheError) -> VaultCommit {
    try control.withLock { (control) throws(LetheError) in
      guard control.condition == .ready else { throw .commitLeftOpen }
      let draft = try current.read { (state) throws(LetheError) in
        var builder = VaultDraftBuilder(state, random: random)
        try builder.addBlocks(request.newSubjectBlocks, to: .subjects)
        try builder.dropShards(request.droppedShards)
        try builder.turnShards(request.touchedShards)
        try builder.destroy(request.punctures)
        try builder.fence(request.fence)
        let cells = request.cells ?? cells
        try cells.check()
        return try builder.finish(for: cells)
      }
      control.newest += 1
      return VaultCommit(draft, number: control.newest, isFounding: false)
    }
  }

  /// Performs the vault's own actions; blocks. An action of the store's is no error and does nothing.
  ///
  /// - Throws: `refused` if the commit was superseded or the action is not its next; else what went wrong. Up to
  ///   `.writePages` and `.ship` the current epoch stays in use and may be committed on; from `.stage` on the vault
  ///   takes no further commit until it is opened again, and likewise once a sync of its own pages failed: they may be in
  ///   memory alone though they read back, and no later sync would tell.
  package func perform(_ action: CommitAction, of commit: VaultCommit) throws(LetheError) {
    guard action.performer == .vault else { return }
    try control.withLock { (control) throws(LetheError) in
      guard control.newest == commit.number else {
        throw LetheError(.refused, "a later vault commit has begun; drop this one")
      }
      guard [.ready, .staged].contains(control.condition) else { throw .commitLeftOpen }
      try commit.check(action.kind)
      if action.kind == .stage { try prepareCells(commit, &control) }
      do throws(LetheError) {
        if action.kind == .stage { control.condition = .staged }
        try perform(action.kind, commit, &control)
        if action.kind == .retire { control.condition = .ready }
        commit.markPerformed()
      } catch {
        let isUnsynced = action.kind.writesOwnPages && error.isFailedSync
        if control.condition == .staged {
          control.condition = [.stage, .verify].contains(action.kind) ? .stagingFailed : .failed
        } else if isUnsynced {
          control.condition = .failed
        }
        throw error
      }
    }
  }

  private func perform(
    _ kind: CommitAction.Kind, _ commit: VaultCommit, _ control: inout CommitControl
  ) throws(LetheError) {
    switch kind {
    case .writePages:
      let rows = commit.draft?.rows ?? []
      control.unreachable?.formUnion(rows.map(\.key))
      try pages.put(rows)
    case .ship: try ship(commit)
    case .stage: try stage(commit)
    case .verify: try verify(commit)
    case .retire: try retire(commit, &control)
    case .deleteUnreachable:
      let rows = if let known = control.unreachable { known } else { try pages.keys() }
      try pages.deleteRows(current.read { state in rows.filter { !state.leads(to: $0) } })
      control.unreachable = []
    case .evictKeys, .writeShards, .verifyShards, .recordEpoch, .recordDestroyed: break
    }
  }

  /// Before anything is staged: all roots but the current one are dead, and enough cells are there to go on. The cells
  /// are as they were if not, and the commit may be begun again.
  private func prepareCells(_ commit: VaultCommit, _ control: inout CommitControl) throws(LetheError) {
    guard let draft = commit.draft, current.read({ $0.pair.epoch }) > 0 else { return }
    do throws(LetheError) {
      let settlement = try settle()
      if let holdup = settlement.holdup { throw holdup }
    } catch {
      // One cell alone that fails is not asked again before a start.
      if cells.cells.count == 1 { control.condition = .failed }
      throw error
    }
    for (number, cell) in draft.cells.numbered where !cells.contains(cell) { try empty(cell, number) }
  }

  /// Makes sure that a cell that is to be added holds nothing.
  private func empty(_ cell: any RootCell, _ number: Int) throws(LetheError) {
    do throws(LetheError) {
      let labels = try cell.labels()
      guard labels.allSatisfy({ $0.storeID == storeID }) else { throw LetheError.cellOfAnotherStore }
      let pair = current.read { $0.pair }
      // What was left long ago, and was away then, is erased; a file that is a cell now must not be.
      if let label = labels.first(where: { $0.pair == pair }) { throw LetheError.cellIsCopy(of: label.index) }
      _ = try cell.retire(allBut: nil)
    } catch { throw .cellAway("cell \(number)", error) }
  }

  /// A change of cells needs all of the new ones; else as many as a commit takes.
  private func neededCount(_ draft: VaultDraft) -> Int {
    draft.cells.cells.elementsEqual(cells.cells, by: ===) ? draft.cells.committingCount : draft.cells.cells.count
  }

  private func stage(_ commit: VaultCommit) throws(LetheError) {
    guard let draft = commit.draft else { return }
    let pair = current.read { $0.pair }
    let present = cells
    var failures: [LetheError] = []
    for (number, cell) in draft.cells.numbered {
      do throws(LetheError) {
        try cell.stage(draft.shares[number - 1], besides: pair.epoch > 0 && present.contains(cell) ? pair : nil)
      } catch { failures.append(draft.cells.cells.count == 1 ? error : .cellAway("cell \(number)", error)) }
    }
    guard draft.cells.cells.count - failures.count >= neededCount(draft) else {
      throw failures.first ?? .cellKeepsOther
    }
  }

  /// Reads all back from the media and opens it with what was read.
  private func verify(_ commit: VaultCommit) throws(LetheError) {
    guard let draft = commit.draft else { return }
    try pages.dropCaches()
    var found: [RootShare] = []
    var failure: LetheError?
    for (number, cell) in draft.cells.numbered {
      let reading = CellReading(cell, number: number, of: draft.cells, storeID)
      let staged = draft.shares[number - 1]
      if let share = reading.shares.first(where: { $0.isReadBack(of: staged) }) {
        found.append(share)
      } else {
        failure = failure ?? reading.failure ?? .cellKeepsOther
      }
    }
    guard found.count >= neededCount(draft) else { throw failure ?? .cellKeepsOther }
    let root = try Root(
      combining: Array(found.prefix(draft.cells.threshold)), storeID: storeID, pair: draft.state.pair)
    let state = try VaultState.open(root, from: pages, .pagesOfItsEpoch, demanding: .pagesOfItsEpoch)
    guard state.page == draft.state.page else { throw .pageDamage }
  }

  /// The log has the new root: it is the current one, and all others go. After this the destroyed keys are nowhere,
  /// unless the commit is held up.
  private func retire(_ commit: VaultCommit, _ control: inout CommitControl) throws(LetheError) {
    if let draft = commit.draft {
      if !draft.cells.cells.elementsEqual(cells.cells, by: ===) {
        cellSets.withLock { $0 = CellSets(draft.cells, others: [$0.current] + $0.others) }
      }
      adopt(draft, &control)
    }
    commit.finishRetiring(try settle())
    SecretMemory.cleanseContexts()
  }

  /// The old state goes, with its keys, before the lock is given back.
  func adopt(_ draft: VaultDraft, _ control: inout CommitControl) {
    control.unreachable?.formUnion(current.read { $0.rows(replacedBy: draft.state) })
    current.write { $0 = draft.state }
  }

  /// Tells all cells again to destroy what is not the current root, for a case whose keys are gone while its record is
  /// not written.
  ///
  /// - Throws: `io`: also while a commit has a root staged, and if cells are away so that an old root may still open.
  package func retireOthers() throws(LetheError) -> [CellReport] {
    try control.withLock { (control) throws(LetheError) in
      guard control.condition == .ready else { throw .commitLeftOpen }
      let settlement = try settle()
      if let undead = settlement.undead { throw undead }
      return settlement.reports
    }
  }
}

extension LetheError {
  static var commitLeftOpen: LetheError {
    LetheError(.io, "an earlier vault commit was left half done; open the store again, which finishes it")
  }
}

extension CommitAction.Kind {
  /// Whether the action changes the vault's own pages.
  fileprivate var writesOwnPages: Bool { self == .writePages || self == .deleteUnreachable }
}
