internal import CSQLite
internal import LetheSystem

/// Where a database lies, and what errors say to do if it is damaged.
struct DatabaseFile: Sendable {
  let path: String
  let remedy: String

  var name: String { path.lastPathComponent }
}

/// The owned `sqlite3 *`, shared by a database and its statements so that it outlives them all.
final class Connection {
  private(set) var handle: OpaquePointer?
  let file: DatabaseFile
  /// What SQLite does its I/O through; nil for the machine's own files, which its own VFS serves.
  let injected: InjectedFiles?
  /// Whether a sync failed: what was written before may be in memory alone, and no later sync would tell. Of one within an
  /// automatic checkpoint SQLite does not tell; it moves the same pages again until one succeeds.
  private(set) var hasFailedSync = false
  private let files: any FileSystem
  /// What the file's modification time was set to, or was when it was opened.
  private var modified: FileTime?
  /// Set while SQLite has the file open itself, or is about to.
  private var openFile: OpenDatabaseFiles.Registration?

  init(
    _ file: DatabaseFile, flags: Int32, injected: InjectedFiles?, in files: any FileSystem
  ) throws(LetheError) {
    self.file = file
    self.injected = injected
    self.files = files
    // SQLite would wait for a pipe. It is not opened here: to close it would drop the POSIX locks that another connection
    // of this process holds on it.
    for suffix in ["", "-wal", "-shm", "-journal"] {
      let path = file.path + suffix
      guard let facts = try files.facts(of: path, .followed) else { continue }
      try FileClass.database.check(facts, name: path.lastPathComponent, folderOwner: nil)
      // An empty one was just made.
      if suffix.isEmpty, facts.byteCount > 0 { modified = facts.modified }
    }
    if injected == nil, let facts = try files.facts(of: file.path, .followed) {
      openFile = OpenDatabaseFiles.Registration(facts.identity)
    }
    // A path of its own is never one of SQLite's special names (`:memory:`, `file:…`, the empty one).
    let path = file.path
    let status = sqlite3_open_v2(path.hasPrefix("/") ? path : "./" + path, &handle, flags, injected?.name)
    guard status == SQLITE_OK else {
      throw .sqlite("sqlite3_open_v2", status, handle: handle, file: file, through: injected, .running)
    }
    sqlite3_extended_result_codes(handle, 1)
    // SQL text cannot damage the file, and a schema that somebody prepared cannot call functions with effects.
    _ = lethe_sqlite_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
    _ = lethe_sqlite_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    // "text" in double quotes is an identifier or an error, never silently a string.
    _ = lethe_sqlite_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0)
    _ = lethe_sqlite_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0)
  }

  deinit {
    guard handle != nil else { return }
    sqlite3_close_v2(handle)
    openFile = nil
    coarsenTime()
  }

  /// Gives the file a coarse time if it was changed since that was done last: it would tell when somebody wrote.
  func coarsenTime() {
    do throws(LetheError) {
      guard let found = try files.facts(of: file.path, .followed), found.modified != modified else { return }
      modified = try files.coarsenTime(of: file.path, after: modified)
    } catch {
      // It is no reason to stop.
    }
  }

  /// The handle, if the database is still open.
  func open() throws(LetheError) -> OpaquePointer {
    guard let handle else { throw .sqlite(.io, "the database was closed; open it again", file: file) }
    return handle
  }

  func close() throws(LetheError) {
    try check(sqlite3_close(handle), "sqlite3_close")
    handle = nil
    openFile = nil
    coarsenTime()
  }

  /// Turns a result code other than `SQLITE_OK` into an error.
  func check(_ status: Int32, _ function: String, _ call: FailedCall = .running) throws(LetheError) {
    guard status != SQLITE_OK else { return }
    throw error(status, function, call)
  }

  /// The error of a result code, read before the next call replaces SQLite's words.
  func error(_ status: Int32, _ function: String, _ call: FailedCall = .running) -> LetheError {
    let error = LetheError.sqlite(function, status, handle: handle, file: file, through: injected, call)
    if error.isFailedSync {
      hasFailedSync = true
      // Closing leaves the write-ahead log as it is, for the next opening.
      if let handle { _ = lethe_sqlite_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1) }
    }
    return error
  }

  /// - Throws: `io` once a sync failed.
  func demandSynced() throws(LetheError) {
    guard hasFailedSync else { return }
    throw .sqlite(
      .io, "a write could not be made durable, so it takes no more; see to its disk and start again", file: file)
  }
}

extension FileClass {
  /// A database, and what SQLite keeps beside it.
  static let database = FileClass("a database")
}
