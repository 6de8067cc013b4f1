internal import LetheCrypto
package import LetheSystem

/// Where shares of roots may be.
package struct CellSets: Sendable {
  /// The cells that keep the current root.
  package var current: CellSet
  /// Cells of a change that was just made, which keep nothing any more, and those of one that was broken off: in them,
  /// too, every root but the current one must be dead before the next commit.
  package var others: [CellSet]
  /// The cells of a change that the log does not have yet; whether it will is for the opening to find.
  package var next: CellSet?

  package init(_ current: CellSet, others: [CellSet] = [], next: CellSet? = nil) {
    self.current = current
    self.others = others
    self.next = next
  }

  /// Keeps other processes from all cells that are there, until the vault is closed.
  ///
  /// - Throws: `locked`.
  package func hold(waiting patience: Duration) throws(LetheError) {
    for (_, cell) in all { try cell.hold(waiting: patience) }
  }

  /// Gives every cell back to others.
  package func release() { for (_, cell) in all { cell.release() } }

  /// Every cell once, with what errors call it.
  var all: [(name: String, cell: any RootCell)] {
    var found: [(name: String, cell: any RootCell)] = []
    func add(_ set: CellSet, _ suffix: String) {
      for (number, cell) in set.numbered where !found.contains(where: { $0.cell === cell }) {
        found.append(("cell \(number)\(suffix)", cell))
      }
    }
    add(current, "")
    if let next { add(next, " of those that come") }
    for set in others { add(set, " of those that leave") }
    return found
  }
}

/// Every cell that can be reached holds its share of one root, and nothing else.
///
/// ## What keeps roots apart
///
/// A root *opens* if k of its shares are there, wherever; it is *dead* once n - k + 1 cells of its set were seen without
/// its share, for then fewer than k are left, for ever. These hold at every moment, whatever stops and whichever cells
/// are away:
///
/// 1. **One future.** A new root is staged only after a settlement found every root but the current one dead, in its set
///    and in all others. So at most two roots open: the current one and the one that a commit is staging.
/// 2. **The log decides.** A new root is recorded (F7) only after its shares were read back from k and from n - k + 1
///    cells and opened its pages. From then on no older one is ever taken, although it may still open: a start that finds
///    too few shares of the recorded root refuses, and changes nothing.
/// 3. **Nothing is lost.** A share is destroyed only if, in the same settlement, k shares of the current root were read
///    from the media and opened its root page. The old root's go only after the log has the new one, an unrecorded one's
///    only if it is not the current one.
/// 4. **Done is done.** `KeysDestroyed` is written only after a settlement found all other roots dead. A cell that was
///    away then keeps one share of a dead root; with fewer than k old cells put back, there are fewer than k such shares
///    or the log tells that they are old.
/// 5. **A cell that comes back**, or was put back from an old copy, or lost what it held, is erased and given its share of
///    the *current* root: the value at its number of the very polynomial that the other cells' shares are of, from k of
///    them. That makes no new way to the root: the cell was always to hold exactly this share, n counts it, and the next
///    erasure asks n - k + 1 of n as before. It is done only when the log has the root, so never for one that may yet be
///    given up.
///
/// Every commit draws a new root and a new polynomial, so shares of two commits never lie on one.
struct CellSettlement {
  /// Of each cell of the current set, in order.
  var reports: [CellReport] = []
  /// Why cells did not take part, by number; the current set's first.
  var failures: [LetheError] = []
  /// Cells that were given their share of the current root.
  var renewed: [Int] = []
  /// Why some other root may still open; nil if all are dead.
  var undead: LetheError?
  /// Why no commit can go on; nil if enough cells are there.
  var shortage: LetheError?

  var holdup: LetheError? { undead ?? shortage }
}

extension CellSettlement {
  /// Settles all cells on the root that opens a state.
  ///
  /// - Throws: `io`, `missing-key` or what the one cell says, if fewer than k shares of the root can be read; nothing was
  ///   changed.
  static func reach(_ sets: CellSets, on state: VaultState) throws(LetheError) -> CellSettlement {
    let current = sets.current
    let readings = current.numbered.map { CellReading($0.cell, number: $0.number, of: current, state.storeID) }
    let key = ShareGroup.Key(
      storeID: state.storeID, pair: state.pair, threshold: current.threshold, shareCount: current.cells.count)
    var settlement = CellSettlement()
    guard let sources = try group(readings, key)?.firstChoice(state.opens(with:)) else {
      throw readings.lazy.compactMap(\.failure).first ?? .tooFewShares(of: state.pair.epoch, current, readings)
    }
    var clean: [ObjectIdentifier] = []
    for reading in readings {
      do throws(LetheError) {
        if let failure = reading.failure { throw failure }
        let wanted = try Root.share(reading.number, from: sources, like: sources[0].label)
        if !reading.holds(wanted) {
          if let other = reading.shares.first(where: { $0.pair == state.pair && $0.index != reading.number }) {
            throw .cellIsCopy(of: other.index)
          }
          // What it has is erased first, so k others must have theirs.
          let others = readings.filter { $0.number != reading.number }
          guard try group(others, key)?.firstChoice(state.opens(with:)) != nil else {
            throw LetheError(.io, "\(reading.name) lacks its share and no others can make it; bring back more cells")
          }
          try reading.renew(wanted)
          settlement.renewed.append(reading.number)
        }
        settlement.reports.append(.answered(try reading.cell.retire(allBut: state.pair)))
        clean.append(ObjectIdentifier(reading.cell))
      } catch {
        settlement.reports.append(.away)
        settlement.failures.append(current.cells.count == 1 ? error : .cellAway(reading.name, error))
      }
    }
    for set in sets.others {
      for (number, cell) in set.numbered where !current.contains(cell) {
        let name = "cell \(number) of those that leave"
        do throws(LetheError) {
          guard try cell.labels().allSatisfy({ $0.storeID == state.storeID }) else { throw .cellOfAnotherStore }
          _ = try cell.retire(allBut: nil)
          clean.append(ObjectIdentifier(cell))
        } catch { settlement.failures.append(.cellAway(name, error)) }
      }
    }
    for set in [current] + sets.others {
      let count = set.cells.count { clean.contains(ObjectIdentifier($0)) }
      if count < set.erasingCount { settlement.undead = settlement.undead ?? .tooFewErased(settlement.failures) }
    }
    if settlement.reports.count(where: { $0 != .away }) < current.committingCount {
      settlement.shortage = .tooFewErased(settlement.failures)
    }
    return settlement
  }

  private static func group(_ readings: [CellReading], _ key: ShareGroup.Key) -> ShareGroup? {
    ShareGroup.all(of: readings.flatMap(\.shares)).first { $0.key == key }
  }
}

/// What one cell gave back, and why it gave nothing.
struct CellReading {
  let cell: any RootCell
  /// In the set that it was read for; 0 if that does not matter.
  let number: Int
  /// What errors call it.
  let name: String
  let shares: [RootShare]
  let failure: LetheError?

  init(_ cell: any RootCell, number: Int, of set: CellSet, _ storeID: [UInt8]) {
    self.init(cell, number: number, named: "cell \(number)", isOnly: set.cells.count == 1, storeID)
  }

  /// - Parameter isOnly: the error of a cell that has no others is what it says itself.
  init(_ cell: any RootCell, number: Int, named name: String, isOnly: Bool, _ storeID: [UInt8]) {
    self.cell = cell
    self.number = number
    self.name = name
    do throws(LetheError) {
      let found = try cell.readAll()
      guard found.allSatisfy({ $0.storeID == storeID }) else { throw .cellOfAnotherStore }
      shares = found
      failure = nil
    } catch {
      shares = []
      failure = isOnly ? error : .cellAway(name, error)
    }
  }

  /// Whether it has exactly this share of its root, and no other share of the same. Claims do not matter: a cell of the
  /// format before, or of another home, holds its share all the same.
  func holds(_ wanted: RootShare) -> Bool {
    let found = shares.filter { $0.pair == wanted.pair }
    return !found.isEmpty && found.allSatisfy { $0.isSame(as: wanted) }
  }

  /// Puts a share in the place of all that it has.
  func renew(_ share: RootShare) throws(LetheError) {
    _ = try cell.retire(allBut: nil)
    try cell.stage(share, besides: nil)
    guard try cell.readAll().contains(where: { $0.isReadBack(of: share) }) else { throw .cellKeepsOther }
  }
}

extension RootShare {
  /// Whether both are one share of one root, whatever their claims say.
  ///
  /// Compared by digests, which take as long whatever the secrets are.
  func isSame(as other: RootShare) -> Bool {
    label.claimed(by: other.claim) == other.label
      && secret.withBytes { SHA256.hash($0) } == other.secret.withBytes { SHA256.hash($0) }
  }

  /// Whether a cell gave back what was staged in it, with its claim.
  func isReadBack(of staged: RootShare) -> Bool { claim == staged.claim && isSame(as: staged) }
}

extension LetheError {
  static var cellOfAnotherStore: LetheError {
    LetheError(.damage, "a root cell holds the root of another store; put this store's cell in its place")
  }

  /// It may be the very file of the other one, so it is not touched.
  static func cellIsCopy(of number: Int) -> LetheError {
    LetheError(
      .damage, "it holds the share of cell \(number): it is the same file or a copy; put its own file in its place")
  }

  static var cellKeepsOther: LetheError {
    LetheError(.io, "a root cell does not give back what was staged in it; check the cell")
  }

  /// One of several cells did not take part.
  static func cellAway(_ name: String, _ error: LetheError) -> LetheError {
    if let place = error.place, place.hasPrefix("cell ") { return error }
    let what =
      switch error.code {
      case .damage, .format, .missingKey: ": \(error.message)"
      case _: " cannot be read or written" + wayBack
      }
    return LetheError(.io, name + what, place: name, cause: error.cause)
  }

  private static var wayBack: String { "; bring it back, or see `lethe key cell --help`" }

  /// - Parameter failures: why cells did not take part, one each.
  static func tooFewErased(_ failures: [LetheError]) -> LetheError {
    let cause = failures.count == 1 ? failures.first?.cause : nil
    let reasons = failures.map { failure in
      let what = failure.message.hasSuffix(wayBack) ? String(failure.message.dropLast(wayBack.count)) : failure.message
      return cause == nil ? what + (failure.cause.map { " (\($0))" } ?? "") : what
    }
    return LetheError(
      .io,
      "too few root cells can be reached to erase a root\(reasons.isEmpty ? "" : ": ")\(reasons.joined(separator: "; ")); "
        + "until they are back, or replaced with `lethe key cell replace`, nobody's keys are destroyed and who is being "
        + "forgotten stays restricted", place: failures.first?.place, cause: cause)
  }

  static func tooFewShares(of epoch: UInt64, _ set: CellSet, _ readings: [CellReading]) -> LetheError {
    let with = readings.filter { $0.shares.contains { $0.pair.epoch == epoch } }.map(\.number)
    return LetheError(
      .missingKey,
      "of the \(set.threshold) shares that the root of epoch \(epoch) takes, \(with.count) can be read; bring back the "
        + "cells that are away or old")
  }
}
