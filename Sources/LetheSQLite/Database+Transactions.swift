internal import CSQLite
package import LetheSystem

extension Database {
  package var isInTransaction: Bool { connection.handle.map { sqlite3_get_autocommit($0) == 0 } ?? false }

  /// Runs `body` in one transaction that takes the write lock first (`BEGIN IMMEDIATE`): all of it is kept, or
  /// nothing. Durable at return if the database is configured `synchronous: .full`.
  ///
  /// - Throws: what `body` or the commit threw, after the rollback; `refused` inside another transaction.
  package func transaction<T>(_ body: () throws(LetheError) -> T) throws(LetheError) -> T {
    guard !isInTransaction else {
      throw .sqlite(.refused, "a transaction is open already; end it before the next", file: connection.file)
    }
    try run("BEGIN IMMEDIATE")
    do {
      let result = try body()
      try run("COMMIT")
      return result
    } catch let error {
      rollBack()
      throw error
    }
  }

  /// The same in a file with a write-ahead log, but not waiting for the disk: a crash may take the transaction, whole, until
  /// a later one is durable. For what is done again then.
  package func losableTransaction<T>(_ body: () throws(LetheError) -> T) throws(LetheError) -> T {
    let synchronous = try first("PRAGMA synchronous") { (row) throws(LetheError) in try row.integer(0) }
    try execute("PRAGMA synchronous = NORMAL")
    let outcome: Result<T, LetheError>
    do throws(LetheError) { outcome = .success(try transaction(body)) } catch { outcome = .failure(error) }
    try set("synchronous", to: synchronous ?? Options.Synchronous.full.rawValue)
    return try outcome.get()
  }

  /// After a full disk or a failed read SQLite has rolled back by itself. Should a rollback fail, the connection stays
  /// in its transaction, the next one is refused, and the file is rolled back when it is next opened.
  private func rollBack() {
    guard isInTransaction else { return }
    do { try run("ROLLBACK") } catch {}
  }
}
