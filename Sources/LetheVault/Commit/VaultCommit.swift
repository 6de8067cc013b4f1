package import LetheSystem
internal import Synchronization

/// One commit of the vault under way: says what is to be done next, and does nothing itself.
///
/// Ask for the next action, perform it (the vault's own by `Vault.perform`), ask again: asking again says that the
/// driver's own action is done and durable. A commit may be dropped at any moment; if that is after `.stage` began, the
/// vault takes no other until it is opened anew. Everything here is behind one lock.
package final class VaultCommit: Sendable {
  /// What becomes of the epoch; nil if the log has it already.
  package let advance: EpochAdvance?
  /// Requested nodes whose keys were all gone before; they are in no record of this commit.
  package let nodesWithoutEffect: [KeyNode]
  /// The cells that keep the root after it.
  package let cells: Cells
  /// Counts the commits that a vault began; only the newest may go on.
  let number: Int
  private let progress: Mutex<Progress>

  /// Which cells a commit that is resumed found its root in.
  package enum Cells: Sendable {
    case present
    /// Those of a change that the log does not have: it is to be recorded with the epoch.
    case next
  }

  private struct Progress {
    let plan: [CommitAction.Kind]
    var position = -1
    /// Whether the vault has performed the action at the position.
    var isPerformed = true
    var draft: VaultDraft?
    let epoch: UInt64
    let punctures: [Puncture]
    var reports: [CellReport] = []
    /// Why old shares are not erased in enough cells; nothing follows then.
    var holdup: LetheError?
  }

  /// A commit from its beginning.
  init(_ draft: VaultDraft, number: Int, isFounding: Bool) {
    let page = draft.state.page
    let forgets = page.punctures.contains { $0.caseID != nil }
    let isEvicting = page.punctures.contains { $0.cause != .shard }
    let hasShards = !draft.shardKeys.isEmpty
    var plan: [CommitAction.Kind] = []
    if isEvicting { plan.append(.evictKeys) }
    if hasShards { plan.append(.writeShards) }
    plan += [.writePages, .ship, .stage, .verify]
    if hasShards { plan.append(.verifyShards) }
    plan += [.recordEpoch, .retire]
    if forgets { plan.append(.recordDestroyed) }
    plan.append(.deleteUnreachable)
    if isFounding { plan = [.writePages, .stage, .verify] }
    self.number = number
    cells = .present
    advance = draft.advance
    nodesWithoutEffect = draft.nodesWithoutEffect
    progress = Mutex(Progress(plan: plan, draft: draft, epoch: page.epoch, punctures: page.punctures))
  }

  /// What is left of a commit whose root is staged and verified.
  init(
    resuming state: VaultState, unrecorded advance: EpochAdvance?, openCases: Set<CaseID>, number: Int,
    cells: Cells
  ) {
    self.cells = cells
    let forgets = state.page.punctures.contains { $0.caseID.map(openCases.contains) ?? false }
    self.number = number
    self.advance = advance
    nodesWithoutEffect = []
    progress = Mutex(
      Progress(
        plan: (advance == nil ? [] : [.recordEpoch]) + [.retire] + (forgets ? [.recordDestroyed] : [])
          + [.deleteUnreachable],
        epoch: state.page.epoch, punctures: state.page.punctures))
  }

  /// The next action; nil when all is done. An action of the vault comes again until it is performed.
  package func next() -> CommitAction? {
    progress.withLock { progress in
      if progress.isPerformed {
        guard progress.holdup == nil else { return nil }
        guard progress.position < progress.plan.count else { return nil }
        progress.position += 1
      }
      guard progress.position < progress.plan.count else { return nil }
      let kind = progress.plan[progress.position]
      switch kind.performer {
      case .store: progress.isPerformed = true
      case .vault: progress.isPerformed = false
      }
      return action(kind, progress)
    }
  }

  private func action(_ kind: CommitAction.Kind, _ progress: Progress) -> CommitAction? {
    switch kind {
    case .evictKeys: .evictKeys(progress.punctures.filter { $0.cause != .shard }.map(\.node))
    case .writeShards: .writeShards(progress.draft?.shardKeys ?? [])
    case .writePages: .writePages
    case .ship: .ship
    case .stage: .stage
    case .verify: .verify
    case .verifyShards: .verifyShards(progress.draft?.shardKeys ?? [])
    case .recordEpoch: advance.map { .recordEpoch($0) }
    case .retire: .retire
    case .recordDestroyed:
      .recordDestroyed(
        Destruction(epoch: progress.epoch, punctures: progress.punctures, reports: progress.reports))
    case .deleteUnreachable: .deleteUnreachable
    }
  }

  // What the vault does with it.

  /// - Throws: `refused` unless the action is the one that `next` gave last and not yet performed.
  func check(_ kind: CommitAction.Kind) throws(LetheError) {
    let isNext = progress.withLock { progress in
      !progress.isPerformed && progress.plan.indices.contains(progress.position)
        && progress.plan[progress.position] == kind
    }
    guard isNext else {
      throw LetheError(.refused, "the steps of a vault commit are out of order; ask the commit for the next one")
    }
  }

  func markPerformed() { progress.withLock { $0.isPerformed = true } }

  /// Nil for a resumed commit, and once the vault has adopted it.
  var draft: VaultDraft? { progress.withLock { $0.draft } }

  /// The root is recorded and adopted. If it is held up, the old one may still open: what would tell that keys are
  /// destroyed is left out, for a later settlement to find.
  func finishRetiring(_ settlement: CellSettlement) {
    progress.withLock { progress in
      progress.draft = nil
      progress.reports = settlement.reports
      progress.holdup = settlement.undead
    }
  }

  /// Why the commit ended after F8 without what would follow: cells are away, and the old root may still open.
  package var holdup: LetheError? { progress.withLock { $0.holdup } }
}
