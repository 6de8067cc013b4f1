internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// One restore: everything is laid beside its place and tried before anything is replaced. Interrupted at any point it can
/// be run again.
struct Restoration {
  let home: Home
  let folder: String
  let world: World
  let answer: ShorterLogAnswer

  var files: any FileSystem { world.files }
  var copy: Home { Home(folder) }
  var stagedVault: String { home.vault + ".new" }

  /// What was put in place.
  struct Outcome {
    let pages: Int
    let log: RestoreSummary.LogSource
    let origin: RestoreSummary.NewOrigin?
  }

  func run(waiting patience: Duration) throws(LetheError) -> Outcome {
    guard try !home.holds(folder) else {
      throw LetheError(
        .refused, "the folder is the home or lies in it, where nothing is a copy; name a replica's or a backup's")
    }
    // Where places name the cells, opening tells of those that are away.
    let namesCells = [home.places, Replica.placesFile(in: folder), copy.places].contains { files.exists($0) }
    for (path, what) in [(home.rootCell, "root cell"), (home.signingKey, "signing key")]
    where !files.exists(path) && (path == home.signingKey || !namesCells) { throw Self.isNotThere(path, what) }
    guard let source = [folder + "/vault.sqlite", copy.vault].first(where: { files.exists($0) }) else {
      throw LetheError(
        .io, "there are no pages in the folder; name a replica's, which holds vault.sqlite, or a backup's")
    }
    let lock = try files.lock(home.keys, note: home.lock, waiting: patience)
    defer { lock.release() }
    do throws(LetheError) {
      let outcome = try restore(from: source)
      try clean()
      return outcome
    } catch {
      do throws(LetheError) { try clean() } catch {
        // What stopped the restore is the one to tell.
      }
      throw error
    }
  }

  private static func isNotThere(_ path: String, _ what: String) -> LetheError {
    LetheError(
      .missingKey,
      "Keys/\(path.lastPathComponent) is not there: put the current \(what) in its place first; no copy holds it",
      place: "Keys/\(path.lastPathComponent)")
  }

  private func restore(from source: String) throws(LetheError) -> Outcome {
    try clean()
    let signingKey = try SigningKeyFile.load(home.signingKey, world)
    var found = try RestoredLog.find(self, signingKey.verifyingKey)
    guard let identity = found.index.signing else {
      throw LetheError(.damage, "the log is empty, and nothing was changed; put back the newest copy of Log/")
    }
    guard identity.publicKey == signingKey.verifyingKey.bytes else {
      throw LetheError(.damage, "Keys/signing.key is not the key that the log names; put the right file in its place")
    }
    // A backup's log may be of use long after its pages are.
    if found.source == .mended, files.exists(home.vault) { return Outcome(pages: 0, log: .mended, origin: nil) }
    let rows = try rows(in: source)
    guard rows.newestEpoch(of: identity.storeID) != nil else {
      throw LetheError(.input, "the copy's pages are not of this store, and nothing was changed; name its own copy")
    }
    try StoreWriter.write(rows, to: stagedVault, files)
    let vault = try opened(rows, &found, identity.storeID)
    try compareDirectory(vault, &found)
    let places = try placesAreThere(found, vault, identity.storeID)
    var origin: RestoreSummary.NewOrigin?
    if found.needsNewOrigin {
      let beginning = NewOrigin(found: found, identity: identity, vault: vault, rows: rows, world: world)
      origin = try beginning.append(signedBy: signingKey, places: places)
    }
    try vault.close()
    try install(found)
    return Outcome(pages: rows.count, log: found.source, origin: origin)
  }

  // MARK: Trying

  /// The pages of a copy that is not changed, not even by SQLite: it reads a copy of its own.
  private func rows(in source: String) throws(LetheError) -> [PageRow] {
    for suffix in ["", "-wal", "-journal"] where files.exists(source + suffix) {
      try files.copyFile(source + suffix, to: stagedVault + suffix)
    }
    do throws(LetheError) {
      let pages = try SQLitePageStore(path: stagedVault, .readWrite, in: files)
      let rows = try pages.rows()
      try pages.close()
      try removeStagedVault()
      return rows
    } catch {
      throw LetheError(
        error.code, "the copy's vault.sqlite cannot be read, and nothing was changed; restore from another copy",
        place: "vault.sqlite", cause: error.cause)
    }
  }

  /// The vault on the staged pages: whole, at the epoch of root and log, or beyond the log's if that lost its end.
  private func opened(
    _ rows: [PageRow], _ found: inout RestoredLog, _ storeID: [UInt8]
  ) throws(LetheError) -> Vault {
    let vault: Vault
    do throws(LetheError) {
      // Tells by both epochs which of them is old.
      vault = try open(found.index, storeID, at: found.index.epoch)
    } catch {
      guard error.code == .rolledBack, let newer = try newerVault(rows, found.index, storeID) else { throw error }
      try found.isShorter(
        "the log (epoch \(found.index.epoch)) is older than the vault (epoch \(newer.epoch))", answer)
      vault = newer
    }
    let missing = vault.missingPages.count
    guard missing == 0 else {
      throw LetheError(
        .missingKey,
        "the copy lacks \(missing) pages of epoch \(vault.epoch), and nothing was changed; restore from another copy")
    }
    return vault
  }

  private func open(_ index: LogIndex, _ storeID: [UInt8], at epoch: UInt64) throws(LetheError) -> Vault {
    let places = try cellPlaces(index)
    guard places != nil || files.exists(home.rootCell) else { throw Self.isNotThere(home.rootCell, "root cell") }
    return try Vault.open(
      pages: SQLitePageStore(path: stagedVault, .readWrite, .rollback, in: files),
      cells: RootCells.open(places ?? .initial, home, world), storeID: storeID, random: world.random, logEpoch: epoch,
      openCases: Set(index.forgets.open.map(\.caseID))
    ).vault
  }

  /// The vault as it opens if the log is taken to have lost the records of its newest epochs; nil if that is not why it
  /// does not open.
  private func newerVault(
    _ rows: [PageRow], _ index: LogIndex, _ storeID: [UInt8]
  ) throws(LetheError) -> Vault? {
    let epochs = Set(VaultShapes.rootPages(in: rows).map(\.epoch)).filter { $0 > index.epoch }
    for epoch in epochs.sorted(by: >) {
      // Pages of a commit that never staged its root are passed over.
      do throws(LetheError) { return try open(index, storeID, at: epoch) } catch  where error.code == .rolledBack {
        continue
      }
    }
    return nil
  }

  /// A directory that is there tells how long the log once was.
  private func compareDirectory(_ vault: Vault, _ found: inout RestoredLog) throws(LetheError) {
    guard files.exists(home.directory), let origin = found.index.signing?.origin else { return }
    let furthest = try Directory.furthestBookmark(in: home.directory, of: vault, origin: origin, world)
    guard furthest > found.log.count else { return }
    try found.isShorter(
      "the log has \(found.log.count) records and the directory has taken in \(furthest)", answer)
  }
}
