internal import CSQLite
package import LetheSystem

/// A table or an index, as SQL has it behind `CREATE`: `TABLE page (…)`.
package struct Definition: Sendable {
  /// `TABLE` or `INDEX`.
  private let kind: Substring
  private let rest: Substring

  package init(_ text: String) {
    let space = text.firstIndex(of: " ") ?? text.endIndex
    kind = text[..<space]
    rest = text[space...]
  }

  fileprivate var sqlIfAbsent: String { "CREATE \(kind) IF NOT EXISTS\(rest)" }
  /// As SQLite keeps it in `sqlite_schema`.
  fileprivate var kept: String { "CREATE \(kind)\(rest)" }
}

extension Database {
  /// Makes what is not there.
  ///
  /// - Throws: `damage` if what is there is in the way; `io`.
  package func define(_ definitions: [Definition]) throws(LetheError) {
    try takingErrorsForDamage { () throws(LetheError) in
      for definition in definitions { try execute(definition.sqlIfAbsent) }
    }
  }

  /// Holds the file against what it must define. SQLite reads a definition of which a byte has changed as another one, and
  /// what is asked of it then is an error or, of a column that has another type, a wrong answer.
  ///
  /// - Throws: `damage` if it defines something else; `io`.
  package func checkDefinitions(_ definitions: [Definition]) throws(LetheError) {
    let found = try takingErrorsForDamage { () throws(LetheError) in
      try rows("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL") { (row) throws(LetheError) in try row.text(0) }
    }
    guard Set(found) == Set(definitions.map(\.kept)) else { throw otherDefinitions }
  }

  /// `SQLITE_ERROR` is of the text, which is right, or of the definitions that it is compiled against.
  private func takingErrorsForDamage<Outcome>(
    _ work: () throws(LetheError) -> Outcome
  ) throws(LetheError) -> Outcome {
    do throws(LetheError) { return try work() } catch {
      guard let number = error.cause?.number, number & 0xff == SQLITE_ERROR, error.code == .io else { throw error }
      throw otherDefinitions
    }
  }

  private var otherDefinitions: LetheError {
    .sqlite(
      .damage, "its tables are not as this version made them; \(connection.file.remedy)", file: connection.file)
  }
}
