internal import CSQLite
package import LetheSystem

/// One connection to an SQLite file.
///
/// Used by one thread at a time; the lock of whoever owns it protects it. Its calls block: keep them off the
/// cooperative pool. No error holds a value that was bound, read or written in SQL.
package final class Database {
  /// How a database file is opened.
  package enum Mode: Sendable, Equatable {
    /// Must exist; never written. A file with a write-ahead log still needs a writable directory or an open writer.
    case readOnly
    /// Must exist.
    case readWrite
    /// Created for the owner alone (0600) if it is not there; its log and shared memory inherit that.
    case create
  }

  let connection: Connection
  /// Compiled statements at rest, by SQL text; one that is running is taken out.
  private var statements: [String: Statement] = [:]

  /// The number of statements compiled so far by `run`, `rows` and `first`.
  package private(set) var compiledStatementCount = 0

  /// Statements at rest beyond this number are dropped all at once; a program has far fewer texts.
  static let cachedStatementLimit = 256

  /// Opens the file (`sqlite3_open_v2`); extended result codes are on, and each call waits up to `busyTimeout` for
  /// other connections.
  ///
  /// - Parameters:
  ///   - remedy: what errors say to do if the file is damaged.
  ///   - files: where the path lies. On any but the machine's own, the caller sees to it that one connection at a time has
  ///     the file.
  /// - Throws: `io`. Damage shows at the first statement, because the file is read only then.
  package init(
    path: String, mode: Mode, busyTimeout: Duration = .seconds(5), ifDamaged remedy: String = "put back a copy of it",
    in files: any FileSystem = LocalFileSystem()
  ) throws(LetheError) {
    var flags = SQLITE_OPEN_NOMUTEX
    switch mode {
    case .readOnly: flags |= SQLITE_OPEN_READONLY
    case .readWrite: flags |= SQLITE_OPEN_READWRITE
    case .create:
      flags |= SQLITE_OPEN_READWRITE
      try Self.createEmptyFile(path, files)
    }
    connection = try Connection(
      DatabaseFile(path: path, remedy: remedy), flags: flags,
      injected: files is LocalFileSystem ? nil : InjectedFiles(files), in: files)
    let (seconds, attoseconds) = busyTimeout.components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    sqlite3_busy_timeout(connection.handle, Int32(clamping: milliseconds))
    if connection.injected != nil {
      // A write-ahead log without shared memory; and who only reads leaves it to its writer.
      try execute("PRAGMA locking_mode = EXCLUSIVE")
      if mode == .readOnly { _ = lethe_sqlite_db_config(connection.handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1) }
    }
  }

  /// An empty file is an empty database. A file that is there is not opened here: closing it again would drop the
  /// POSIX locks that another connection of this process holds on it.
  private static func createEmptyFile(_ path: String, _ files: any FileSystem) throws(LetheError) {
    guard !files.exists(path) else { return }
    do { _ = try files.open(path, .createNew) } catch let error {
      guard files.exists(path) else { throw error }
    }
  }

  /// Compiles a statement that the caller keeps (`sqlite3_prepare_v3`).
  package func prepare(_ sql: String) throws(LetheError) -> Statement {
    var text = sql
    let (statement, end) = try compile(&text, from: 0)
    guard let statement, try compile(&text, from: end).statement == nil else {
      throw .sqlite(.io, "a text to prepare is not exactly one SQL statement", file: connection.file)
    }
    return statement
  }

  /// Runs each statement of the text in turn, ignoring rows; meant for schemas and pragmas.
  ///
  /// - Throws: at the first failure; what ran before it stays unless a transaction is open. As `run` behind a failed sync.
  package func execute(_ sql: String) throws(LetheError) {
    try demandWritable()
    var text = sql
    var position = 0
    while case (let statement?, let end) = try compile(&text, from: position) {
      try statement.run()
      position = end
    }
  }

  /// Closes the file; every later call throws `io`. Dropping the database closes it as well.
  ///
  /// - Throws: `io` if a prepared statement is still held; the database then stays open.
  package func close() throws(LetheError) {
    statements.removeAll()
    try connection.close()
  }

  /// Compiles the first statement after a UTF-8 offset; nil if only blanks and comments are left.
  private func compile(_ sql: inout String, from start: Int) throws(LetheError) -> (statement: Statement?, end: Int) {
    let handle = try connection.open()
    // SQLite would stop there and ignore the rest.
    if sql.utf8.contains(0) { throw .sqlite(.io, "an SQL text holds NUL; bind it as a value", file: connection.file) }
    var compiled: OpaquePointer?
    let (status, end): (Int32, Int) = sql.withUTF8 { bytes in
      var consumed = start
      var status = SQLITE_OK
      // Blanks and comments compile to nothing.
      while status == SQLITE_OK, compiled == nil, consumed < bytes.count {
        let left = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[consumed...])
        let text = left.assumingMemoryBound(to: CChar.self)
        var tail: UnsafePointer<CChar>?
        status = sqlite3_prepare_v3(handle, text.baseAddress, Int32(clamping: text.count), 0, &compiled, &tail)
        guard let tail, let base = text.baseAddress, tail > base else { break }
        consumed += tail - base
      }
      return (status, consumed)
    }
    guard status == SQLITE_OK else {
      throw connection.error(status, "sqlite3_prepare_v3", .preparing)
    }
    return (compiled.map { Statement(handle: $0, connection: connection) }, end)
  }

  /// Lends a statement, compiled at most once for each SQL text; nested uses of one text get statements of their own.
  func withCachedStatement<T>(
    _ sql: String, _ values: [SQLiteValue], _ body: (Statement) throws(LetheError) -> T
  ) throws(LetheError) -> T {
    let statement: Statement
    if let resting = statements.removeValue(forKey: sql) {
      statement = resting
    } else {
      statement = try prepare(sql)
      compiledStatementCount += 1
    }
    defer {
      statement.reset()
      if connection.handle != nil {
        if statements.count >= Self.cachedStatementLimit { statements.removeAll() }
        statements[sql] = statement
      }
    }
    try statement.bind(values)
    return try body(statement)
  }
}
