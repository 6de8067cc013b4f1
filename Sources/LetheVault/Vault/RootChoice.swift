internal import LetheCrypto
internal import LetheSystem

/// Which root a start takes, of all that the cells' shares make.
struct RootChoice {
  let sets: CellSets
  let readings: [CellReading]
  let pages: any PageStore
  let storeID: [UInt8]
  let logEpoch: UInt64
  let openCases: Set<CaseID>
  /// What errors call the pages.
  var pagesName = "the vault's pages"

  private var shares: [RootShare] { readings.flatMap(\.shares) }

  /// The root of the highest epoch.
  ///
  /// A root whose epoch the log has was verified before it was recorded: damage since then makes keys missing, not the
  /// root wrong. A root above the log's must bear out all that its epoch wrote.
  ///
  /// - Throws: `rolled-back`, `missing-key`, `damage`, `io`.
  func newest() throws(LetheError) -> VaultState {
    var failure: LetheError?
    var states: [VaultState] = []
    for group in ShareGroup.all(of: shares) where group.isComplete {
      do throws(LetheError) { states.append(try open(group)) } catch {
        guard error.code != .io else { throw error }
        failure = error
      }
    }
    guard let newest = states.max(by: { $0.pair.epoch < $1.pair.epoch }) else {
      let complete = ShareGroup.all(of: shares).filter(\.isComplete)
      let lacksCells = readings.count > 1 && !complete.contains { $0.pair.epoch >= logEpoch }
      guard !complete.isEmpty, !(lacksCells && isRecordedRootAround) else { throw incomplete(logEpoch) }
      throw try olderCopy() ?? failure ?? incomplete(logEpoch)
    }
    let epoch = newest.pair.epoch
    guard epoch >= logEpoch else {
      if isRecordedRootAround { throw incomplete(logEpoch) }
      throw try tooOld(epoch)
    }
    guard states.count(where: { $0.pair.epoch == epoch }) == 1 else {
      throw LetheError(
        .rolledBack, "two roots of epoch \(epoch) open: a copy of the cell was restored; bring back the current cell")
    }
    let isLogOlder =
      shares.contains { $0.pair.epoch > logEpoch + 1 } || states.count(where: { $0.pair.epoch > logEpoch }) > 1
      || epoch == logEpoch + 1
        && newest.page.punctures.contains { $0.caseID.map { !openCases.contains($0) } ?? false }
    guard !isLogOlder else {
      throw LetheError(
        .rolledBack,
        "the log (epoch \(logEpoch)) is older than the vault (epoch \(shares.map(\.pair.epoch).max() ?? epoch)): an old "
          + "copy was restored; put back the newest Log/")
    }
    return newest
  }

  /// The state that some choice of a group's shares opens.
  private func open(_ group: ShareGroup) throws(LetheError) -> VaultState {
    let demand = group.pair.epoch > logEpoch ? VaultState.Demand.pagesOfItsEpoch : .rootPage
    var found: VaultState?
    var failure = LetheError.pageDamage
    _ = try group.firstChoice { (chosen) throws(LetheError) in
      let root = try Root(combining: chosen, storeID: storeID, pair: group.pair)
      do throws(LetheError) {
        found = try VaultState.open(root, from: pages, .all, demanding: demand)
        return true
      } catch {
        // Without its root page no choice of shares can be right.
        guard error.code == .damage || error.code == .format else { throw error }
        failure = error
        return false
      }
    }
    guard let found else { throw failure }
    return found
  }

  // MARK: What to say if there is none

  /// Whether a share of the log's epoch is there: then cells are missing, and nothing was rolled back.
  private var isRecordedRootAround: Bool { shares.contains { $0.pair.epoch == logEpoch } && readings.count > 1 }

  private var recordedCount: Int {
    readings.count { reading in isCurrent(reading) && reading.shares.contains { $0.pair.epoch >= logEpoch } }
  }

  private func isCurrent(_ reading: CellReading) -> Bool {
    sets.current.cells.contains { $0 === reading.cell }
  }

  private func tooOld(_ epoch: UInt64) throws(LetheError) -> LetheError {
    guard readings.count > 1 else {
      return try olderCopy()
        ?? LetheError(
          .damage,
          "the root page of the log's epoch \(logEpoch) does not open with the root in the cell; put the pages back with "
            + "`lethe restore` from a replica")
    }
    // A current cell that is away may be all that is missing: the others are then those that it replaced.
    let (away, current) = (readings.filter { isCurrent($0) && $0.failure != nil }, recordedCount)
    if !away.isEmpty, away.count + current >= sets.current.threshold { return incomplete(logEpoch) }
    let old = readings.filter { $0.shares.contains { $0.pair.epoch == epoch } }.map(\.name)
    return LetheError(
      .rolledBack,
      "\(old.joined(separator: ", ")) are older (epoch \(epoch)) than the log (epoch \(logEpoch)): old copies were "
        + "restored; bring back the current cells")
  }

  /// Too few shares of any root.
  private func incomplete(_ epoch: UInt64) -> LetheError {
    guard readings.count > 1 else {
      return LetheError(
        .missingKey, "the root cell holds no complete root; without it nothing in this store opens, check the cell")
    }
    let with = readings.filter { $0.shares.contains { $0.pair.epoch >= epoch } }
    let without = readings.filter { reading in !with.contains { $0.cell === reading.cell } }.map { reading in
      let old = reading.shares.map(\.pair.epoch).max()
      // A cell that is there says what it lacks: its passphrase, or its key file.
      if let failure = reading.failure, failure.code == .missingKey { return failure.message }
      return reading.name + (reading.failure != nil ? " is away" : old.map { " is of epoch \($0)" } ?? " is empty")
    }
    return LetheError(
      .missingKey,
      "opening takes \(sets.current.threshold) of the \(sets.current.cells.count) root cells at epoch \(epoch), and "
        + "\(with.count) can be read: \(without.joined(separator: ", ")); bring back the current ones",
      place: readings.lazy.compactMap(\.failure?.place).first)
  }

  /// Which of cells, vault and log is an old copy, where none of the roots that open may be served; nil if that is not
  /// why.
  private func olderCopy() throws(LetheError) -> LetheError? {
    guard let newest = ShareGroup.all(of: shares).last(where: \.isComplete) else { return nil }
    // A damaged page tells nothing of its time.
    let comparison = EpochComparison(
      cell: newest.pair.epoch, pages: try pages.rows().newestEpoch(of: storeID), log: logEpoch, pagesName: pagesName)
    return comparison.refusal(hasPagesOfCell: try pages.version(of: .root, hashed: newest.pair.rootPageHash) != nil)
  }
}
