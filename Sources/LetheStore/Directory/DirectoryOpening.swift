internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

extension Directory {
  /// Opens the shards that the vault's root page names, without a look into them. What is not there, or not of the log,
  /// is made again by `catchUp`.
  ///
  /// - Parameters:
  ///   - origin: the log's.
  ///   - listKey: seals the list of shards; the store's slot 0.
  ///   - count: records in the log.
  ///   - hasOpenForgets: whether it has a forget that was begun and is not done: going on with it gives keys before the log
  ///     grows, so that what the list says of the log's end proves nothing.
  convenience init(
    path: String, vault: Vault, origin: String, listKey: SealingKey, count: UInt64, hasOpenForgets: Bool,
    in world: World
  ) throws(LetheError) {
    let content: Content
    do throws(LetheError) { content = try Self.content(path, vault, origin, listKey, count, world) } catch {
      guard error.code == .damage else { throw error }
      // What cannot be read is as good as none.
      try ShardFile.remove(path, world.files)
      content = try Self.content(path, vault, origin, listKey, count, world)
    }
    self.init(content, vault: vault, listKey: listKey)
    if hasOpenForgets { Self.noteShardKids(in: vault) }
  }

  private static func content(
    _ path: String, _ vault: Vault, _ origin: String, _ listKey: SealingKey, _ count: UInt64, _ world: World
  ) throws(LetheError) -> Content {
    let file = try ShardFile(
      path: path, storeID: vault.storeID, origin: origin, random: world.random, files: world.files)
    let (list, shards, left) = try shards(of: vault, in: file, listKey)
    // No shard is written ahead of the log, and these opened under keys of today.
    if let furthest = shards.map(\.bookmark).max(), furthest > count {
      throw LetheError(
        .rolledBack,
        "the log has \(count) records and the directory has taken in \(furthest): the log was rolled back; put back the "
          + "newest Log/")
    }
    if list?.giving != .settled || list?.bookmark != count || !left.isEmpty { noteShardKids(in: vault) }
    return Content(file: file, shards: shards, leftRows: left, listedGiving: list?.giving)
  }

  /// Tells the vault that a commit that was broken off may have given keys to shards: any of the block. Nothing tells of
  /// them for sure, since what was sealed under one may lie where no file leads to. Only where the list says so, and is the
  /// newest that there was, was none given in vain.
  private static func noteShardKids(in vault: Vault) {
    vault.noteUse(
      ofShardKid: KeyID(
        plane: .shards, block: vault.nextShardKid.block, subject: KeyID.subjectLimit - 1, slot: KeyID.slotLimit - 1))
  }

  /// Makes the file for a new store, so that its first opening knows that nothing was before.
  static func found(
    path: String, vault: Vault, origin: String, count: UInt64, in world: World
  ) throws(LetheError) {
    guard case .living(let key) = try vault.lookup(.lookup) else {
      throw LetheError(.missingKey, "a new store's vault lacks its first key; remove the home and make it again")
    }
    let file = try ShardFile(
      path: path, storeID: vault.storeID, origin: origin, random: world.random, files: world.files)
    try file.write(ShardFile.List(bookmark: count), key: key.sealingKey(), removing: [])
    try file.close()
  }

  /// What the list says, the shards of the root page, and the rows in the file that are of no use for them.
  private static func shards(
    of vault: Vault, in file: borrowing ShardFile, _ listKey: SealingKey
  ) throws(LetheError) -> (list: ShardFile.List?, shards: [Shard], left: [ShardFile.Row]) {
    let list = try file.list(key: listKey)
    let listed = Dictionary(
      (list?.rows ?? []).map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    var rows = Dictionary(try file.rows().map { ($0.kid, $0) }, uniquingKeysWith: { first, _ in first })
    var shards: [Shard] = []
    for entry in vault.shards {
      var shard = Shard(number: entry.number, kid: entry.kid, row: nil, bookmark: 0)
      if let row = rows[entry.kid], row.number == entry.number {
        if let list, let entry = listed[row.number], entry.kid == row.kid, entry.nonce == row.nonce {
          shard.row = row
          shard.bookmark = list.bookmark
        } else if let key = try vault.shardKey(entry.number), try file.content(row, key: key.key.sealingKey()) != nil {
          // What the list does not vouch for was opened, which authenticates its bookmark.
          shard.row = row
          shard.bookmark = row.bookmark
        }
      }
      if shard.row != nil { rows[entry.kid] = nil }
      shards.append(shard)
    }
    return (list, shards, Array(rows.values))
  }

  /// How far a directory has come, by the shards that open under the vault's present keys: so long the log of that origin
  /// once was.
  static func furthestBookmark(
    in path: String, of vault: Vault, origin: String, _ world: World
  ) throws(LetheError) -> UInt64 {
    guard case .living(let key) = try vault.lookup(.lookup) else { return 0 }
    do throws(LetheError) {
      let file = try ShardFile(
        path: path, storeID: vault.storeID, origin: origin, random: world.random, files: world.files)
      return try shards(of: vault, in: file, key.sealingKey()).shards.map(\.bookmark).max() ?? 0
    } catch {
      // What cannot be read says nothing.
      guard error.code == .damage else { throw error }
      return 0
    }
  }

  /// Brings the directory to the end of the log by opening the facts that some shard lacks.
  ///
  /// Facts about forgotten subjects no longer open and are left out; so a directory that was rebuilt equals one that lived
  /// through the forgets.
  func catchUp(_ log: any RecordLog, _ reader: RecordReader, _ lookups: LookupKeys, _ state: borrowing StoreState)
    throws(LetheError)
  {
    let start = bookmark
    guard start < state.index.count else { return }
    try log.forEachRecord(from: start, to: nil) { (position, record) throws(LetheError) in
      guard record.header.flags.contains(.system) else { return .continue }
      switch try Fact(decoding: Array(record.clearBody)) {
      case .subjectRegistered(let kid, _):
        for id in try reader.identityDetail(of: record, at: position, state)?.texts ?? [] {
          note(lookups.subject(id), .subject(kid.subjectIndex), unlessKnownAt: position)
        }
      case .streamCreated(let stream, _):
        if let name = try reader.identityDetail(of: record, at: position, state)?.texts.first {
          note(lookups.stream(name), .stream(stream), unlessKnownAt: position)
        }
      case _: break
      }
      if isFull { try flush(upTo: { position + 1 }) }
      return .continue
    }
  }
}
