package import LetheCrypto
internal import LetheSQLite
package import LetheSystem
internal import Synchronization

/// Pages in one SQLite file: a write-ahead log that is moved into the file at each commit, or a rollback journal with
/// synchronous=EXTRA; nothing temporary on disk.
///
/// Table `page`: page id (integer), version (16 bytes), SHA-256 of the bytes, bytes; rows are inserted and deleted,
/// never changed. One tree holds them, since each more is written to at every commit. SQLite reads the whole of a row that
/// a search in it passes: root pages, the largest, stand before all others, and a search by hash is among the versions of
/// one page. One connection serves, behind a lock.
package final class SQLitePageStore: PageStore {
  /// Whether the file may be made or changed.
  package enum Access: Sendable {
    /// Makes the file if it is not there.
    case create
    case readWrite
  }

  private let path: String
  private let journal: Journal
  private let files: any FileSystem
  private let contents: Mutex<Contents>

  private struct Contents {
    let database: Database
    /// The file once more, for the kernel's cache; nil until that was first dropped. It is closed behind the database:
    /// with any descriptor of the file go the POSIX locks that SQLite holds.
    var file: (any File)?
    /// Rows that were deleted: they go with the next commit, when their pages are still at hand and are used again at
    /// once. Nobody is shown them until then.
    var leaving: Set<PageRow.Key> = []
    /// Whether a commit failed: what it left unsynced is not to be followed by more.
    var hasFailed = false

    func dropLeaving() throws(LetheError) {
      for key in leaving {
        try database.run(
          "DELETE FROM page WHERE page = ? AND version = ?", .integer(Int64(bitPattern: key.page.rawValue)),
          .blob(key.version.bytes))
      }
    }
  }

  /// How a commit is kept until it is whole.
  package enum Journal: Sendable {
    /// A write-ahead log beside the file.
    case writeAhead
    /// A journal that is gone after each commit: the file alone then is all there is, for copies that others read.
    case rollback
  }

  /// - Throws: `io`; `format` if another version of Lethe made the file.
  package init(
    path: String, _ access: Access, _ journal: Journal = .writeAhead, in files: any FileSystem = LocalFileSystem()
  ) throws(LetheError) {
    self.path = path
    self.journal = journal
    self.files = files
    contents = Mutex(Contents(database: try Self.open(path, access, journal, files)))
  }

  /// Of the tables.
  private static let version: Int32 = 2

  private static let remedy = "put the pages back with `lethe restore` from a replica"

  private static let definitions = [
    Definition(
      """
      TABLE page (
        page INTEGER NOT NULL, version BLOB NOT NULL, hash BLOB NOT NULL, bytes BLOB NOT NULL,
        PRIMARY KEY (page, version)
      ) STRICT, WITHOUT ROWID
      """)
  ]

  private static func open(
    _ path: String, _ access: Access, _ journal: Journal, _ files: any FileSystem
  ) throws(LetheError) -> Database {
    let database = try Database(
      path: path, mode: access == .create ? .create : .readWrite, ifDamaged: remedy, in: files)
    switch journal {
    case .writeAhead: try database.configure(options(.wal, .normal))
    case .rollback: try database.configure(options(.delete, .extra))
    }
    if try database.userVersion == 0 {
      try database.transaction { () throws(LetheError) in
        try database.define(definitions)
        try database.setUserVersion(version)
      }
    }
    try check(database, path)
    // Changes nothing. A head that forbids writing is damage too, to be seen before a change has begun.
    try database.run("DELETE FROM page WHERE page IS NULL")
    return database
  }

  /// All rows of a file that another process may write, which is not kept waiting and from which nothing is asked, not even
  /// a lock.
  ///
  /// - Throws: `damage` or `format` if it cannot be read; `io`, also if it changes all the time.
  package static func rows(in path: String, _ files: any FileSystem) throws(LetheError) -> [PageRow] {
    try DatabaseLook.read(path, ifDamaged: remedy, in: files) { (database) throws(LetheError) in
      try check(database, path)
      return try pageRows(of: database, allRows)
    }
  }

  /// Large pages: a root page of many shards has 100 kB, and each forget reads its own back from the medium. What is
  /// deleted need not be overwritten: all of it may leak once the root under which it is sealed is gone.
  private static func options(
    _ journal: Database.Options.Journal, _ synchronous: Database.Options.Synchronous
  ) -> Database.Options {
    Database.Options(
      journal: journal, synchronous: synchronous, movesLog: false, secureDelete: .off, pageByteCount: 16_384)
  }

  private static func check(_ database: Database, _ path: String) throws(LetheError) {
    guard try database.userVersion == version else {
      throw LetheError(
        .format, "\(path.lastPathComponent): its format is not of this version; use the version of Lethe that made it",
        place: path.lastPathComponent)
    }
    try database.checkDefinitions(definitions)
  }

  package func put(_ rows: [PageRow]) throws(LetheError) {
    try contents.withLock { (contents) throws(LetheError) in
      contents.hasFailed = true
      try contents.database.transaction { () throws(LetheError) in
        try contents.dropLeaving()
        for row in rows { try Self.insert(row, contents.database) }
      }
      contents.leaving = []
      // Syncs the log, moves it into the file and syncs that: a sync of the log at the commit would be one more.
      if journal == .writeAhead { try contents.database.checkpoint(.keepingLog) }
      contents.database.coarsenTime()
      contents.hasFailed = false
    }
  }

  private static func insert(_ row: PageRow, _ database: borrowing Database) throws(LetheError) {
    let place = SQLiteValue.integer(Int64(bitPattern: row.key.page.rawValue))
    let version = SQLiteValue.blob(row.key.version.bytes)
    let taken = try database.first(
      "SELECT count(*) FROM page WHERE page = ? AND version = ?", place, version
    ) { (row) throws(LetheError) in try row.integer(0) }
    guard taken == 0 else { throw .pageRowTaken }
    try database.run(
      "INSERT INTO page (page, version, hash, bytes) VALUES (?, ?, ?, ?)", place, version, .blob(row.hash.bytes),
      .blob(row.bytes))
  }

  package func page(_ key: PageRow.Key) throws(LetheError) -> [UInt8]? {
    try contents.withLock { (contents) throws(LetheError) in
      guard !contents.leaving.contains(key) else { return nil }
      return try contents.database.first(
        "SELECT bytes FROM page WHERE page = ? AND version = ?", .integer(Int64(bitPattern: key.page.rawValue)),
        .blob(key.version.bytes)
      ) { (row) throws(LetheError) in try row.blob(0) }
    }
  }

  package func version(of page: PageID, hashed hash: Digest) throws(LetheError) -> PageRow? {
    try select(
      "SELECT page, version, bytes FROM page WHERE page = ? AND hash = ?",
      [.integer(Int64(bitPattern: page.rawValue)), .blob(hash.bytes)]
    ).first { $0.hash == hash }
  }

  package func keys() throws(LetheError) -> Set<PageRow.Key> {
    try contents.withLock { (contents) throws(LetheError) in
      let keys = try contents.database.rows("SELECT page, version FROM page") { (row) throws(LetheError) in
        try Self.key(row)
      }
      return Set(keys).subtracting(contents.leaving)
    }
  }

  package func rows() throws(LetheError) -> [PageRow] {
    try select(Self.allRows, [])
  }

  package func deleteRows(_ keys: Set<PageRow.Key>) throws(LetheError) {
    try contents.withLock { (contents) throws(LetheError) in
      contents.leaving.formUnion(keys)
      // Others read a file beside which no log is kept.
      if journal == .rollback { try Self.deleteNow(&contents) }
    }
  }

  private static func deleteNow(_ contents: inout Contents) throws(LetheError) {
    try contents.database.transaction { () throws(LetheError) in try contents.dropLeaving() }
    contents.leaving = []
  }

  package func dropCaches() throws(LetheError) {
    try contents.withLock { (contents) throws(LetheError) in
      try contents.database.checkPlace()
      try contents.database.checkpoint(.keepingLog)
      try contents.database.dropCache()
      if contents.file == nil { contents.file = try files.open(path, .read) }
      try contents.file?.dropCache()
    }
  }

  package func close() throws(LetheError) {
    try contents.withLock { (contents) throws(LetheError) in
      if !contents.leaving.isEmpty, !contents.hasFailed {
        // What stays, the next start deletes.
        do throws(LetheError) { try Self.deleteNow(&contents) } catch {}
      }
      try contents.database.close()
      contents.file = nil
    }
  }

  private func select(_ sql: String, _ values: [SQLiteValue]) throws(LetheError) -> [PageRow] {
    try contents.withLock { (contents) throws(LetheError) in
      try Self.pageRows(of: contents.database, sql, values).filter { !contents.leaving.contains($0.key) }
    }
  }

  private static let allRows = "SELECT page, version, bytes FROM page ORDER BY page, version"

  private static func pageRows(
    of database: Database, _ sql: String, _ values: [SQLiteValue] = []
  ) throws(LetheError) -> [PageRow] {
    try database.rows(sql, binding: values) { (row) throws(LetheError) in
      PageRow(key: try key(row), bytes: try row.blob(2))
    }
  }

  private static func key(_ row: borrowing Row) throws(LetheError) -> PageRow.Key {
    guard let version = PageVersion(try row.blob(1)) else { throw .pageDamage }
    return PageRow.Key(page: PageID(rawValue: UInt64(bitPattern: try row.integer(0))), version: version)
  }
}
