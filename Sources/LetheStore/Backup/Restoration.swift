internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// One restore: everything is laid beside its place and tried before anything is replaced.
struct Restoration {
  let home: Home
  let folder: String
  let world: World

  private var files: any FileSystem { world.files }
  private var copy: Home { Home(folder) }
  private var stagedVault: String { home.vault + ".new" }
  private var stagedLog: String { home.log + "/restoring" }

  init(home: Home, folder: String, world: World) {
    self.home = home
    self.folder = folder
    self.world = world
  }

  /// - Returns: pages that were put in place, and which log there is now.
  mutating func run(waiting patience: Duration) throws(LetheError) -> (pages: Int, log: RestoreSummary.LogSource) {
    for (path, what) in [(home.rootCell, "root cell"), (home.signingKey, "signing key")] where !files.exists(path) {
      throw LetheError(
        .missingKey,
        "Keys/\(path.lastPathComponent) is not there: put the current \(what) in its place first; no copy holds it",
        place: "Keys/\(path.lastPathComponent)")
    }
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

  private func restore(
    from source: String
  ) throws(LetheError) -> (pages: Int, log: RestoreSummary.LogSource) {
    try clean()
    let signingKey = try SigningKeyFile.load(home.signingKey, world)
    let (log, logSource) = try log(signingKey.verifyingKey)
    let index = try LogIndex(scanning: log)
    guard let identity = index.signing, identity.publicKey == signingKey.verifyingKey.bytes else {
      throw LetheError(.damage, "Keys/signing.key is not the key that the log names; put the right file in its place")
    }
    let rows = try rows(in: source)
    try StoreWriter.write(rows, to: stagedVault, files)
    let vault = try opened(rows, index, identity.storeID)
    try placesAreThere(log, index, vault, identity.storeID)
    try vault.close()
    try install(logSource)
    return (rows.count, logSource)
  }

  // MARK: Trying

  /// The home's own log, or a copy of the folder's beside it, checked against the checkpoints that are at hand.
  private func log(_ key: VerifyingKey) throws(LetheError) -> (any RecordLog, RestoreSummary.LogSource) {
    let trusted = try CheckpointFiles.trusted(home, world, key)
    let own = home.log + "/" + FileLog.segmentName
    if files.exists(own) {
      let storeID = try FileLog.storeID(in: home.log, fileSystem: files)
      return (try FileLog.open(in: home.log, fileSystem: files, storeID: storeID, atLeast: trusted), .kept)
    }
    guard files.exists("\(copy.log)/\(FileLog.segmentName)") else {
      throw LetheError(
        .io, "there is no log, neither in the home nor in the folder; put the newest copy of Log/ into the home first")
    }
    try files.createDirectory(stagedLog)
    for name in [FileLog.leavesName, FileLog.segmentName] where files.exists("\(copy.log)/\(name)") {
      try files.copyFile("\(copy.log)/\(name)", to: "\(stagedLog)/\(name)")
    }
    let storeID = try FileLog.storeID(in: stagedLog, fileSystem: files)
    var newest = trusted
    for path in [copy.trustedCheckpoint, copy.checkpoint] where files.exists(path) {
      let found = try CheckpointFiles.verified(files.contents(ofFile: path), key, place: path.lastPathComponent)
      if found.size > newest?.size ?? 0 { newest = found }
    }
    return (try FileLog.open(in: stagedLog, fileSystem: files, storeID: storeID, atLeast: newest), .copied)
  }

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

  /// The vault on the staged pages: whole, at the epoch of root and log.
  private func opened(_ rows: [PageRow], _ index: LogIndex, _ storeID: [UInt8]) throws(LetheError) -> Vault {
    guard rows.newestEpoch(of: storeID) != nil else {
      throw LetheError(.input, "the copy's pages are not of this store, and nothing was changed; name its own copy")
    }
    let places = files.exists(home.places) ? try PlacesFile.read(home, index.places?.change, files) : .initial
    // Tells by both epochs which of them is old.
    let (vault, _) = try Vault.open(
      pages: SQLitePageStore(path: stagedVault, .readWrite, .rollback, in: files),
      cells: RootCells.open(places, home, world),
      storeID: storeID, random: world.random, logEpoch: index.epoch, openCases: Set(index.forgets.open.map(\.caseID)))
    let missing = vault.missingPages.count
    guard missing == 0 else {
      throw LetheError(
        .missingKey,
        "the copy lacks \(missing) pages of epoch \(vault.epoch), and nothing was changed; restore from another copy")
    }
    return vault
  }

  /// Makes `Keys/places.json` again from what the log has sealed, if the log names one and it is lost.
  private func placesAreThere(
    _ log: any RecordLog, _ index: LogIndex, _ vault: Vault, _ storeID: [UInt8]
  ) throws(LetheError) {
    guard let change = index.places, !files.exists(home.places) else {
      _ = try PlacesFile.read(home, index.places?.change, files)
      return
    }
    let reader = RecordReader(
      log: log, keys: KeyRing(vault: vault), storeID: storeID, policies: try Policies(files: []))
    let record = try log.record(at: change.position)
    guard let detail = try reader.detail(of: record, at: change.position, StoreState(index: index)) else {
      throw LetheError(.damage, "the log's last change of places does not open; restore the log from a copy")
    }
    try PlacesFile.prepare(Places(change.change, texts: detail.texts), home, files)
    try PlacesFile.adopt(home, files)
  }

  // MARK: Putting in place

  private func install(_ log: RestoreSummary.LogSource) throws(LetheError) {
    // What SQLite keeps beside the old file would be taken for the new one's.
    for suffix in ["-wal", "-shm", "-journal"] { try files.remove(home.vault + suffix) }
    try files.rename(stagedVault, to: home.vault)
    try files.synchronizeDirectory(home.keys)
    try files.createDirectory(home.readModels)
    guard log == .copied else { return }
    // The segment comes last: with it the log is there.
    for name in [FileLog.leavesName, FileLog.segmentName] where files.exists("\(stagedLog)/\(name)") {
      try files.rename("\(stagedLog)/\(name)", to: "\(home.log)/\(name)")
    }
    try files.synchronizeDirectory(home.log)
    try bringPolicies()
  }

  /// The copy's policies, where the home has none.
  private func bringPolicies() throws(LetheError) {
    try files.createDirectory(home.policies)
    guard files.exists(copy.policies),
      try files.contents(of: home.policies).allSatisfy({ !$0.hasSuffix(".json") })
    else { return }
    for name in try files.contents(of: copy.policies) where name.hasSuffix(".json") {
      try files.copyFile("\(copy.policies)/\(name)", to: "\(home.policies)/\(name)")
    }
    try files.synchronizeDirectory(home.policies)
  }

  /// Removes what an attempt left beside the places.
  private func clean() throws(LetheError) {
    try removeStagedVault()
    try FolderTree.remove(stagedLog, files)
  }

  private func removeStagedVault() throws(LetheError) {
    for suffix in ["", "-wal", "-shm", "-journal"] { try files.remove(stagedVault + suffix) }
  }
}
