public import LetheSystem
internal import LetheVault

extension Store {
  /// Takes all further subjects from a key block that is drawn now, and destroys the keys that nobody was given: whoever
  /// saw memory or the root before knows none of those to come. Durable at return. Nobody's data is touched.
  ///
  /// - Throws: `io` naming the replica or cell that is away, and nothing has changed; any other `io` leaves it for the next
  ///   start to finish; `missing-key` if a key page is missing.
  public func seal() throws(LetheError) -> Sealing {
    try perform { (writer) throws(LetheError) in try writer.seal() }
  }
}

/// What a sealing did.
public struct Sealing: Sendable, Equatable {
  public let epochBefore: UInt64
  public let epochAfter: UInt64
  /// The blocks from which subjects are numbered from now on.
  public let openedBlocks: [UInt64]
  /// Subject indexes that had not been given, whose keys are gone.
  public let droppedSubjects: Int
  /// Why the keys may still open by the old root, in a cell that went away meanwhile; it is erased when the cell is back.
  public let holdup: LetheError?
}

extension StoreWriter {
  /// The order: the vault's commit destroys the keys and makes fresh blocks; its `EpochAdvanced` leaves the sealed blocks in
  /// the same record (`BlockLedger.seal`); then a fresh block is opened. Wherever this stops, either the epoch never was
  /// and the old blocks go on whole, or it is recorded before anything else and no index of theirs is given again.
  func seal() throws(LetheError) -> Sealing {
    try demandRunning()
    try parts.vault.catchUpReplicas()
    try parts.vault.settleCells()
    if let holdup = parts.vault.holdup { throw holdup }
    try settleBrokenChange()

    let fresh = allocatedBlocks
    let unassigned = try unassignedNodes()
    let epoch = parts.vault.epoch
    let commit = try parts.vault.begin(
      CommitRequest(
        punctures: unassigned.map { Puncture($0, cause: .seal) }, newSubjectBlocks: Self.spareBlocks))
    do throws(LetheError) { try carryOut(commit) } catch {
      // The epoch is recorded; only the old root waits to be erased.
      guard commit.holdup != nil else { throw error }
    }
    try record([FactDraft(.blocksOpened(plane: .subjects, blocks: [fresh]))])
    try sign()
    return Sealing(
      epochBefore: epoch, epochAfter: parts.vault.epoch, openedBlocks: [fresh],
      droppedSubjects: unassigned.reduce(0) { $0 + $1.subjectCount }, holdup: commit.holdup)
  }

  /// What nobody was given and nobody can have been given in lost records, as far as it lives.
  private func unassignedNodes() throws(LetheError) -> [KeyNode] {
    let (registered, lostBefore) = try parts.state.read { (state: borrowing StoreState) throws(LetheError) in
      (try state.index.allSubjects(), state.index.blocks.lostBefore)
    }
    let unassigned = UnassignedNodes(besides: registered)
    return parts.vault.blocks(of: .subjects).filter { $0 >= lostBefore }.flatMap { unassigned.nodes(ofBlock: $0) }
      .filter { parts.vault.coverage(of: $0) != .gone }
  }
}
