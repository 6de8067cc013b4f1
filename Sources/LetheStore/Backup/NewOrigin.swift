internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// Has a log that lost its end go on under a new origin: one batch, there whole or not at all, whose first record holds
/// the newest checkpoint that is known of what ended. Then come the places, if the log lost a change of them, the forgets and
/// epochs that the pages show and the log lacks, and the end of every key block that the lost records can have used.
struct NewOrigin {
  let found: RestoredLog
  /// The log's signing identity so far.
  let identity: SigningIdentity
  let vault: Vault
  let rows: [PageRow]
  let world: World

  /// Durable in the staged log at return.
  func append(signedBy key: SigningKey, places: Places) throws(LetheError) -> RestoreSummary.NewOrigin {
    let (log, kept) = (found.log, found.log.count)
    var index = found.index
    let origins = [identity.origin] + found.knownOrigins + index.origins.map(\.beginning.identity.origin)
    let next = SigningIdentity(
      storeID: identity.storeID,
      origin: try OriginName.next(after: origins, first: "lethe/\(identity.storeID.hex)", world.random),
      publicKey: identity.publicKey)
    let beginning = try OriginBeginning(next, keeping: log, after: found.newest?.note, key: key)
    let base = RootPair(epoch: index.epoch, rootPageHash: index.rootPageHash)
    let current = RootPair(epoch: vault.epoch, rootPageHash: vault.rootPageHash)
    let recovered = try RecoveredEpochs(
      EpochChain(rows: rows, storeID: identity.storeID, after: base, upTo: current), index, world.random)

    var facts: [(fact: Fact, texts: [String])] = [(.originBegan(beginning), [])]
    let time = world.clock.now()
    if index.hours.last.map({ $0.hour < time.hour }) ?? true { facts.append((.hourBegan(time.hour), [])) }
    if index.places?.change != places.change, index.places != nil || places != .initial {
      facts.append((.placesChanged(places.change), places.texts))
    }
    facts += recovered.starts.map { (.forgetStarted($0), []) } + recovered.advances.map { (.epochAdvanced($0), []) }
    facts += blocksLeft(index).map { (.blocksOpened(plane: .subjects, blocks: $0), []) }

    let sealingKey = try sealingKey(index, identity.storeID)
    var group = GroupPlan(recordedAt: time, nonces: NonceStock(world.random), factsKey: sealingKey)
    for (number, (fact, texts)) in facts.enumerated() {
      let detail = FactDetail(recordedAt: time, texts: texts)
      let part = RecordPlan.Part(kid: .facts, key: sealingKey, content: detail.encoded())
      try group.add(fact, sealed: part, isLastOfBatch: number == facts.count - 1, to: &index)
    }
    found.sealing?.begin(next.origin)
    _ = try log.append([group.records.sealed(storeID: identity.storeID)])
    return RestoreSummary.NewOrigin(
      origin: next.origin, keptRecords: kept, knownRecords: lengthOfFormer(after: identity.origin),
      epochs: base.epoch + 1..<max(current.epoch, base.epoch) + 1, unknownEpochs: recovered.unknownEpochs,
      recoveredCases: recovered.starts.map(\.caseID.hex))
  }

  /// How long the log was that ended, if the newest checkpoint is of the same origin.
  private func lengthOfFormer(after origin: String) -> UInt64? {
    guard let newest = found.newest?.checkpoint, newest.origin == origin else { return nil }
    return newest.size
  }

  /// Lost records can have opened any block that the vault has, and no other: none of them is given from any more. The
  /// next blocks are those that the coming start allocates.
  private func blocksLeft(_ index: LogIndex) -> [[UInt64]] {
    guard let last = vault.blocks(of: .subjects).last, last >= index.blocks.nextUnopened else { return [[]] }
    return [[last], []]
  }

  private func sealingKey(_ index: LogIndex, _ storeID: [UInt8]) throws(LetheError) -> SealingKey {
    let reader = RecordReader(
      log: found.log, keys: KeyRing(vault: vault), storeID: storeID, policies: try Policies(files: []))
    return try reader.livingKey(.facts, StoreState(index: index, random: world.random))
  }
}
