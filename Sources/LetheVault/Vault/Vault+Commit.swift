internal import LetheCrypto
package import LetheSystem
internal import Synchronization

/// Who may commit.
struct CommitControl: Sendable {
  /// The newest commit's number; an older one may not go on.
  var newest = 0
  var condition = Condition.ready

  enum Condition: Sendable {
    case ready
    /// A root is staged besides the current one; only the commit that staged it may go on.
    case staged
    /// A step failed after a root was staged, or what was written to the pages could not be synced.
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
        return try builder.finish()
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
      guard control.condition != .failed else { throw .commitLeftOpen }
      try commit.check(action.kind)
      do throws(LetheError) {
        if action.kind == .stage { control.condition = .staged }
        try perform(action.kind, commit)
        if action.kind == .retire { control.condition = .ready }
        commit.markPerformed()
      } catch {
        let isUnsynced = action.kind.writesOwnPages && error.isFailedSync
        if control.condition == .staged || isUnsynced { control.condition = .failed }
        throw error
      }
    }
  }

  private func perform(_ kind: CommitAction.Kind, _ commit: VaultCommit) throws(LetheError) {
    switch kind {
    case .writePages: try pages.put(commit.draft?.rows ?? [])
    case .ship: try ship(commit)
    case .stage: try stage(commit)
    case .verify: try verify(commit)
    case .retire: try retire(commit)
    case .deleteUnreachable: try pages.deleteRows(keeping: current.read { $0.reachableRows })
    case .evictKeys, .writeShards, .verifyShards, .recordEpoch, .recordDestroyed: break
    }
  }

  private func stage(_ commit: VaultCommit) throws(LetheError) {
    guard let draft = commit.draft else { return }
    let pair = current.read { $0.pair }
    for cell in cells { try cell.stage(draft.share, besides: pair.epoch == 0 ? nil : pair) }
  }

  /// Reads all back from the media and opens it with what was read.
  private func verify(_ commit: VaultCommit) throws(LetheError) {
    guard let draft = commit.draft else { return }
    try pages.reopenPastCaches()
    for cell in cells {
      guard let share = try cell.readAll().first(where: { $0.pair == draft.share.pair }) else {
        throw LetheError(.io, "a root cell does not give back what was staged in it; check the cell")
      }
      let found = try VaultState.open(share, from: pages, .pagesOfItsEpoch, demanding: .pagesOfItsEpoch)
      guard found.page == draft.state.page else { throw .pageDamage }
    }
  }

  /// After this the destroyed keys are nowhere.
  private func retire(_ commit: VaultCommit) throws(LetheError) {
    let kept = commit.draft?.state.pair ?? current.read { $0.pair }
    var answers: [CellAnswer] = []
    for cell in cells { answers.append(try cell.retire(allBut: kept)) }
    if let draft = commit.draft { adopt(draft) }
    commit.finishRetiring(answers)
    SecretMemory.cleanseContexts()
  }

  /// The old state goes, with its keys, before the lock is given back.
  func adopt(_ draft: VaultDraft) { current.write { $0 = draft.state } }

  /// Tells all cells again to destroy what is not the current root, for a case whose keys are gone while its record is
  /// not written.
  ///
  /// - Throws: `io`; also while a commit has a root staged.
  package func retireOthers() throws(LetheError) -> [CellAnswer] {
    try control.withLock { (control) throws(LetheError) in
      guard control.condition == .ready else { throw .commitLeftOpen }
      let pair = current.read { $0.pair }
      var answers: [CellAnswer] = []
      for cell in cells { answers.append(try cell.retire(allBut: pair)) }
      return answers
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
