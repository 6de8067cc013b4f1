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
