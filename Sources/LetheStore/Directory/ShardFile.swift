internal import LetheCrypto
internal import LetheLog
internal import LetheSQLite
internal import LetheSystem
internal import LetheVault

/// `Keys/directory.sqlite`: the directory's sealed shards and their list.
///
/// Table `shards`: for each key id, which one shard has at a time, one row: kid, number, bookmark, nonce (24 bytes), blob,
/// sealed under that key id's data key; store id, shard number u32, kid u64 and bookmark u64 are authenticated with it. The
/// plaintext: SHA-256 of the log's origin, the shard behind its length (u32), zeros up to the padded length. A row holds
/// all values of its shard that the records below its bookmark give, of the log of that origin: the positions of one that
/// goes on after a restore are others. The root page says which key id is current; other rows are ignored.
///
/// The key id is the row's own number (`INTEGER PRIMARY KEY`): in a table without, or in an index, SQLite reads the whole
/// of every row that a search passes.
///
/// Table `list`: one row, nonce and blob, sealed under the store's slot 0; store id, the word "directory list" and SHA-256
/// of the origin are authenticated. The plaintext: version u8 = 1; bookmark u64; count u32, per shard number u32, kid u64,
/// nonce (24 bytes). A row that it names is complete up to the list's bookmark, so that what did not change need not be
/// written again.
struct ShardFile: ~Copyable {
  private let database: Database
  private let storeID: [UInt8]
  /// SHA-256 of the origin.
  private let origin: Digest
  private let random: any RandomSource

  /// A row without its blob.
  struct Row: Equatable, Sendable {
    let number: UInt32
    let kid: KeyID
    let bookmark: UInt64
    let nonce: [UInt8]
  }

  /// What the list says.
  struct List: Equatable, Sendable {
    var bookmark: UInt64 = 0
    var rows: [Entry] = []

    struct Entry: Equatable, Sendable {
      let number: UInt32
      let kid: KeyID
      let nonce: [UInt8]
    }
  }

  private static let definitions = [
    Definition(
      """
      TABLE shards (
        kid INTEGER PRIMARY KEY, number INTEGER NOT NULL, bookmark INTEGER NOT NULL, nonce BLOB NOT NULL,
        blob BLOB NOT NULL)
      """),
    Definition("TABLE list (id INTEGER PRIMARY KEY CHECK (id = 1), nonce BLOB NOT NULL, blob BLOB NOT NULL)"),
  ]

  /// Opens the file, or makes it.
  ///
  /// - Throws: `damage` if SQLite cannot read it: remove it then, since the directory is a projection.
  init(
    path: String, storeID: [UInt8], origin: String, random: any RandomSource, files: any FileSystem
  ) throws(LetheError) {
    let database = try Database(
      path: path, mode: .create, ifDamaged: "remove it, and it is made again from the log", in: files)
    // Rows of some 100 kB want large pages. What is deleted need not be overwritten: it is sealed under a key that is gone.
    try database.configure(Database.Options(secureDelete: .off, pageByteCount: 8192))
    try database.define(Self.definitions)
    try database.checkDefinitions(Self.definitions)
    // Changes nothing. A head that forbids writing is damage too, to be seen while the file can still be made again.
    try database.run("DELETE FROM list WHERE id = 0")
    self.database = database
    self.storeID = storeID
    self.origin = SHA256.hash(Array(origin.utf8))
    self.random = random
  }

  static func remove(_ path: String, _ files: any FileSystem) throws(LetheError) {
    for suffix in ["", "-wal", "-shm"] { try files.remove(path + suffix) }
  }

  func demandWritable() throws(LetheError) { try database.demandWritable() }

  func close() throws(LetheError) {
    try database.checkpoint()
    try database.close()
  }

  // MARK: Shards

  /// A shard's next row before it is sealed.
  struct Draft {
    let number: UInt32
    let content: ShardContent
    let kid: KeyID
    let key: SealingKey
  }

  /// Seals shards under their keys and writes them, and removes other rows, all or nothing; durable at return.
  ///
  /// - Returns: the rows of the shards.
  func write(_ shards: [Draft], bookmark: UInt64, removing gone: [Row]) throws(LetheError) -> [Row] {
    try database.transaction { () throws(LetheError) in
      var rows: [Row] = []
      for row in gone { try remove(row) }
      for shard in shards {
        let row = Row(
          number: shard.number, kid: shard.kid, bookmark: bookmark,
          nonce: try random.bytes(SealingKey.nonceByteCount))
        let sealed = try shard.key.seal(
          Self.padded(shard.content.encoded(), behind: origin.bytes), nonce: row.nonce,
          authenticating: Self.authenticated(storeID, row))
        try database.run(
          "INSERT OR REPLACE INTO shards (number, kid, bookmark, nonce, blob) VALUES (?, ?, ?, ?, ?)",
          .integer(Int64(row.number)), .integer(Int64(bitPattern: row.kid.rawValue)),
          .integer(Int64(bitPattern: row.bookmark)), .blob(row.nonce), .blob(sealed))
        rows.append(row)
      }
      return rows
    }
  }

  /// All rows without their blobs; one that no version writes is left out.
  func rows() throws(LetheError) -> [Row] {
    try database.rows("SELECT number, kid, bookmark, nonce FROM shards") { (row) throws(LetheError) -> Row? in
      guard let number = UInt32(exactly: try row.integer(0)),
        let kid = KeyID(rawValue: UInt64(bitPattern: try row.integer(1)))
      else { return nil }
      let nonce = try row.blob(3)
      guard nonce.count == SealingKey.nonceByteCount else { return nil }
      return Row(number: number, kid: kid, bookmark: UInt64(bitPattern: try row.integer(2)), nonce: nonce)
    }.compactMap(\.self)
  }

  /// The row of a shard under a key; nil if there is none.
  func row(_ number: UInt32, _ kid: KeyID) throws(LetheError) -> Row? {
    let found = try database.first(
      "SELECT bookmark, nonce FROM shards WHERE number = ? AND kid = ?", .integer(Int64(number)),
      .integer(Int64(bitPattern: kid.rawValue))
    ) { (row) throws(LetheError) in (bookmark: UInt64(bitPattern: try row.integer(0)), nonce: try row.blob(1)) }
    guard let found, found.nonce.count == SealingKey.nonceByteCount else { return nil }
    return Row(number: number, kid: kid, bookmark: found.bookmark, nonce: found.nonce)
  }

  /// What a row holds; nil if it is not there as the row says, or does not open.
  func content(_ row: Row, key: SealingKey) throws(LetheError) -> ShardContent? {
    let found = try database.first(
      "SELECT bookmark, nonce, blob FROM shards WHERE number = ? AND kid = ?", .integer(Int64(row.number)),
      .integer(Int64(bitPattern: row.kid.rawValue))
    ) { (row) throws(LetheError) in
      (bookmark: UInt64(bitPattern: try row.integer(0)), nonce: try row.blob(1), blob: try row.blob(2))
    }
    guard let found, found.nonce == row.nonce, found.bookmark == row.bookmark,
      let plaintext = try key.open(
        found.blob, nonce: row.nonce, authenticating: Self.authenticated(storeID, row))
    else { return nil }
    do throws(LetheError) {
      var reader = ByteReader(plaintext)
      guard try reader.take(Digest.byteCount).elementsEqual(origin.bytes) else { return nil }
      return try ShardContent(decoding: Array(reader.takeCounted()))
    } catch {
      // Another version's shard: as good as none.
      guard error.code == .damage else { throw error }
      return nil
    }
  }

  /// Removes a row that does not open, so that the next start makes it again.
  func remove(_ row: Row) throws(LetheError) {
    try database.run(
      "DELETE FROM shards WHERE number = ? AND kid = ?", .integer(Int64(row.number)),
      .integer(Int64(bitPattern: row.kid.rawValue)))
  }

  // MARK: List

  /// Writes the list and removes rows, all or nothing; durable at return.
  func write(_ list: List, key: SealingKey, removing gone: [Row]) throws(LetheError) {
    var writer = ByteWriter()
    writer.put(1 as UInt8)
    writer.put(list.bookmark)
    writer.put(UInt32(list.rows.count))
    for row in list.rows {
      writer.put(row.number)
      writer.put(row.kid.rawValue)
      writer.put(row.nonce)
    }
    let nonce = try random.bytes(SealingKey.nonceByteCount)
    let sealed = try key.seal(Self.padded(writer.bytes), nonce: nonce, authenticating: listData)
    try database.transaction { () throws(LetheError) in
      for row in gone { try remove(row) }
      try database.run("INSERT OR REPLACE INTO list (id, nonce, blob) VALUES (1, ?, ?)", .blob(nonce), .blob(sealed))
    }
  }

  /// Nil if there is none or it does not open.
  func list(key: SealingKey) throws(LetheError) -> List? {
    let found = try database.first("SELECT nonce, blob FROM list") { (row) throws(LetheError) in
      (nonce: try row.blob(0), blob: try row.blob(1))
    }
    guard let found, found.nonce.count == SealingKey.nonceByteCount,
      let plaintext = try key.open(found.blob, nonce: found.nonce, authenticating: listData)
    else { return nil }
    do throws(LetheError) {
      var outer = ByteReader(plaintext)
      var reader = ByteReader(Array(try outer.takeCounted()))
      guard try reader.take(UInt8.self) == 1 else { return nil }
      var list = List(bookmark: try reader.take(UInt64.self))
      list.rows = try reader.takeList(ofSize: 12 + SealingKey.nonceByteCount) { (reader) throws(LetheError) in
        List.Entry(
          number: try reader.take(UInt32.self), kid: try reader.takeKid(),
          nonce: Array(try reader.take(SealingKey.nonceByteCount)))
      }
      return list
    } catch {
      guard error.code == .damage else { throw error }
      return nil
    }
  }

  // MARK: Sealing

  /// What is authenticated with a row's blob.
  static func authenticated(_ storeID: [UInt8], _ row: Row) -> [UInt8] {
    authenticated(storeID, row.number, row.kid, row.bookmark)
  }

  static func authenticated(_ storeID: [UInt8], _ number: UInt32, _ kid: KeyID, _ bookmark: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.put(storeID)
    writer.put(number)
    writer.put(kid.rawValue)
    writer.put(bookmark)
    return writer.bytes
  }

  private var listData: [UInt8] { storeID + Array("directory list".utf8) + origin.bytes }

  private static func padded(_ content: [UInt8], behind prefix: [UInt8] = []) -> [UInt8] {
    let count = prefix.count + 4 + content.count
    let padded = Padding.padded(count: count)
    var framed = ByteWriter(capacity: padded)
    framed.put(prefix)
    framed.put(UInt32(content.count))
    framed.put(content)
    framed.putZeros(padded - count)
    return framed.bytes
  }
}
