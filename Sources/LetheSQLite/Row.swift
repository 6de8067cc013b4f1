internal import CSQLite
package import LetheSystem

/// The row that a statement stands on, until its next step or reset. Columns count from 0.
///
/// The accessors by kind never convert: a column of another kind throws `damage`, because the schema promised it.
package struct Row: ~Copyable {
  private let statement: Statement
  private let handle: OpaquePointer
  private let generation: Int

  init(statement: Statement, handle: OpaquePointer) {
    self.statement = statement
    self.handle = handle
    generation = statement.generation
  }

  package var columnCount: Int { Int(sqlite3_data_count(handle)) }

  /// The value as stored.
  ///
  /// - Throws: `damage` if a text is not UTF-8.
  package func value(_ column: Int) throws(LetheError) -> SQLiteValue {
    precondition(generation == statement.generation, "a row was read after its statement moved on")
    precondition((0..<columnCount).contains(column), "a row has no such column")
    let index = Int32(column)
    switch sqlite3_column_type(handle, index) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, index))
    case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, index))
    case SQLITE_TEXT:
      // Null here is want of memory, not an empty text.
      guard let start = sqlite3_column_text(handle, index) else { throw outOfMemory() }
      let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
      guard let text = String(validating: bytes, as: UTF8.self) else { throw damaged(column, "UTF-8 text") }
      return .text(text)
    case SQLITE_BLOB:
      let start = sqlite3_column_blob(handle, index)
      let count = Int(sqlite3_column_bytes(handle, index))
      guard count > 0 else { return .blob([]) }
      guard let start else { throw outOfMemory() }
      return .blob(Array(UnsafeRawBufferPointer(start: start, count: count)))
    default: return .null
    }
  }

  /// - Throws: `damage` if the column holds no integer.
  package func integer(_ column: Int) throws(LetheError) -> Int64 {
    guard case .integer(let number) = try value(column) else { throw damaged(column, "integer") }
    return number
  }

  /// - Throws: `damage` if the column holds no real number.
  package func real(_ column: Int) throws(LetheError) -> Double {
    guard case .real(let number) = try value(column) else { throw damaged(column, "real number") }
    return number
  }

  /// - Throws: `damage` if the column holds no text.
  package func text(_ column: Int) throws(LetheError) -> String {
    guard case .text(let text) = try value(column) else { throw damaged(column, "text") }
    return text
  }

  /// - Throws: `damage` if the column holds no blob.
  package func blob(_ column: Int) throws(LetheError) -> [UInt8] {
    guard case .blob(let bytes) = try value(column) else { throw damaged(column, "blob") }
    return bytes
  }

  package func isNull(_ column: Int) throws(LetheError) -> Bool { try value(column) == .null }

  private func damaged(_ column: Int, _ kind: String) -> LetheError {
    .sqlite(
      .damage, "column \(column) of a row holds no \(kind); \(statement.connection.file.remedy)",
      file: statement.connection.file)
  }

  private func outOfMemory() -> LetheError {
    .sqlite("sqlite3_column", SQLITE_NOMEM, handle: nil, file: statement.connection.file, .running)
  }
}
