package import LetheSystem

extension SQLitePageStore {
  /// How often a file is read again that was written meanwhile.
  private static let attempts = 20

  /// All rows of a file that another process may write, which is not kept waiting and from which nothing is asked, not even
  /// a lock: the file is read again if it has changed meanwhile.
  ///
  /// - Throws: `damage` or `format` if it cannot be read; `io`, also if it changes all the time.
  package static func rows(in path: String, _ files: any FileSystem) throws(LetheError) -> [PageRow] {
    var failure: LetheError?
    for _ in 0..<attempts {
      let before = try state(of: path, files)
      do throws(LetheError) {
        let rows = try SQLitePageStore(path: path, .readOnly, in: files).rows()
        if try state(of: path, files) == before { return rows }
      } catch {
        failure = error
        if try state(of: path, files) == before { break }
      }
    }
    throw failure
      ?? LetheError(
        .io, "\(path.lastPathComponent): it is being written all the time; try again", place: path.lastPathComponent)
  }

  /// Sizes and times of the file and its log.
  private static func state(of path: String, _ files: any FileSystem) throws(LetheError) -> [FileFacts?] {
    var found: [FileFacts?] = []
    for suffix in ["", "-wal", "-journal"] { found.append(try files.facts(of: path + suffix, .followed)) }
    return found
  }
}
