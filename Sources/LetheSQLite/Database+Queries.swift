internal import CSQLite
package import LetheSystem

extension Database {
  /// Runs one statement to its end; rows are ignored. Returns the number of rows that it changed.
  ///
  /// - Throws: `io` too if a sync of the file failed before: only a new opening tells what is in it.
  @discardableResult
  package func run(_ sql: String, _ values: SQLiteValue...) throws(LetheError) -> Int {
    try run(sql, binding: values)
  }

  /// Runs one statement to its end with values made at run time.
  @discardableResult
  package func run(_ sql: String, binding values: [SQLiteValue]) throws(LetheError) -> Int {
    try demandWritable()
    return try withCachedStatement(sql, values) { (statement) throws(LetheError) -> Int in
      let before = sqlite3_total_changes64(connection.handle)
      try statement.run()
      return Int(sqlite3_total_changes64(connection.handle) - before)
    }
  }

  /// - Throws: `io` once a sync of the file failed: only a new opening tells what is in it. A transaction that is open can
  ///   still be ended.
  package func demandWritable() throws(LetheError) {
    if !isInTransaction { try connection.demandSynced() }
  }

  /// What `body` makes of each row, in the statement's order. The row is gone when `body` returns.
  @discardableResult
  package func rows<T>(
    _ sql: String, _ values: SQLiteValue..., body: (borrowing Row) throws(LetheError) -> T
  ) throws(LetheError) -> [T] {
    try rows(sql, binding: values, body: body)
  }

  /// What `body` makes of each row, with values made at run time.
  @discardableResult
  package func rows<T>(
    _ sql: String, binding values: [SQLiteValue], body: (borrowing Row) throws(LetheError) -> T
  ) throws(LetheError) -> [T] {
    try withCachedStatement(sql, values) { (statement) throws(LetheError) -> [T] in
      var results: [T] = []
      while let row = try statement.step() { results.append(try body(row)) }
      return results
    }
  }

  /// What `body` makes of the first row; nil if there is none.
  package func first<T>(
    _ sql: String, _ values: SQLiteValue..., body: (borrowing Row) throws(LetheError) -> T
  ) throws(LetheError) -> T? {
    try first(sql, binding: values, body: body)
  }

  /// What `body` makes of the first row, with values made at run time.
  package func first<T>(
    _ sql: String, binding values: [SQLiteValue], body: (borrowing Row) throws(LetheError) -> T
  ) throws(LetheError) -> T? {
    try withCachedStatement(sql, values) { (statement) throws(LetheError) -> T? in
      guard let row = try statement.step() else { return nil }
      return try body(row)
    }
  }

  /// The row id of the newest row that this connection inserted; 0 before the first.
  package var lastInsertedRowID: Int64 { connection.handle.map { sqlite3_last_insert_rowid($0) } ?? 0 }
}
