internal import LetheStore
internal import LetheSystem
internal import LetheVault

/// The pages and shards in a copy of Keys/. Reading them writes nothing, so the copy may lie on a read-only disk.
struct CopiedRows {
  let pages: [PageRow]
  let shards: [ShardRow]

  /// Files that are missing count as empty.
  ///
  /// - Throws: `damage` or `format` if SQLite cannot read them; `io`.
  init(_ keys: Home, in files: any FileSystem) throws(LetheError) {
    pages = try Self.rows(in: keys.vault, files) { (path) throws(LetheError) in
      try SQLitePageStore.rows(in: path, files)
    }
    shards = try Self.rows(in: keys.directory, files) { (path) throws(LetheError) in
      try ShardRow.all(in: path, files)
    }
  }

  private static func rows<Row>(
    in path: String, _ files: any FileSystem, _ read: (String) throws(LetheError) -> [Row]
  ) throws(LetheError) -> [Row] {
    guard files.exists(path) else { return [] }
    do throws(LetheError) { return try read(path) } catch {
      throw error.code == .damage ? Self.damaged(path.lastPathComponent, error) : error
    }
  }

  private static func damaged(_ name: String, _ error: LetheError) -> LetheError {
    LetheError(
      .damage, "the copy's \(name) cannot be read, so it is of no use for a restore; make a new copy", place: name,
      cause: error.cause)
  }
}
