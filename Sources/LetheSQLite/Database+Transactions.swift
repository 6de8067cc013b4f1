internal import CSQLite
package import LetheSystem

extension Database {
  package var isInTransaction: Bool { connection.handle.map { sqlite3_get_autocommit($0) == 0 } ?? false }

  /// Runs `body` in one transaction that takes the write lock first (`BEGIN IMMEDIATE`): all of it is kept, or
  /// nothing. Durable at return if the database is configured `synchronous: .full`.
  ///
  /// - Throws: what `body` or the commit threw, after the rollback; `refused` inside another transaction.
  package func transaction<T>(_ body: () throws(LetheError) -> T) throws(LetheError) -> T {
    guard !isInTransaction else { throw alreadyInTransaction }
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

  /// The same in a file with a write-ahead log, but not waiting until it is on disk (the head of a log that begins anew is
  /// synced all the same): a crash may take the transaction, whole, until a later one is durable. For what is done again
  /// then.
  package func losableTransaction<T>(_ body: () throws(LetheError) -> T) throws(LetheError) -> T {
    guard !isInTransaction else { throw alreadyInTransaction }
    try execute("PRAGMA synchronous = NORMAL")
    let result: T
    do throws(LetheError) { result = try transaction(body) } catch {
      // What failed first is told; after a failed rollback nothing more is written in any case.
      do throws(LetheError) { try set("synchronous", to: synchronous.rawValue) } catch {}
      throw error
    }
    try set("synchronous", to: synchronous.rawValue)
    return result
  }

  var alreadyInTransaction: LetheError {
    .sqlite(.refused, "a transaction is open already; end it before the next", file: connection.file)
  }

  /// After a full disk or a failed read SQLite has rolled back by itself. Should a rollback fail, the connection stays
  /// in its transaction, the next one is refused, and the file is rolled back when it is next opened.
  private func rollBack() {
    guard isInTransaction else { return }
    do { try run("ROLLBACK") } catch {}
  }
}
