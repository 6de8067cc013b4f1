internal import CSQLite
package import LetheSystem

extension Database {
  /// Moves all that is in the write-ahead log into the file and cuts the log to 0 bytes
  /// (`PRAGMA wal_checkpoint(TRUNCATE)`); durable at return.
  ///
  /// - Throws: `io` if another connection still reads or writes after the busy timeout; the log is then not cut, and
  ///   old content is still in it.
  package func checkpoint() throws(LetheError) {
    let handle = try connection.open()
    try connection.check(
      sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil), "sqlite3_wal_checkpoint_v2")
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
