internal import LetheCrypto
internal import LetheLog
internal import LetheSQLite
internal import LetheSystem
internal import LetheVault

/// The directory's sealed shards in `directory.sqlite`: for each shard number and key id one row, whose blob is sealed
/// under that key id's data key. The root page says which key id is current; any other row is ignored.
///
/// A row: shard number, kid, bookmark, nonce (24 bytes), blob. The blob's plaintext is the shard behind its length (u32),
/// filled up with zeros to the padded length; store id, shard number u32, kid u64 and bookmark u64 are authenticated with
/// it.
struct DirectoryShards: Sendable {
  /// The one shard there is so far.
  static let first: UInt32 = 0

  let path: String
  let storeID: [UInt8]
  let random: any RandomSource
  let files: any FileSystem

  /// What a row that was asked for says.
  enum Loaded {
    case directory(Directory)
    /// There is no row under this key id, or it does not open: the shard is to be rebuilt from the log.
    case unusable
  }

  /// Seals the directory under the shard's key; durable at return.
  func write(_ directory: Directory, shard: UInt32, kid: KeyID, key: SealingKey) throws(LetheError) {
    let content = directory.encoded()
    var framed = ByteWriter()
    framed.putCounted(content)
    var plaintext = framed.bytes
    plaintext += repeatElement(0, count: Padding.padded(count: plaintext.count) - plaintext.count)
    let nonce = try random.bytes(SealingKey.nonceByteCount)
    let sealed = try key.seal(
      plaintext, nonce: nonce, authenticating: authenticated(shard, kid, directory.bookmark))
    let database = try open(.create)
    try database.run(
      "INSERT OR REPLACE INTO shards (number, kid, bookmark, nonce, blob) VALUES (?, ?, ?, ?, ?)",
      .integer(Int64(shard)), .integer(Int64(bitPattern: kid.rawValue)), .integer(Int64(directory.bookmark)),
      .blob(nonce), .blob(sealed))
    try database.close()
  }

  /// Opens the row of a shard under its current key, by a connection of its own.
  func load(shard: UInt32, kid: KeyID, key: SealingKey) throws(LetheError) -> Loaded {
    let database = try open(.create)
    let row = try database.first(
      "SELECT bookmark, nonce, blob FROM shards WHERE number = ? AND kid = ?", .integer(Int64(shard)),
      .integer(Int64(bitPattern: kid.rawValue))
    ) { (row) throws(LetheError) in
      (bookmark: UInt64(bitPattern: try row.integer(0)), nonce: try row.blob(1), blob: try row.blob(2))
    }
    try database.close()
    guard let row, row.nonce.count == SealingKey.nonceByteCount,
      let plaintext = try key.open(
        row.blob, nonce: row.nonce, authenticating: authenticated(shard, kid, row.bookmark))
    else { return .unusable }
    do throws(LetheError) {
      var reader = ByteReader(plaintext)
      return .directory(try Directory(decoding: Array(reader.takeCounted()), bookmark: row.bookmark))
    } catch  where error.code == .damage {
      // Another version's shard: as good as none.
      return .unusable
    }
  }

  /// Removes the rows that are not under the shard's current key.
  func removeOthers(shard: UInt32, than kid: KeyID) throws(LetheError) {
    let database = try open(.create)
    try database.run(
      "DELETE FROM shards WHERE number = ? AND kid <> ?", .integer(Int64(shard)),
      .integer(Int64(bitPattern: kid.rawValue)))
    try database.checkpoint()
    try database.close()
  }

  private func open(_ mode: Database.Mode) throws(LetheError) -> Database {
    do {
      return try prepared(mode)
    } catch let error where error.code == .damage {
      // The directory is a projection: one that SQLite cannot read is as good as none.
      for suffix in ["", "-wal", "-shm"] { try files.remove(path + suffix) }
      return try prepared(mode)
    }
  }

  private func prepared(_ mode: Database.Mode) throws(LetheError) -> Database {
    let database = try Database(path: path, mode: mode, in: files)
    try database.configure()
    try database.execute(
      """
      CREATE TABLE IF NOT EXISTS shards (
        number INTEGER NOT NULL, kid INTEGER NOT NULL, bookmark INTEGER NOT NULL, nonce BLOB NOT NULL,
        blob BLOB NOT NULL, PRIMARY KEY (number, kid)) WITHOUT ROWID
      """)
    return database
  }

  private func authenticated(_ shard: UInt32, _ kid: KeyID, _ bookmark: UInt64) -> [UInt8] {
    Self.authenticated(storeID, shard, kid, bookmark)
  }

  /// What is authenticated with a row's blob.
  static func authenticated(_ storeID: [UInt8], _ shard: UInt32, _ kid: KeyID, _ bookmark: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.put(storeID)
    writer.put(shard)
    writer.put(kid.rawValue)
    writer.put(bookmark)
    return writer.bytes
  }
}
