package import LetheCrypto
internal import LetheSQLite
package import LetheSystem
package import LetheVault

/// A sealed version of a directory shard as a file of any time holds it; for drills.
package struct ShardRow: Sendable {
  package let number: UInt32
  /// The key id that it says it is sealed under.
  package let kid: KeyID
  private let bookmark: UInt64
  private let nonce: [UInt8]
  private let blob: [UInt8]

  /// All rows of a `directory.sqlite`, whose format stands at `ShardFile`; none if there is no such table.
  ///
  /// - Throws: `damage` if the file cannot be read; `io`.
  package static func all(
    in path: String, _ files: any FileSystem
  ) throws(LetheError) -> [ShardRow] {
    try DatabaseLook.read(path, ifDamaged: "remove it, and it is made again from the log", in: files, rows)
  }

  private static func rows(of database: Database) throws(LetheError) -> [ShardRow] {
    let tables = try database.first("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'shards'") {
      (row) throws(LetheError) in try row.integer(0)
    }
    guard tables == 1 else { return [] }
    let rows = try database.rows("SELECT number, kid, bookmark, nonce, blob FROM shards ORDER BY number, kid") {
      (row) throws(LetheError) -> ShardRow? in
      guard let number = UInt32(exactly: try row.integer(0)),
        let kid = KeyID(rawValue: UInt64(bitPattern: try row.integer(1)))
      else { return nil }
      return ShardRow(
        number: number, kid: kid, bookmark: UInt64(bitPattern: try row.integer(2)), nonce: try row.blob(3),
        blob: try row.blob(4))
    }
    return rows.compactMap(\.self)
  }

  /// Whether the key opens it.
  package func opens(with key: SealingKey, storeID: [UInt8]) throws(LetheError) -> Bool {
    guard nonce.count == SealingKey.nonceByteCount else { return false }
    return try key.open(
      blob, nonce: nonce, authenticating: ShardFile.authenticated(storeID, number, kid, bookmark)) != nil
  }
}
