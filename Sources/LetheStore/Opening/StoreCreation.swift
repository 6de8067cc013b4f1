internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
public import LetheSystem
internal import LetheVault

extension Store {
  /// Makes a home: keys, an empty log with its founding batch, and a sample policy unless one is there. Durable at
  /// return. A creation that was interrupted is started over.
  ///
  /// - Returns: the store's id.
  /// - Throws: `refused` where a log or keys are already.
  public static func create(_ home: Home, in world: World = World()) throws(LetheError) -> [UInt8] {
    let files = world.files
    for folder in [home.keys, home.policies, home.log, home.readModels] { try files.createDirectory(folder) }
    // A folder that was there may be open to a group, as those of a working copy are.
    try files.closeToOthers(home.keys)
    try home.demandOwnKeys(files)
    let locks = try home.lock(files, waiting: .seconds(5))
    defer { withExtendedLifetime(locks) {} }
    try clearInterrupted(home, files)
    if try home.policyNames(files).isEmpty {
      try files.replace(home.policies + "/sample.json", with: Policies.sample)
    }

    let storeID = try world.random.bytes(16)
    let signingKey = try SigningKeyFile.create(home.signingKey, world)
    let identity = SigningIdentity(
      storeID: storeID, origin: OriginName.first(of: storeID), publicKey: signingKey.verifyingKey.bytes)
    let pages = try SQLitePageStore(path: home.vault, .create, in: files)
    let (vault, advance) = try Vault.create(
      pages: pages, cells: RootCells.create(.initial, home, world), storeID: storeID, random: world.random)

    let log = try FileLog.create(
      in: home.log, fileSystem: files, storeID: storeID,
      sealing: HomeSealing(
        sealKey(vault), newest: nil, trusted: nil, storeID: storeID, signingKey, home, world),
      noting: FactNotes(), options: world.logOptions)
    // From here on the home may be there whole.
    do throws(LetheError) {
      try found(log, vault, advance, identity, world)
      let checkpoint = try Checkpoint(
        origin: identity.origin, size: log.count, rootHash: log.rootHash(size: log.count))
      try log.publish(size: log.count)
      try CheckpointFiles.publish(checkpoint, signingKey, home, world)
      try log.finish()
    } catch { throw error.keeping(.undecided) }
    log.coarsenTimes()
    for folder in [home.path, home.policies] { files.tryToCoarsenTime(of: folder, after: nil) }
    return storeID
  }

  /// Refuses a home that has anything to lose; removes what an interrupted creation left.
  private static func clearInterrupted(_ home: Home, _ files: any FileSystem) throws(LetheError) {
    let leftovers = [
      home.rootCell, home.vault, home.vault + "-wal", home.vault + "-shm", home.directory,
      home.directory + "-wal", home.directory + "-shm",
      home.places, home.nextPlaces, home.run,
    ]
    let hasLog = try hasRecords(home, files)
    // The checkpoint is an init's last act, so keys beside one belong to a store that was whole.
    let wasWhole = files.exists(home.trustedCheckpoint)
    let hasLivedCell = try hasLivedCell(home, files)
    // Its first act is the signing key: what lies there without one is the rest of another store.
    let hasSegment = try files.contents(of: home.log).contains { LogLayout.isSegment($0) }
    let hasRest = !files.exists(home.signingKey) && (files.exists(home.vault) || hasSegment)
    guard !hasLog, !wasWhole, !hasLivedCell, !hasRest else {
      throw LetheError(.refused, "there is a store here already; name another folder with --home")
    }
    for path in leftovers { try files.remove(path) }
    try files.remove(home.log + "/" + LogLayout.segment(0))
    // Last, since it tells that the rest is an interrupted creation's.
    for folder in [home.keys, home.log] { try files.synchronizeDirectory(folder) }
    try files.remove(home.signingKey)
  }

  /// Whether a root cell lies there that an interrupted creation cannot have left: it has come past epoch 1.
  private static func hasLivedCell(_ home: Home, _ files: any FileSystem) throws(LetheError) -> Bool {
    guard files.exists(home.rootCell) else { return false }
    // A file of a few zeros, which is all that is left of making one, is made whole, and removed with what else is left.
    let cell = try FileRootCell(path: home.rootCell, .create, in: files, random: SystemRandom())
    return try cell.labels().contains { $0.pair.epoch > 1 }
  }

  private static func hasRecords(_ home: Home, _ files: any FileSystem) throws(LetheError) -> Bool {
    guard try FileLog.exists(in: home.log, fileSystem: files) else { return false }
    let storeID = try FileLog.storeID(in: home.log, fileSystem: files)
    return try FileLog.open(
      in: home.log, fileSystem: files, storeID: storeID, believing: .everything, access: .read
    ).count > 0
  }

  private static func sealKey(_ vault: Vault) throws(LetheError) -> SealKey {
    guard case .living(let key) = try vault.lookup(.seals) else {
      throw LetheError(.missingKey, "a new vault has no key for group seals; run `lethe init` again")
    }
    return try SealKey(key)
  }

  /// The founding batch.
  private static func found(
    _ log: any RecordLog, _ vault: Vault, _ advance: EpochAdvance, _ identity: SigningIdentity, _ world: World
  ) throws(LetheError) {
    var index = try LogIndex(of: log)
    let keys = KeyRing(vault: vault)
    var group = GroupPlan(
      recordedAt: world.clock.now(), nonces: NonceStock(world.random), factsKey: try keys.newKey(.facts, at: 0).key)
    // The first one's key seals all of them.
    for kid in [KeyID.facts, .lookup, .fence, .retained, .seals] {
      try group.add(
        .slotOpened(kid, commitment: keys.newKey(kid, at: index.count).commitment), isLastOfBatch: false, to: &index)
    }
    try group.add(.signingKeyRotated(identity), isLastOfBatch: false, to: &index)
    try group.add(.epochAdvanced(advance), isLastOfBatch: false, to: &index)
    try group.add(.blocksOpened(plane: .subjects, blocks: [0]), isLastOfBatch: true, to: &index)
    _ = try log.append([group.records.sealed(storeID: identity.storeID)])
  }
}
