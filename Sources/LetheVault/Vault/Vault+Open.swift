internal import LetheCrypto
package import LetheSystem
internal import Synchronization

extension Vault {
  /// Opens the vault at the highest epoch that the cells and the pages bear out.
  ///
  /// The commit that is returned finishes what a crash left: it records the epoch if the log lacks it, destroys every
  /// other root, complete or torn, records the destruction if a case of this epoch is open, and deletes rows that
  /// nothing leads to. It is to be driven to its end before the next `begin`. If cells are away, so that an old root may
  /// still open, it ends after F8 and says so (`holdup`).
  ///
  /// - Parameters:
  ///   - pagesName: what errors call the pages.
  ///   - logEpoch: the newest epoch that the log records; 0 before the first.
  ///   - openCases: cases with a `ForgetStarted` and without a `KeysDestroyed` in the log.
  /// - Throws: `rolled-back` if cells, vault and log are not of one time; `missing-key` or `damage` if no root opens,
  ///   with too few cells too; `damage` if the only cell is another store's; `io`. Nothing was changed.
  package static func open(
    pages: any PageStore, called pagesName: String = "the vault's pages", replicas: [Replica] = [], cells: CellSets,
    storeID: [UInt8],
    random: any RandomSource, logEpoch: UInt64, openCases: Set<CaseID>
  ) throws(LetheError) -> (vault: Vault, recovery: VaultCommit) {
    try checkArguments(cells, storeID)
    let all = cells.all
    let readings = all.map {
      CellReading($0.cell, number: 0, named: $0.name, isOnly: all.count == 1, storeID)
    }
    if all.count == 1, let failure = readings.first?.failure { throw failure }
    try pages.dropCaches()
    let choice = RootChoice(
      sets: cells, readings: readings, pages: pages, storeID: storeID, logEpoch: logEpoch, openCases: openCases,
      pagesName: pagesName)
    let state = try choice.newest()
    let isRecorded = state.pair.epoch <= logEpoch
    let advance = isRecorded ? nil : EpochAdvance(state.pair, state.page)
    var sets = CellSets(cells.current, others: cells.others)
    if let next = cells.next {
      // No other commit goes on while a change is prepared, so a root above the log's is the change's.
      sets =
        isRecorded
        ? CellSets(cells.current, others: cells.others + [next])
        : CellSets(next, others: cells.others + [cells.current])
    }
    let vault = Vault(
      state, pages: pages, replicas: replicas, cells: sets, random: random,
      control: CommitControl(newest: 1, condition: .staged))
    vault.cellCondition.withLock { $0.failures = readings.compactMap(\.failure) }
    let recovery = VaultCommit(
      resuming: state, unrecorded: advance, openCases: openCases, number: 1,
      cells: cells.next != nil && !isRecorded ? .next : .present)
    return (vault, recovery)
  }
}
