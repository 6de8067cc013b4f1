internal import CSQLite
package import LetheSystem

extension Database {
  /// What becomes of a write-ahead log all of which is in the file.
  package enum Checkpoint: Sendable {
    /// It is cut to 0 bytes, and nothing that was written is left in it (`SQLITE_CHECKPOINT_TRUNCATE`).
    case cuttingLog
    /// It is written over from its beginning, which is faster (`SQLITE_CHECKPOINT_FULL`).
    case keepingLog
  }

  /// Moves all that is in the write-ahead log into the file (`sqlite3_wal_checkpoint_v2`); durable at return. Without such
  /// a log nothing is to be done.
  ///
  /// - Throws: `io` if another connection still reads or writes after the busy timeout; then the log is not cut, and old
  ///   content is still in it.
  package func checkpoint(_ kind: Checkpoint = .cuttingLog) throws(LetheError) {
    try connection.demandSynced()
    let handle = try connection.open()
    let mode =
      switch kind {
      case .cuttingLog: SQLITE_CHECKPOINT_TRUNCATE
      case .keepingLog: SQLITE_CHECKPOINT_FULL
      }
    try connection.check(sqlite3_wal_checkpoint_v2(handle, nil, mode, nil, nil), "sqlite3_wal_checkpoint_v2")
  }

  /// Sets the file's modification time to a coarse one. Call it after a change when no other is likely soon; closing does so
  /// too.
  package func coarsenTime() { connection.coarsenTime() }

  /// Makes sure that the file that is open is still the one at its path (`SQLITE_FCNTL_HAS_MOVED`); of injected files it
  /// cannot be told.
  ///
  /// - Throws: `io` if it was moved, removed or replaced.
  package func checkPlace() throws(LetheError) {
    var hasMoved: Int32 = 0
    let status = sqlite3_file_control(try connection.open(), "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved)
    if status == SQLITE_NOTFOUND { return }
    try connection.check(status, "sqlite3_file_control")
    guard hasMoved == 0 else {
      throw .sqlite(.io, movedSentence, file: connection.file)
    }
  }

  /// Lets go of every page of the file that this connection keeps in memory (`sqlite3_db_release_memory`), so that the
  /// next read asks the file.
  ///
  /// - Throws: `refused` inside a transaction, which holds pages.
  package func dropCache() throws(LetheError) {
    guard !isInTransaction else { throw alreadyInTransaction }
    try connection.check(sqlite3_db_release_memory(connection.open()), "sqlite3_db_release_memory")
  }

  /// The number that an application keeps in the file's header for the version of its schema; 0 in a new file.
  package var userVersion: Int32 {
    get throws(LetheError) {
      let version = try first("PRAGMA user_version") { (row) throws(LetheError) in try row.integer(0) }
      return Int32(truncatingIfNeeded: version ?? 0)
    }
  }

  package func setUserVersion(_ version: Int32) throws(LetheError) {
    try execute("PRAGMA user_version = \(version)")
  }

  /// Reads the whole file and checks its structure, indexes and constraints (`PRAGMA integrity_check`).
  ///
  /// - Throws: `damage` with up to ten findings, which name tables, indexes and pages.
  package func integrityCheck() throws(LetheError) {
    let findings = try rows("PRAGMA integrity_check(10)") { (row) throws(LetheError) in try row.text(0) }
    guard findings != ["ok"] else { return }
    let file = connection.file
    throw LetheError(
      .damage, "\(file.name): the file is damaged; \(file.remedy)", place: file.name,
      cause: .init(function: "PRAGMA integrity_check", number: SQLITE_CORRUPT, queue: findings))
  }
}
