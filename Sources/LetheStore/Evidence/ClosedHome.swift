internal import LetheCrypto
package import LetheLog
package import LetheSystem
package import LetheVault

/// A home as it is seen without its lock and without any key, also beside a process that has it open.
package struct ClosedHome: Sendable {
  package let home: Home
  package let files: any FileSystem

  /// How often to look again if a commit came between the log and the pages.
  private static let attempts = 4

  /// How much of a home must be there.
  package enum Extent: Sendable {
    case whole
    /// A copy of Log/ is enough; so is a home whose other disks are away.
    case log
  }

  /// - Throws: `io` if there is no home, or not as much of it as is needed.
  package init(_ home: Home, needing extent: Extent = .whole, in world: World) throws(LetheError) {
    if extent == .whole || !world.files.exists(home.log) { try home.requireFolders(world.files) }
    self.home = home
    files = world.files
  }

  /// Both checkpoints as they lie there; nil for one that is missing.
  ///
  /// The published one is read first, because it is written last: so it is never the newer of the two, unless Keys/ is old.
  package func checkpoints() throws(LetheError) -> (published: [UInt8]?, trusted: [UInt8]?) {
    let published = try content(home.checkpoint)
    return (published, try content(home.trustedCheckpoint))
  }

  /// Whether a file or folder of the home is there.
  package func has(_ path: String) -> Bool { files.exists(path) }

  /// Names the first of the files that is not there.
  ///
  /// - Throws: `damage`.
  package func demand(_ paths: String...) throws(LetheError) {
    for path in paths where !files.exists(path) {
      guard files.exists(path.parentPath) else {
        let folder = path.parentPath.lastPathComponent
        throw LetheError(.damage, "there is no \(folder)/ here; put it back, or mount its disk", place: folder)
      }
      _ = try files.contents(of: path.parentPath)
      let name = path.dropFirst(home.path.count + 1)
      throw LetheError(.damage, "\(name) is missing; \(remedy(forMissing: path))", place: String(name))
    }
  }

  private func remedy(forMissing path: String) -> String {
    switch path {
    case home.vault: "put the pages back with `lethe restore` from a replica, or mount its disk"
    case home.signingKey: "put the file back, which no backup or replica has"
    default: "put back a copy of Log/"
    }
  }

  private func content(_ path: String) throws(LetheError) -> [UInt8]? {
    try files.contents(ofFileIfThere: path, as: .checkpoint)
  }

  /// The log, read from where its index ends.
  ///
  /// - Throws: `damage`, `rolledBack`, `format` with the place; `io`.
  package func log() throws(LetheError) -> FileLog {
    try demand(home.log + "/" + LogLayout.segment(0))
    return try Self.log(of: home, files)
  }

  /// Without a key the log is believed as far as the newest checkpoint goes.
  private static func log(of home: Home, _ files: any FileSystem) throws(LetheError) -> FileLog {
    let storeID = try FileLog.storeID(in: home.log, fileSystem: files)
    func log(_ belief: LogBelief, atLeast checkpoint: Checkpoint? = nil) throws(LetheError) -> FileLog {
      try FileLog.open(
        in: home.log, fileSystem: files, storeID: storeID, atLeast: checkpoint, believing: belief, access: .read,
        noting: FactNotes())
    }
    let all = try log(.everything)
    let (newest, isSigned) = try newestCheckpoint(of: home, all, files)
    guard let newest else { throw all.count > 0 ? LetheError.noCheckpoint : .logIsEmpty }
    do throws(LetheError) {
      let found = try log(.upTo(newest.size), atLeast: newest)
      guard isSigned else { throw LetheError.noCheckpoint }
      return found
    } catch {
      // What is left of a log that was cut can be looked at.
      guard error.code == .rolledBack, isSigned else {
        throw error.code == .rolledBack && all.count == 0 ? LetheError.logIsEmpty : error
      }
      return try log(.upTo(newest.size))
    }
  }

  /// The newest checkpoint whose signature verifies with a key that the log names before its end. If there is none, one that
  /// is not verified, by which at most damage can be told.
  private static func newestCheckpoint(
    of home: Home, _ log: FileLog, _ files: any FileSystem
  ) throws(LetheError) -> (checkpoint: Checkpoint?, isSigned: Bool) {
    var signed: [(checkpoint: Checkpoint, place: String)] = []
    var other: Checkpoint?
    for path in [home.checkpoint, home.trustedCheckpoint] {
      guard let bytes = try files.contents(ofFileIfThere: path, as: .checkpoint),
        let note = try? SignedNote(parsing: bytes), let checkpoint = try? Checkpoint(text: note.text)
      else { continue }
      other = checkpoint
      let keys = try checkpointKeys(named: checkpoint.origin, in: log, before: checkpoint.size)
      if case .signed = note.verify(with: keys) { signed.append((checkpoint, path)) }
    }
    return (signed.newest?.checkpoint ?? other, !signed.isEmpty)
  }

  // MARK: Log/ alone

  /// The log of a home of which nothing else need be there.
  ///
  /// - Throws: as `log()`.
  package static func log(of home: Home, in world: World) throws(LetheError) -> FileLog {
    try log(of: home, world.files)
  }

  /// What is published as the newest checkpoint, whatever it is; nil if nothing is.
  package static func publishedCheckpoint(of home: Home, in world: World) throws(LetheError) -> [UInt8]? {
    try world.files.contents(ofFileIfThere: home.checkpoint, as: .checkpoint)
  }

  /// The keys that signed checkpoints of a name, as the log itself says.
  ///
  /// - Parameter end: a position; what lies behind it does not count.
  /// - Throws: `damage` if a fact is none; `io`.
  package static func checkpointKeys(
    named origin: String, in log: FileLog, before end: UInt64 = .max
  ) throws(LetheError) -> [VerifierKey] {
    var keys: [VerifierKey] = []
    for position in log.landmarks where position < end {
      let identity: SigningIdentity
      switch try Fact(decoding: Array(log.record(at: position).clearBody)) {
      case .signingKeyRotated(let named): identity = named
      case .originBegan(let beginning): identity = beginning.identity
      case _: continue
      }
      guard identity.origin == origin else { continue }
      keys.append(try VerifierKey(name: identity.origin, key: VerifyingKey(bytes: identity.publicKey)))
    }
    return keys
  }

  /// The log, with all that opening takes on trust held against its records.
  ///
  /// - Throws: `damage`, `rolledBack`, `format` with the place; `io`.
  package func verifiedLog() throws(LetheError) -> FileLog {
    let log = try log()
    try log.verify()
    return log
  }

  /// All rows of the vault's pages.
  ///
  /// - Throws: `damage` or `format` if they cannot be read; `io`.
  package func pages() throws(LetheError) -> [PageRow] {
    try demand(home.vault)
    return try SQLitePageStore.rows(in: home.vault, files)
  }

  /// The log's evidence and the shapes of the epoch that it names last.
  ///
  /// - Parameter evidence: what was read of the log before; it is read again only if a commit has come since.
  /// - Throws: `missing-key` if the root page that the log names is not there, `rolledBack` if only later ones are; `damage`,
  ///   `format`; `io`.
  package func shapes(
    _ evidence: Evidence
  ) throws(LetheError) -> (evidence: Evidence, shapes: VaultShapes) {
    var evidence = evidence
    var attempt = 1
    while true {
      guard let epoch = evidence.epoch, let storeID = evidence.identities.first?.statement.storeID else {
        throw LetheError.logIsEmpty
      }
      let rows = try pages()
      do throws(LetheError) {
        return (evidence, try VaultShapes(rows: rows, rootPageHash: epoch.rootPageHash, storeID: storeID))
      } catch let error where error.code == .missingKey {
        let newer = try Evidence(scanning: log())
        attempt += 1
        if attempt <= Self.attempts, let now = newer.epoch, now.to > epoch.to {
          evidence = newer
          continue
        }
        guard let newest = rows.newestEpoch(of: storeID), newest > epoch.to else { throw error }
        throw LetheError(
          .rolledBack,
          "the log (epoch \(epoch.to)) is older than the vault's pages (epoch \(newest)): an old copy was restored; put back "
            + "the newest Log/")
      }
    }
  }

  /// Cells and replicas as the file names them that the log bears out.
  ///
  /// - Throws: `damage` if there is no such file.
  package func places(_ evidence: Evidence) throws(LetheError) -> Places {
    do throws(LetheError) { return try PlacesFile.read(home, evidence.places, files) } catch {
      // Somebody may have changed them since the log was read.
      let newer = try Evidence(scanning: log())
      guard error.code == .damage, newer.places != evidence.places else { throw error }
      return try PlacesFile.read(home, newer.places, files)
    }
  }

  /// What kind of cell keeps the root and what it can promise, without a look at what it holds.
  ///
  /// - Throws: `io`; `damage` if the file is no root cell.
  package func cells(_ evidence: Evidence) throws(LetheError) -> CellSets {
    try RootCells.open(places(evidence), home, World(files: files))
  }

  package func cell(_ cell: Places.Cell, _ number: Int) throws(LetheError) -> any RootCell {
    try RootCells.file(
      RootCells.path(of: cell, home), .open, sealed: cell.sealing, number: number, home, World(files: files))
  }

  /// Names the one cell of a home, if it is not there; with several, opening tells.
  ///
  /// - Throws: `missing-key`; `damage` if it cannot be told where the cell is.
  package func demandCell(_ evidence: Evidence) throws(LetheError) {
    let places = try places(evidence)
    guard places.cells.count == 1, let cell = places.cells.first else { return }
    let path = RootCells.path(of: cell, home)
    guard files.exists(path) else {
      throw LetheError(.missingKey, "\(cell.path) is missing; put the current root cell back", place: "cell 1")
    }
  }
}

extension LetheError {
  fileprivate static var noCheckpoint: LetheError {
    LetheError(
      .damage,
      "no checkpoint is here that the log's own key signed, and without a key nothing else vouches for the records; put "
        + "Log/checkpoint back", place: "Log/checkpoint")
  }
}
