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
    /// None if the home's own stay.
    let pages: Int
    let pageSource: RestoreSummary.PageSource
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
    let sources = pageSources
    guard !sources.isEmpty else {
      throw LetheError.noPagesInFolder
    }
    try home.demandOwnKeys(files)
    let locks = try home.lock(files, waiting: patience)
    defer { locks.release() }
    let outcome: Outcome
    do throws(LetheError) {
      outcome = try restore(from: sources)
    } catch {
      do throws(LetheError) { try clean() } catch {
        // What stopped the restore is the one to tell.
      }
      throw error
    }
    do throws(LetheError) { try clean() } catch { throw error.keeping(.restored) }
    return outcome
  }

  static func isNotThere(_ path: String, _ what: String) -> LetheError {
    LetheError(
      .missingKey,
      "Keys/\(path.lastPathComponent) is not there: put the current \(what) in its place first; no copy holds it",
      place: "Keys/\(path.lastPathComponent)")
  }

  private func restore(from sources: [RestoredPages.Source]) throws(LetheError) -> Outcome {
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
    if found.source == .mended, files.exists(home.vault) {
      return Outcome(pages: 0, pageSource: .kept, log: .mended, origin: nil)
    }
    // A home that has its log is to be given the copy's pages: older ones alone change nothing.
    let mayKeepOwn = found.source == .copied || answer == .accept
    let pages = try opened(sources.filter { mayKeepOwn || !$0.isHome }, &found, identity.storeID)
    let vault = pages.vault
    try compareDirectory(vault, &found)
    let places = try placesAreThere(found, vault, identity.storeID)
    var origin: RestoreSummary.NewOrigin?
    if found.needsNewOrigin {
      let beginning = NewOrigin(found: found, identity: identity, vault: vault, rows: pages.rows, world: world)
      origin = try beginning.append(signedBy: signingKey, places: places)
    }
    try vault.close()
    do throws(LetheError) {
      try install(found, pages.source)
      if found.isNew { try found.sign(origin?.origin ?? identity.origin, with: signingKey, in: world) }
    } catch { throw error.keeping(.halfRestored) }
    let count = pages.source.isHome ? 0 : pages.rows.count
    return Outcome(
      pages: count, pageSource: pages.source.isHome ? .kept : .copied, log: found.source, origin: origin)
  }

  /// A directory that is there tells how long the log once was.
  private func compareDirectory(_ vault: Vault, _ found: inout RestoredLog) throws(LetheError) {
    guard files.exists(home.directory), let origin = found.index.signing?.origin else { return }
    let furthest = try Directory.furthestBookmark(in: home.directory, of: vault, origin: origin, world)
    guard furthest > found.log.count else { return }
    let log = found.source == .copied ? "the copy's log" : "the home's log"
    try found.isShorter(
      "\(log) has \(found.log.count) records and the home's directory has taken in \(furthest)", answer)
  }
}
