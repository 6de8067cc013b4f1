internal import LetheCrypto
package import LetheSystem

extension Vault {
  /// Opens the vault at the highest epoch that the cells and the pages bear out.
  ///
  /// The commit that is returned finishes what a crash left: it records the epoch if the log lacks it, destroys every
  /// other root, complete or torn, records the destruction if a case of this epoch is open, and deletes rows that
  /// nothing leads to. It is to be driven to its end before the next `begin`.
  ///
  /// - Parameters:
  ///   - logEpoch: the newest epoch that the log records; 0 before the first.
  ///   - openCases: cases with a `ForgetStarted` and without a `KeysDestroyed` in the log.
  /// - Throws: `rolled-back` if cell, vault and log are not of one time; `missing-key` or `damage` if no root opens;
  ///   `refused` if a cell is another store's; `io`. Nothing was changed.
  package static func open(
    pages: any PageStore, replicas: [Replica] = [], cells: CellSet, storeID: [UInt8],
    random: any RandomSource, logEpoch: UInt64, openCases: Set<CaseID>
  ) throws(LetheError) -> (vault: Vault, recovery: VaultCommit) {
    try checkArguments(cells, storeID)
    var shares: [RootShare] = []
    for cell in cells.cells { shares += try cell.readAll() }
    guard shares.allSatisfy({ $0.storeID == storeID }) else {
      throw LetheError(.damage, "a root cell holds the root of another store; put this store's cell in its place")
    }
    guard shares.allSatisfy({ $0.threshold == 1 }) else {
      throw LetheError(.format, "the root is shared among cells in a way of a later version; update Lethe")
    }
    try pages.reopenPastCaches()
    let state = try choose(shares, pages, logEpoch: logEpoch, openCases: openCases)
    let advance = state.pair.epoch > logEpoch ? EpochAdvance(state.pair, state.page) : nil
    let vault = Vault(
      state, pages: pages, replicas: replicas, cells: cells, random: random,
      control: CommitControl(newest: 1, condition: .staged))
    let recovery = VaultCommit(resuming: state, unrecorded: advance, openCases: openCases, number: 1)
    return (vault, recovery)
  }

  /// Which of cell, vault and log is an old copy, where none of the roots that open may be served; nil if that is not why.
  private static func olderCopy(
    _ shares: [RootShare], _ pages: any PageStore, logEpoch: UInt64
  ) throws(LetheError) -> LetheError? {
    guard let newest = shares.max(by: { $0.pair.epoch < $1.pair.epoch }) else { return nil }
    // A damaged page tells nothing of its time.
    let comparison = EpochComparison(
      cell: newest.pair.epoch, pages: try pages.rows().newestEpoch(of: newest.storeID), log: logEpoch)
    return comparison.refusal(hasPagesOfCell: try pages.page(hashed: newest.pair.rootPageHash) != nil)
  }

  /// A root whose epoch the log has was verified before it was recorded: damage since then makes keys missing, not the
  /// root wrong. A root above the log's must bear out all that its epoch wrote.
  private static func choose(
    _ shares: [RootShare], _ pages: any PageStore, logEpoch: UInt64, openCases: Set<CaseID>
  ) throws(LetheError) -> VaultState {
    var failure = LetheError(
      .missingKey, "the root cell holds no complete root; without it nothing in this store opens, check the cell")
    var states: [VaultState] = []
    for share in shares {
      do throws(LetheError) {
        states.append(
          try VaultState.open(
            share, from: pages, .all, demanding: share.pair.epoch > logEpoch ? .pagesOfItsEpoch : .rootPage))
      } catch {
        guard error.code != .io else { throw error }
        failure = error
      }
    }
    guard let newest = states.max(by: { $0.pair.epoch < $1.pair.epoch }) else {
      throw try olderCopy(shares, pages, logEpoch: logEpoch) ?? failure
    }
    let epoch = newest.pair.epoch
    guard epoch >= logEpoch else {
      throw try olderCopy(shares, pages, logEpoch: logEpoch)
        ?? LetheError(
          .damage,
          "the root page of the log's epoch \(logEpoch) does not open with the root in the cell; restore the pages")
    }
    guard states.count(where: { $0.pair.epoch == epoch }) == 1 else {
      throw LetheError(
        .rolledBack, "two roots of epoch \(epoch) open: a copy of the cell was restored; bring back the current cell")
    }
    let isLogOlder =
      epoch > logEpoch + 1 || states.count(where: { $0.pair.epoch > logEpoch }) > 1
      || epoch == logEpoch + 1
        && newest.page.punctures.contains { $0.caseID.map { !openCases.contains($0) } ?? false }
    guard !isLogOlder else {
      throw LetheError(
        .rolledBack,
        "the log (epoch \(logEpoch)) is older than the vault (epoch \(epoch)): an old copy was restored; restore the "
          + "newest log")
    }
    return newest
  }
}
