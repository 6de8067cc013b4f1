internal import CSQLite
package import LetheSystem

/// A prepared statement, owned: compiled once, bound and stepped as often as wanted.
///
/// Belongs to the thread that uses its database. The database can be closed only after all its statements are gone.
package final class Statement {
  let connection: Connection
  private let handle: OpaquePointer
  /// Counts rows and resets, so that a row is never read after its time.
  private(set) var generation = 0

  init(handle: OpaquePointer, connection: Connection) {
    self.handle = handle
    self.connection = connection
  }

  deinit { sqlite3_finalize(handle) }

  /// The number of parameters, `?1` to `?n`.
  package var parameterCount: Int { Int(sqlite3_bind_parameter_count(handle)) }

  /// Sets the parameter at a position, counted from 1 as SQL does; SQLite keeps a copy until `reset`.
  ///
  /// - Throws: `input` for NaN, `io` if there is no such parameter or the value is too large.
  package func bind(_ value: SQLiteValue, at position: Int) throws(LetheError) {
    guard let index = Int32(exactly: position) else {
      throw .sqlite("sqlite3_bind", SQLITE_RANGE, handle: nil, file: connection.file, .running)
    }
    switch value {
    case .null: try connection.check(sqlite3_bind_null(handle, index), "sqlite3_bind_null")
    case .integer(let number): try connection.check(sqlite3_bind_int64(handle, index, number), "sqlite3_bind_int64")
    case .real(let number):
      // SQLite would store NULL in its place.
      if number.isNaN {
        throw .sqlite(.input, "a number to store is NaN; give a number or null", file: connection.file)
      }
      try connection.check(sqlite3_bind_double(handle, index, number), "sqlite3_bind_double")
    case .text(let text):
      let count = UInt64(text.utf8.count)
      let status = text.withCString {
        sqlite3_bind_text64(handle, index, $0, count, lethe_sqlite_transient(), UInt8(SQLITE_UTF8))
      }
      try connection.check(status, "sqlite3_bind_text64")
    case .blob(let bytes):
      // An empty array may have no address, and SQLite takes that for NULL.
      if bytes.isEmpty { return try connection.check(sqlite3_bind_zeroblob(handle, index, 0), "sqlite3_bind_zeroblob") }
      let status = bytes.withUnsafeBytes {
        sqlite3_bind_blob64(handle, index, $0.baseAddress, UInt64($0.count), lethe_sqlite_transient())
      }
      try connection.check(status, "sqlite3_bind_blob64")
    }
  }

  /// Sets all parameters in order.
  ///
  /// - Throws: `io` if their number differs from the statement's; a parameter left out would be NULL.
  package func bind(_ values: [SQLiteValue]) throws(LetheError) {
    guard values.count == parameterCount else {
      throw .sqlite("sqlite3_bind", SQLITE_RANGE, handle: nil, file: connection.file, .running)
    }
    for (index, value) in values.enumerated() { try bind(value, at: index + 1) }
  }

  /// Runs to the next row (`sqlite3_step`); nil once there is none. Read a row before the next step.
  ///
  /// - Throws: `damage` or `io`; the statement is then reset.
  package func step() throws(LetheError) -> Row? {
    _ = try connection.open()
    generation += 1
    let status = sqlite3_step(handle)
    switch status {
    case SQLITE_ROW: return Row(statement: self, handle: handle)
    case SQLITE_DONE: return nil
    default:
      // The words are read before the reset, which may replace them.
      let error = connection.error(status, "sqlite3_step")
      sqlite3_reset(handle)
      throw error
    }
  }

  /// Steps to the end, whatever rows there are.
  package func run() throws(LetheError) {
    while try step() != nil {}
  }

  /// Makes ready to bind and step again, and lets go of the values bound.
  package func reset() {
    generation += 1
    // The result repeats an error that `step` has thrown.
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }
}
