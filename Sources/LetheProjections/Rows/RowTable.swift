internal import LetheSQLite
internal import LetheSystem
internal import LetheVault

/// The table `rows` of a read model's file: `kid`, the model's columns, `position`; the key is `kid` and the key columns.
struct RowTable {
  let database: Database
  let columns: [Column]

  private let putSQL: String
  private let removeSQL: String
  private let oneSQL: String
  private let listSQL: String

  init(_ database: Database, columns: [Column]) {
    self.database = database
    self.columns = columns
    let names = columns.map { "\"\($0.name)\"" }
    let keys = Self.names(columns, .key)
    let places = (1...columns.count + 2).map { "?\($0)" }.joined(separator: ", ")
    let updates = (Self.names(columns, .value) + ["position"]).map { "\($0) = excluded.\($0)" }
    let match = (["kid"] + keys).enumerated().map { "\($1) = ?\($0 + 1)" }.joined(separator: " AND ")
    putSQL = """
      INSERT INTO "rows" (kid, \(names.joined(separator: ", ")), position) VALUES (\(places))
      ON CONFLICT (\((["kid"] + keys).joined(separator: ", "))) DO UPDATE SET \(updates.joined(separator: ", "))
      """
    removeSQL = "DELETE FROM \"rows\" WHERE \(match)"
    oneSQL = "SELECT \(names.joined(separator: ", ")) FROM \"rows\" WHERE \(match)"
    listSQL = """
      SELECT kid, \(names.joined(separator: ", ")), position FROM "rows" WHERE kid BETWEEN ?1 AND ?2
      ORDER BY \((["kid"] + keys).joined(separator: ", "))
      """
  }

  private static func names(_ columns: [Column], _ role: Column.Role) -> [String] {
    columns.filter { $0.role == role }.map { "\"\($0.name)\"" }
  }

  /// Clustered by kid, so that a purge touches few pages.
  func create() throws(LetheError) {
    let definitions = columns.map { "\"\($0.name)\" ANY\($0.role == .key ? " NOT NULL" : "")" }
    let key = (["kid"] + Self.names(columns, .key)).joined(separator: ", ")
    try database.execute(
      """
      CREATE TABLE "rows" (
        kid INTEGER NOT NULL, \(definitions.joined(separator: ", ")), position INTEGER NOT NULL,
        PRIMARY KEY (\(key))
      ) STRICT, WITHOUT ROWID
      """)
  }

  // MARK: One row

  func put(_ row: [String: RowValue], _ owner: RowOwner, position: UInt64) throws(LetheError) {
    try checkNames(row)
    var values: [SQLiteValue] = [.integer(owner.stored)]
    for column in columns { values.append(try value(of: column, in: row)) }
    values.append(.integer(Int64(clamping: position)))
    try database.run(putSQL, binding: values)
  }

  func remove(_ key: [String: RowValue], _ owner: RowOwner) throws(LetheError) {
    try database.run(removeSQL, binding: match(key, owner))
  }

  func row(_ key: [String: RowValue], _ owner: RowOwner) throws(LetheError) -> [String: RowValue]? {
    try database.first(oneSQL, binding: match(key, owner)) { (row) throws(LetheError) in
      var found: [String: RowValue] = [:]
      for (number, column) in columns.enumerated() { found[column.name] = try RowValue(row.value(number)) }
      return found
    }
  }

  private func match(_ key: [String: RowValue], _ owner: RowOwner) throws(LetheError) -> [SQLiteValue] {
    try checkNames(key)
    var values: [SQLiteValue] = [.integer(owner.stored)]
    for column in columns where column.role == .key { values.append(try value(of: column, in: key)) }
    return values
  }

  private func value(of column: Column, in row: [String: RowValue]) throws(LetheError) -> SQLiteValue {
    let value = row[column.name] ?? .null
    guard column.role == .value || value != .null else {
      throw LetheError(.input, "a read model's row has nothing in a key column; give a value there")
    }
    return value.stored
  }

  private func checkNames(_ row: [String: RowValue]) throws(LetheError) {
    guard row.keys.allSatisfy({ name in columns.contains { $0.name == name } }) else {
      throw LetheError(.input, "a read model's row has a column that the model does not declare; declare or drop it")
    }
  }

  // MARK: Many rows

  /// Removes the rows of all key ids below a node.
  func purge(_ node: KeyNode) throws(LetheError) {
    let range = Self.range(node)
    try database.run(
      "DELETE FROM \"rows\" WHERE kid BETWEEN ?1 AND ?2", .integer(range.lowerBound), .integer(range.upperBound))
  }

  func removeAll() throws(LetheError) { try database.run("DELETE FROM \"rows\"") }

  /// Gives the rows in the order of their keys, of one subject or all.
  func forEach(
    of subject: SubjectIndex?, _ body: (ReadModelRow) throws(LetheError) -> Void
  ) throws(LetheError) {
    let range = subject.map { Self.range($0.node) } ?? (.min)...(.max)
    let names = columns.map(\.name)
    try database.rows(listSQL, .integer(range.lowerBound), .integer(range.upperBound)) { (row) throws(LetheError) in
      let kid = try row.integer(0)
      var values: [RowValue] = []
      for number in columns.indices { values.append(try RowValue(row.value(number + 1))) }
      try body(
        ReadModelRow(
          kid: kid < 0 ? nil : KeyID(rawValue: UInt64(bitPattern: kid)), columns: names, values: values,
          position: UInt64(bitPattern: row.integer(columns.count + 1))))
    }
  }

  /// Key ids have 50 bits at most, so that as signed numbers they keep their order.
  private static func range(_ node: KeyNode) -> ClosedRange<Int64> {
    let first = Int64(bitPattern: node.firstKid.rawValue)
    return first...first + Int64(node.keyCount) - 1
  }
}
