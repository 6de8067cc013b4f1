internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
public import LetheSystem
internal import LetheVault

extension Store {
  /// Opens a home alone, finishes what a crash left unfinished, and brings indexes and directory to the log's end.
  ///
  /// A home on a full or read-only disk is opened for reading: an overlay keeps in memory what opening would have written,
  /// so every read answers as it would with space. Such a store finishes and signs nothing, and `writeRefusal` says why it
  /// takes no appends.
  ///
  /// - Parameter patience: how long to wait for another process that has the home open.
  /// - Throws: `locked` with that process's id; `damage`, `rolledBack`, `missingKey`, `format`, `io`, and `input` for a
  ///   policy that cannot be read: nothing is served.
  public static func open(
    _ home: Home, waiting patience: Duration = .seconds(5), in world: World = World()
  ) throws(LetheError) -> Store {
    do throws(LetheError) { return try open(home, .everything, waiting: patience, in: world) } catch {
      guard error.isForWantOfSpace else { throw error }
      return try open(home, .reading(error), waiting: patience, in: world.overlaid())
    }
  }

  /// What a home is opened for.
  private enum Purpose {
    case everything
    /// The error is why opening could not write.
    case reading(LetheError)
    /// To have the log name the key of group seals, which it does not yet.
    case migrating
  }

  /// Opens a home whose log was just given a segment in which groups have seals.
  static func openMigrating(_ home: Home, waiting patience: Duration, in world: World) throws(LetheError) -> Store {
    try open(home, .migrating, waiting: patience, in: world)
  }

  private static func open(
    _ home: Home, _ purpose: Purpose, waiting patience: Duration, in world: World
  ) throws(LetheError) -> Store {
    try home.requireFolders(world.files)
    try home.demandOwnKeys(world.files)
    let locks = try home.lock(world.files, waiting: patience)
    let signingKey = try SigningKeyFile.load(home.signingKey, world)
    let trusted = try CheckpointFiles.trusted(home, world, signingKey.verifyingKey)
    let published = try CheckpointFiles.published(home, world, signingKey.verifyingKey)
    let checkpoints = [(trusted, "Keys/checkpoint"), (published, "Log/checkpoint")].compactMap { (checkpoint, place) in
      checkpoint.map { (checkpoint: $0, place: place) }
    }
    let storeID = try FileLog.storeID(in: home.log, fileSystem: world.files)
    let keys = HomeKeys(home, storeID: storeID, world)
    if let failure = keys.failure {
      do throws(LetheError) {
        guard !failure.isForWantOfSpace else { throw failure }
        // SQLite does not say that a disk takes no writes; a file says it, of which nothing is written.
        _ = try world.files.open(home.signingKey, .update, as: .signingKey(of: home.keys))
      } catch {
        keys.giveBack()
        throw error
      }
    }
    let opening: LogOpening
    do throws(LetheError) {
      let sealing = try keys.seals.map { (key) throws(LetheError) in
        try HomeSealing(
          key, newest: checkpoints.newest?.checkpoint, trusted: trusted, storeID: storeID, signingKey, home, world)
      }
      opening = try LogOpening(home.log, world, locking: patience, sealing: sealing, holdingAgainst: checkpoints)
    } catch {
      keys.giveBack()
      throw error
    }
    var begun = Begun(keys: keys)
    do throws(LetheError) {
      return try assemble(home, purpose, locks, signingKey, trusted, opening, &begun, waiting: patience, in: world)
    } catch {
      begun.giveBack()
      opening.log.unlockActiveSegment()
      // A log that is not believed to its end looks older than it is.
      if let failure = keys.failure, failure.code == .io, error.code == .rolledBack { throw failure }
      throw error
    }
  }

  /// What an opening has locked or opened so far. A failed opening gives it back at once: background threads may hold
  /// references a moment longer, and the next opening must find everything free.
  private struct Begun {
    let keys: HomeKeys
    var cells: CellSets?
    var vault: Vault?
    var directory: Directory?

    func giveBack() {
      // Report the error that stopped the opening, not those of cleaning up.
      do throws(LetheError) { try directory?.close() } catch {}
      if let vault { do throws(LetheError) { try vault.close() } catch {} } else { keys.giveBack() }
      cells?.release()
    }
  }

  /// The rest of an opening, once the log is open.
  ///
  /// - Parameter begun: what it has taken so far.
  private static func assemble(
    _ home: Home, _ purpose: Purpose, _ locks: HomeLocks, _ signingKey: SigningKey, _ trusted: Checkpoint?,
    _ opening: LogOpening, _ begun: inout Begun, waiting patience: Duration, in world: World
  ) throws(LetheError) -> Store {
    let (log, index) = (opening.log, opening.index)
    guard let identity = index.signing else {
      throw LetheError.logIsEmpty
    }
    guard identity.publicKey == signingKey.verifyingKey.bytes else {
      throw LetheError(.damage, "Keys/signing.key is not the key that the log names; put the right file back")
    }
    let (places, next) = try PlacesFile.open(home, index.places?.change, world.files)
    guard let pages = begun.keys.pages else {
      throw begun.keys.failure
        ?? LetheError(
          .missingKey,
          "Keys/vault.sqlite is missing; put it back with `lethe restore` from a replica, or mount its disk",
          place: "Keys/vault.sqlite")
    }
    let cells = try RootCells.open(places, next: next, home, world, from: begun.keys.cells)
    begun.cells = cells
    try cells.hold(waiting: patience)
    let (vault, recovery) = try Vault.open(
      pages: pages,
      replicas: Replica.all(of: places, world.files),
      cells: cells,
      storeID: identity.storeID, random: world.random, logEpoch: index.epoch,
      openCases: Set(index.forgets.open.map(\.caseID)))
    begun.vault = vault
    if let failure = begun.keys.failure { throw failure }
    guard vault.epoch > index.epoch || vault.rootPageHash == index.rootPageHash else {
      throw LetheError(
        .rolledBack,
        "log and vault are both at epoch \(vault.epoch), but not at the same one: one of them is from before a restore; "
          + "put back the log and the keys that belong together")
    }
    guard index.blocks.nextUnopened <= UInt64(vault.blocks(of: .subjects).count) else {
      throw LetheError(
        .damage, "the log names key blocks that the vault never had; put back a copy of Log/", place: "Log/")
    }
    let keys = KeyRing(vault: vault)
    let policies = try loadPolicies(home, world)
    let records = RecordReader(log: log, keys: keys, storeID: identity.storeID, policies: policies)
    var state = StoreState(index: index, random: world.random)
    let lookups = try lookupKeys(vault, records, state)
    state.factsKey = try records.livingKey(.facts, state)
    let namesSeals = try index.opening(of: .seals) != nil
    switch purpose {
    case .migrating: break
    case .everything, .reading:
      guard namesSeals else { throw LetheError.isHalfMigrated }
      _ = try records.livingKey(.seals, state)
    }
    let directory = try Directory(
      path: home.directory, vault: vault, origin: identity.origin, listKey: records.livingKey(.lookup, state),
      count: index.count, in: world)
    begun.directory = directory
    try directory.catchUp(log, records, lookups, state)

    let parts = StoreParts(
      home: home, world: world, log: log, vault: vault, keys: keys, lookups: lookups, directory: directory,
      names: StreamNames(),
      policies: policies, identity: identity, signingKey: signingKey,
      state: ReaderWriterLock(state), places: SharedPlaces(places))
    let signedSize = trusted?.origin == identity.origin ? trusted?.size : nil
    let writer = try StoreWriter(parts: parts, records: records, signedSize: signedSize)
    let trust: OpeningFindings.Trust = trusted == nil ? .none : .checkpoint
    if case .reading(let obstacle) = purpose {
      let refusal = obstacle.refusingWrites
      writer.committer.stop(refusal)
      return try Store(
        parts: parts, records: records, writer: writer, locks: locks, refusing: refusal,
        found: OpeningFindings(recovery: log.recovery, trust: trust, finishedForgets: []))
    }
    if !namesSeals {
      let opening = Fact.slotOpened(.seals, commitment: try keys.newKey(.seals, at: index.count).commitment)
      try writer.record([StoreWriter.FactDraft(opening)])
    }
    // An epoch that the log lacks may be what a crash left, or all that tells of a log whose end is lost. A run without a
    // group may have lost its first one behind a checkpoint that covers all.
    let abandonment: StoreWriter.Abandonment =
      signedSize == nil || recovery.advance != nil || !log.endsInNewestRun
      ? .allAllocated : signedSize == log.count ? .none : .blocksInUse
    // Nothing is signed before the blocks in use are left: a crash in between must not make the log look whole.
    let unfinished = parts.state.read { $0.index.forgets.open.map(\.caseID) }
    let hasFinished = try writer.recover(recovery, next)
    let waiting = parts.state.read { Set($0.index.forgets.open.map(\.caseID)) }
    try writer.abandonBlocks(abandonment)
    if hasFinished == .forgets { try writer.sign() }
    try writer.notePolicies()
    return try Store(
      parts: parts, records: records, writer: writer, locks: locks, refusing: nil,
      found: OpeningFindings(
        recovery: log.recovery, trust: trust,
        finishedForgets: unfinished.filter { !waiting.contains($0) }))
  }

  private static func lookupKeys(
    _ vault: Vault, _ records: RecordReader, _ state: borrowing StoreState
  ) throws(LetheError) -> LookupKeys {
    // Loading them through the ring checks them against their logged commitments.
    for kid in [KeyID.lookup, .fence] { _ = try records.livingKey(kid, state) }
    guard case .living(let lookup) = try vault.lookup(.lookup),
      case .living(let fence) = try vault.lookup(.fence)
    else {
      throw LetheError(
        .missingKey, "the store's own keys are missing; put the pages back with `lethe restore` from a replica")
    }
    return LookupKeys(directory: try lookup.indexKey(), fence: try fence.indexKey())
  }

  private static func loadPolicies(_ home: Home, _ world: World) throws(LetheError) -> Policies {
    var files: [(name: String, bytes: [UInt8])] = []
    for name in try home.policyNames(world.files) {
      files.append((name, try world.files.contents(ofFile: home.policies + "/" + name, as: .policy)))
    }
    return try Policies(files: files)
  }
}

extension StoreWriter {
  /// Records a change of policy before the first event that it divides.
  func notePolicies() throws(LetheError) {
    let digest = SHA256.hash(parts.policies.digestInput)
    guard parts.state.read({ $0.index.policyDigest }) != digest else { return }
    try record([FactDraft(.policyChanged(digest))])
  }
}
