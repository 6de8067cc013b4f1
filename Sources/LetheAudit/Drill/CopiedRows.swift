internal import LetheStore
internal import LetheSystem
internal import LetheVault

/// What a copy of Keys/ holds but for roots. SQLite would write beside a file that it opens, so it opens copies of its own,
/// which are removed again; like the copy they hold sealed bytes only.
struct CopiedRows {
  let pages: [PageRow]
  let shards: [ShardRow]

  /// Of files that are not there, none.
  ///
  /// - Parameter scratch: a folder for the copies.
  /// - Throws: `damage` or `format` if SQLite cannot read them; `io`.
  init(_ keys: Home, scratch: String, in world: World) throws(LetheError) {
    pages =
      try Self.withCopy(of: keys.vault, scratch, world) { (path) throws(LetheError) in
        try SQLitePageStore(path: path, .readWrite).rows()
      } ?? []
    shards =
      try Self.withCopy(of: keys.directory, scratch, world) { (path) throws(LetheError) in
        try ShardRow.all(in: path)
      } ?? []
  }

  private static func withCopy<Rows>(
    of path: String, _ scratch: String, _ world: World, _ read: (String) throws(LetheError) -> Rows
  ) throws(LetheError) -> Rows? {
    let files = world.files
    guard files.exists(path) else { return nil }
    let folder = try FolderTree.makeUnique("\(scratch)/lethe-drill-")
    let copy = "\(folder)/\(path.lastPathComponent)"
    do throws(LetheError) {
      // The log of writes too: what was committed last may be there alone.
      for suffix in ["", "-wal"] where files.exists(path + suffix) {
        try Self.copy(path + suffix, to: copy + suffix, files)
      }
      let rows = try read(copy)
      try FolderTree.remove(folder)
      return rows
    } catch {
      do throws(LetheError) { try FolderTree.remove(folder) } catch {
        // What came first is the one to tell.
      }
      throw error.code == .damage ? Self.damaged(path.lastPathComponent, error) : error
    }
  }

  private static func copy(_ path: String, to target: String, _ files: any FileSystem) throws(LetheError) {
    let source = try files.open(path, .read)
    let copy = try files.open(target, .createNew)
    var offset = 0
    while true {
      let bytes = try source.read(count: 1 << 20, at: offset)
      guard !bytes.isEmpty else { return }
      try bytes.withByteSpan { (bytes) throws(LetheError) in try copy.write(bytes, at: offset) }
      offset += bytes.count
    }
  }

  private static func damaged(_ name: String, _ error: LetheError) -> LetheError {
    LetheError(
      .damage, "the copy's \(name) cannot be read, so it is of no use for a restore; make a new copy", place: name,
      cause: error.cause)
  }
}
