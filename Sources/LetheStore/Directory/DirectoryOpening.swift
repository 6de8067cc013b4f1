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
  convenience init(
    path: String, vault: Vault, origin: String, listKey: SealingKey, count: UInt64, in world: World
  ) throws(LetheError) {
    let content: Content
    do throws(LetheError) { content = try Self.content(path, vault, origin, listKey, count, world) } catch {
      guard error.code == .damage else { throw error }
      // What cannot be read is as good as none.
      try ShardFile.remove(path, world.files)
      content = try Self.content(path, vault, origin, listKey, count, world)
    }
    self.init(content, vault: vault, listKey: listKey)
  }

  private static func content(
    _ path: String, _ vault: Vault, _ origin: String, _ listKey: SealingKey, _ count: UInt64, _ world: World
  ) throws(LetheError) -> Content {
    let file = try ShardFile(
      path: path, storeID: vault.storeID, origin: origin, random: world.random, files: world.files)
    let (shards, left) = try shards(of: vault, in: file, listKey)
    // No shard is written ahead of the log, and for these the list vouches, or they opened under keys of today.
    if let furthest = shards.map(\.bookmark).max(), furthest > count {
      throw LetheError(
        .rolledBack,
        "the log has \(count) records and the directory has taken in \(furthest): the log was rolled back; put back the "
          + "newest Log/")
    }
    return Content(file: file, shards: shards, leftRows: left)
  }

  /// The shards of the root page, and the rows in the file that are of no use for them.
  private static func shards(
    of vault: Vault, in file: borrowing ShardFile, _ listKey: SealingKey
  ) throws(LetheError) -> (shards: [Shard], left: [ShardFile.Row]) {
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
        } else if let bookmark = try bookmark(of: row, under: vault, in: file, ifClosed: list?.bookmark ?? 0) {
          shard.row = row
          shard.bookmark = bookmark
        }
      }
      if shard.row != nil { rows[entry.kid] = nil }
      shards.append(shard)
    }
    return (shards, Array(rows.values))
  }

  /// Up to where a row has all values that the list does not vouch for; nil if it does not open. It says so itself,
  /// authenticated with its content.
  ///
  /// - Parameter known: what is taken for a row whose key is in a page of the vault that is missing: it is kept until the
  ///   page is back, and whoever looks something up in it meanwhile is told of the page.
  private static func bookmark(
    of row: ShardFile.Row, under vault: Vault, in file: borrowing ShardFile, ifClosed known: UInt64
  ) throws(LetheError) -> UInt64? {
    let key: ShardKey?
    do throws(LetheError) { key = try vault.shardKey(row.number) } catch {
      guard error.code == .missingKey else { throw error }
      return min(row.bookmark, known)
    }
    guard let key, try file.content(row, key: key.key.sealingKey()) != nil else { return nil }
    return row.bookmark
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
