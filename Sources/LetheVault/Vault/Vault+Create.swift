internal import LetheCrypto
package import LetheSystem
internal import Synchronization

extension Vault {
  /// What `create` does if the cells hold a root already.
  package enum Leftovers: Sendable {
    case refuse
    /// Destroys roots of epoch 1, which an init left that was interrupted before the log began; refuses any other.
    case startOver
  }

  static let foundingSubjectBlocks = 64

  /// Makes a vault of epoch 1: 64 blocks of plane 0, one each of planes 1 and 2, an empty fence, directory shard 0. Its
  /// root is staged and verified at the return; the advance is for the log.
  ///
  /// - Throws: `refused` if a cell holds a root that may not go; `io`, and `create` may then be called again with
  ///   `.startOver`.
  package static func create(
    pages: any PageStore, cells: CellSet, storeID: [UInt8], random: any RandomSource,
    leftovers: Leftovers = .refuse
  ) throws(LetheError) -> (vault: Vault, advance: EpochAdvance) {
    try checkArguments(CellSets(cells), storeID)
    for cell in cells.cells {
      let found = try cell.readAll()
      guard found.isEmpty || (leftovers == .startOver && found.allSatisfy { $0.pair.epoch == 1 }) else {
        throw LetheError(.refused, "a root cell holds a root already; open that home, or name another cell")
      }
      // What is torn goes as well.
      _ = try cell.retire(allBut: nil)
    }
    let base = try VaultState(beforeFirstEpochOf: storeID)
    var builder = VaultDraftBuilder(base, random: random)
    try builder.addBlocks(foundingSubjectBlocks, to: .subjects)
    try builder.addBlocks(1, to: .store)
    builder.addFence()
    try builder.turnShards([0])
    let draft = try builder.finish(for: cells)
    let vault = Vault(
      base, pages: pages, replicas: [], cells: CellSets(cells), random: random,
      control: CommitControl(newest: 1, unreachable: []))
    let commit = VaultCommit(draft, number: 1, isFounding: true)
    while let action = commit.next() { try vault.perform(action, of: commit) }
    vault.control.withLock { control in
      vault.adopt(draft, &control)
      control.condition = .ready
    }
    return (vault, draft.advance)
  }

  /// - Throws: `input`.
  static func checkArguments(_ sets: CellSets, _ storeID: [UInt8]) throws(LetheError) {
    guard storeID.count == PageFormat.storeIDByteCount else {
      throw LetheError(.input, "a store id has 16 bytes; check where it came from")
    }
    for set in [sets.current] + sets.others { try set.check() }
    try sets.next?.check()
  }
}
