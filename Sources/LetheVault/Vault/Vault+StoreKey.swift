internal import LetheCrypto
package import LetheSystem

extension Vault {
  /// One of the store's own keys, under any root that opens. Since they are never destroyed, each epoch has the same ones:
  /// so they can be had before anybody knows which epoch is the newest. Nothing is changed.
  ///
  /// - Throws: `missing-key` if no root opens; `damage`, `format`, `io`.
  package static func storeKey(
    _ kid: KeyID, pages: any PageStore, cells: CellSets, storeID: [UInt8]
  ) throws(LetheError) -> DataKey {
    precondition(kid.plane == .store, "a key of the store")
    try checkArguments(cells, storeID)
    let all = cells.all
    let readings = all.map { CellReading($0.cell, number: 0, named: $0.name, isOnly: all.count == 1, storeID) }
    var failure = readings.lazy.compactMap(\.failure).first
    for group in ShareGroup.all(of: readings.flatMap(\.shares)).reversed() where group.isComplete {
      do throws(LetheError) {
        if let key = try key(kid, group, pages, storeID) { return key }
      } catch {
        guard error.code != .io else { throw error }
        failure = error
      }
    }
    throw failure ?? LetheError(.missingKey, "no root cell opens the vault; bring back the current cells")
  }

  private static func key(
    _ kid: KeyID, _ group: ShareGroup, _ pages: any PageStore, _ storeID: [UInt8]
  ) throws(LetheError) -> DataKey? {
    var state: VaultState?
    _ = try group.firstChoice { (chosen) throws(LetheError) in
      let root = try Root(combining: chosen, storeID: storeID, pair: group.pair)
      do throws(LetheError) {
        state = try VaultState.open(root, from: pages, .storeKeys, demanding: .rootPage)
        return true
      } catch {
        guard error.code == .damage || error.code == .format else { throw error }
        return false
      }
    }
    guard let state, case .living(let key) = try state.lookup(kid) else { return nil }
    return key
  }
}
