package import LetheSystem
internal import Synchronization

/// How the cells were found the last time.
struct CellCondition: Sendable {
  var failures: [LetheError] = []
  var holdup: LetheError?
  var renewed: Set<Int> = []
}

extension Vault {
  /// The cells that keep the current root.
  package var cells: CellSet { cellSets.withLock { $0.current } }

  /// Whether old shares may still be in cells that keep nothing any more.
  package var hasLeavingCells: Bool { cellSets.withLock { !$0.others.isEmpty } }

  /// Whether a commit may begin: none was left after its root was staged.
  package var isReady: Bool { control.withLock { $0.condition == .ready } }

  /// Why cells did not take part the last time they were asked, one each.
  package var awayCells: [LetheError] { cellCondition.withLock { $0.failures } }

  /// Numbers of cells that were found without their share, or with an old one, and were given the present one.
  package var renewedCells: [Int] { cellCondition.withLock { $0.renewed.sorted() } }

  /// Why nobody's keys can be destroyed now, as far as it is known: a replica or too many cells are away.
  package var holdup: LetheError? { awayReplica ?? cellCondition.withLock { $0.holdup } }

  /// Settles all cells on the current root, between two commits.
  ///
  /// - Throws: `io` while a commit has a root staged; else what keeps fewer than k shares from being read.
  package func settleCells() throws(LetheError) {
    try control.withLock { (control) throws(LetheError) in
      guard control.condition == .ready else { throw .commitLeftOpen }
      _ = try settle()
    }
  }

  /// Takes back a change of cells that failed while its root was staged or verified, so that the log has nothing of it:
  /// erases its shares in the cells that keep the current root and in those that were to come. The vault is ready for
  /// another commit then.
  ///
  /// - Returns: whether its root is dead. If it is not, since too few of the cells answer, the current root stands as well,
  ///   and the next opening finds which of the two goes on.
  package func takeBack(_ commit: VaultCommit) -> Bool {
    control.withLock { control in
      guard control.newest == commit.number, control.condition == .stagingFailed, let draft = commit.draft else {
        return false
      }
      cellSets.withLock { $0.others.append(draft.cells) }
      do throws(LetheError) { guard try settle().undead == nil else { return false } } catch {
        // What made the change fail is the one to tell.
        return false
      }
      control.condition = .ready
      return true
    }
  }

  /// Settles all cells on the current root; `control` is held.
  @discardableResult
  func settle() throws(LetheError) -> CellSettlement {
    let sets = cellSets.withLock { $0 }
    do throws(LetheError) {
      let settlement = try current.read { (state) throws(LetheError) in try CellSettlement.reach(sets, on: state) }
      cellCondition.withLock { condition in
        condition.failures = settlement.failures
        condition.holdup = settlement.holdup
        condition.renewed.formUnion(settlement.renewed)
      }
      if settlement.undead == nil { cellSets.withLock { $0.others = [] } }
      return settlement
    } catch {
      cellCondition.withLock { condition in
        condition.failures = [error]
        condition.holdup = error
      }
      throw error
    }
  }
}
