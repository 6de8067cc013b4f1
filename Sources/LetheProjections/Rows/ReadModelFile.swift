internal import LetheSQLite
internal import LetheSystem
internal import LetheVault

/// One file of ReadModels/, in plaintext, for the owner alone (0600).
///
/// An SQLite database with `application_id` 0x4c52444d ("LRDM") and `user_version` 1, holding two tables.
/// `rows` is described at `RowTable`; `kid` is a key id, or -1 where rows belong to nobody. `bookmark` has one row:
///
///     one         always 1
///     store       the store's id, 16 bytes
///     version     the model's
///     columns     the model's, as `role name` with commas between
///     forgetting  purges-rows or rebuilds
///     position    of the next record to apply
///     mark        stream id (16 bytes) and revision (u64, little-endian) of the record before it; empty at 0
///     swept       forgets below this position have been seen to: their rows are gone or were never written
///     scrub       1 from a purge until no byte of what it removed is left in the file or its write-ahead log
///
/// A forget at position p is acknowledged once swept > p and scrub = 0, and neither `swept` nor `position` lies beyond the
/// log's end. A file that is lost is made again from the log.
struct ReadModelFile {
  static let applicationID: Int64 = 0x4c52_444d
  static let formatVersion: Int32 = 1

  let path: String
  let database: Database
  let table: RowTable
  let forgetting: ForgetBehaviour

  /// What the bookmark's row says of progress.
  struct Progress: Equatable {
    var position: UInt64 = 0
    var mark: [UInt8] = []
    var swept: UInt64
    var needsScrub = false
  }

  /// What the bookmark's row says of whose rows these are.
  struct Identity: Equatable {
    let storeID: [UInt8]
    let version: Int64
    let columns: [Column]
    let forgetting: ForgetBehaviour

    init(_ model: any ReadModel, storeID: [UInt8]) {
      self.init(
        storeID: storeID, version: Int64(model.version), columns: model.columns, forgetting: model.forgetting)
    }

    init(storeID: [UInt8], version: Int64, columns: [Column], forgetting: ForgetBehaviour) {
      self.storeID = storeID
      self.version = version
      self.columns = columns
      self.forgetting = forgetting
    }
  }

  private init(_ path: String, _ database: Database, _ identity: Identity) {
    self.path = path
    self.database = database
    table = RowTable(database, columns: identity.columns)
    forgetting = identity.forgetting
  }

  /// A power cut may take back the newest transactions, each with its bookmark; the next run makes up for them. What is
  /// acknowledged was synced by the scrub.
  private static func connect(
    _ path: String, _ mode: Database.Mode, waiting patience: Duration = .seconds(5), _ files: any FileSystem
  ) throws(LetheError) -> Database {
    let database = try Database(
      path: path, mode: mode, busyTimeout: patience, ifDamaged: remedy(path), in: files)
    try database.configure(.init(synchronous: .normal))
    return database
  }

  /// What errors say to do about a damaged file.
  static func remedy(_ path: String) -> String {
    "make it again with `lethe projection rebuild \(path.lastPathComponent.split(separator: ".").first ?? "NAME")`"
  }

  // MARK: Making and opening

  /// Makes an empty file in the place of whatever is there.
  ///
  /// - Parameter swept: how many records the log has; the forgets among them show in what still opens.
  static func create(
    _ path: String, _ identity: Identity, swept: UInt64, in files: any FileSystem
  ) throws(LetheError) -> ReadModelFile {
    try files.createDirectory(path.parentPath)
    try remove(path, in: files)
    let file = ReadModelFile(path, try connect(path, .create, files), identity)
    let columns = identity.columns.map { "\($0.role.rawValue) \($0.name)" }.joined(separator: ",")
    try file.database.transaction { () throws(LetheError) in
      try file.database.execute(
        """
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(formatVersion);
        CREATE TABLE bookmark (
          one INTEGER PRIMARY KEY CHECK (one = 1), store BLOB NOT NULL, version INTEGER NOT NULL, columns TEXT NOT NULL,
          forgetting TEXT NOT NULL, position INTEGER NOT NULL, mark BLOB NOT NULL, swept INTEGER NOT NULL,
          scrub INTEGER NOT NULL
        ) STRICT
        """)
      try file.table.create()
      try file.database.run(
        "INSERT INTO bookmark VALUES (1, ?1, ?2, ?3, ?4, 0, x'', ?5, 0)", .blob(identity.storeID),
        .integer(identity.version), .text(columns), .text(identity.forgetting.rawValue),
        .integer(Int64(clamping: swept)))
    }
    return file
  }

  /// What SQLite appends to a file's name for those that it keeps beside it, and nothing for the file itself.
  ///
  /// The file is removed first: without its log it would be there as it was before the newest changes.
  static let endings = ["", "-shm", "-wal", "-journal"]

  /// Removes a file with its write-ahead log and shared memory; durable at return.
  static func remove(_ path: String, in files: any FileSystem) throws(LetheError) {
    for ending in endings { try files.remove(path + ending) }
    try files.synchronizeDirectory(path.parentPath)
  }

  /// Opens what is there; nil if that is nothing, or was never finished.
  ///
  /// - Parameter patience: how long each change waits for others that have the file.
  /// - Throws: `format` for a file that is no read model or of a newer version; `damage`; `io`.
  static func open(
    _ path: String, waiting patience: Duration = .seconds(5), in files: any FileSystem = LocalFileSystem()
  ) throws(LetheError) -> (file: ReadModelFile, identity: Identity)? {
    guard files.exists(path) else { return nil }
    let database = try connect(path, .readWrite, waiting: patience, files)
    guard let identity = try checkedIdentity(of: database, path) else { return nil }
    return (ReadModelFile(path, database, identity), identity)
  }

  /// Whose rows a database holds; nil if it was never finished.
  ///
  /// - Throws: as `open`.
  static func checkedIdentity(of database: Database, _ path: String) throws(LetheError) -> Identity? {
    let id = try database.first("PRAGMA application_id") { (row) throws(LetheError) in try row.integer(0) }
    let tables = try database.first("SELECT count(*) FROM sqlite_schema") { (row) throws(LetheError) in
      try row.integer(0)
    }
    if id == 0, tables == 0 { return nil }
    guard id == applicationID else {
      throw LetheError(
        .format, "\(path.lastPathComponent): this is no read model; move it out of ReadModels/",
        place: path.lastPathComponent)
    }
    guard try database.userVersion == formatVersion else {
      throw LetheError(
        .format, "\(path.lastPathComponent): this read model is of another format; use a newer version or delete it",
        place: path.lastPathComponent)
    }
    guard let identity = try identity(database) else {
      throw LetheError(
        .damage, "\(path.lastPathComponent): the bookmark is not what this version writes; rebuild the read model",
        place: path.lastPathComponent)
    }
    return identity
  }

  private static func identity(_ database: Database) throws(LetheError) -> Identity? {
    try database.first("SELECT store, version, columns, forgetting FROM bookmark") { (row) throws(LetheError) in
      var columns: [Column] = []
      for text in try row.text(2).split(separator: ",") {
        let words = text.split(separator: " ")
        guard words.count == 2, let role = Column.Role(rawValue: String(words[0])) else { return Identity?.none }
        columns.append(Column(name: String(words[1]), role: role))
      }
      guard let forgetting = ForgetBehaviour(rawValue: try row.text(3)) else { return nil }
      return Identity(
        storeID: try row.blob(0), version: try row.integer(1), columns: columns, forgetting: forgetting)
    } ?? nil
  }

  // MARK: Progress

  func progress() throws(LetheError) -> Progress { try Self.progress(of: database, path) }

  static func progress(of database: Database, _ path: String) throws(LetheError) -> Progress {
    let found = try database.first("SELECT position, mark, swept, scrub FROM bookmark") { (row) throws(LetheError) in
      Progress(
        position: UInt64(bitPattern: try row.integer(0)), mark: try row.blob(1),
        swept: UInt64(bitPattern: try row.integer(2)), needsScrub: try row.integer(3) != 0)
    }
    guard let found else {
      throw LetheError(.damage, "\(path.lastPathComponent): the bookmark is gone; rebuild the read model")
    }
    return found
  }

  /// Belongs into the transaction that changed the rows.
  func setProgress(_ progress: Progress) throws(LetheError) {
    try database.run(
      "UPDATE bookmark SET position = ?1, mark = ?2, swept = ?3, scrub = ?4",
      .integer(Int64(clamping: progress.position)),
      .blob(progress.mark), .integer(Int64(clamping: progress.swept)), .integer(progress.needsScrub ? 1 : 0))
  }

  // MARK: Scrubbing

  /// Writes the file anew from its living rows and cuts the write-ahead log, if a purge asks for that. Durable at return.
  ///
  /// Overwriting what is deleted (`secure_delete`) is not enough: when SQLite divides a full page, copies of cells stay
  /// behind in the gap of the page, and a later delete does not know of them. The new content is put together in memory
  /// (`temp_store`), never in a temporary file, and takes as much of it as the file is large.
  ///
  /// - Throws: `io` if another connection reads the file; the scrub is then done by whoever has the file next.
  func scrub() throws(LetheError) {
    var progress = try progress()
    guard progress.needsScrub else { return }
    // Fails while somebody reads, before the log grows by the whole file: each attempt would add to it.
    try database.checkpoint()
    try database.execute("VACUUM")
    try database.checkpoint()
    progress.needsScrub = false
    try database.transaction { () throws(LetheError) in try setProgress(progress) }
  }

  /// The same, unless another connection has the file: then the file still says that it is due.
  func scrubUnlessHeld() throws(LetheError) {
    do throws(LetheError) { try scrub() } catch {
      // `SQLITE_BUSY` and its kin.
      guard let number = error.cause?.number, number & 0xff == 5 else { throw error }
    }
  }
}
