internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// The store's key for group seals. Whoever has it can make the log believe anything, so it never leaves this object.
final class SealKey: Sendable {
  private let secret: Secret
  private let commitment: Digest

  init(_ key: borrowing DataKey) throws(LetheError) {
    secret = try key.indexKey()
    commitment = key.commitment
  }

  /// Makes sure that it is the key that the log names in its founding batch.
  ///
  /// - Throws: `missing-key`.
  func check(_ index: LogIndex) throws(LetheError) {
    // Of an empty log there is more to say.
    guard index.count > 0 else { return }
    guard try index.opening(of: .seals)?.commitment == commitment else {
      throw LetheError(
        .missingKey,
        "the key of group seals is not the one that the log names; bring together cells, pages and log of one home")
    }
  }

  func authenticate(_ seal: [UInt8]) -> Digest { HMACSHA256.authenticate(seal, key: secret) }
}

/// What opens a home before anybody knows how far to believe its log: cells as `Keys/places.json` names them, the pages, and
/// the key of group seals.
struct HomeKeys {
  let cells: RootCells.Stock
  /// Nil if they are missing or cannot be opened.
  let pages: SQLitePageStore?
  let seals: SealKey?
  /// Why one of both is nil; nil if the pages are missing.
  let failure: LetheError?

  /// Opens what there is. What cannot be opened is told once the log says what ought to be there.
  init(_ home: Home, storeID: [UInt8], _ world: World) {
    cells = RootCells.Stock()
    guard world.files.exists(home.vault) else {
      (pages, seals, failure) = (nil, nil, nil)
      return
    }
    var opened: SQLitePageStore?
    do throws(LetheError) {
      let pages = try SQLitePageStore(path: home.vault, .readWrite, in: world.files)
      opened = pages
      let places = try PlacesFile.unconfirmed(home, world.files)
      let sets = try RootCells.open(places.present, next: places.next, home, world, from: cells)
      seals = try SealKey(Vault.storeKey(.seals, pages: pages, cells: sets, storeID: storeID))
      failure = nil
    } catch { (seals, failure) = (nil, error) }
    pages = opened
  }

  func giveBack() {
    // What stopped the opening is the one to tell.
    do throws(LetheError) { try pages?.close() } catch {}
  }
}
