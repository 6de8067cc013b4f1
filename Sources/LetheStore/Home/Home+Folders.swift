internal import LetheSystem

extension Home {
  /// Whether a path is the home's own or lies in it, by whatever name.
  ///
  /// - Throws: `input` for an empty path; `io`.
  func holds(_ path: String) throws(LetheError) -> Bool {
    try FolderTree.wholePath(path).isOrLies(in: FolderTree.wholePath(self.path))
  }

  /// Makes sure that the folders without which there is no home are there.
  ///
  /// - Throws: `io`, also if it cannot be told whether they are there.
  func requireFolders(_ files: any FileSystem) throws(LetheError) {
    if files.exists(keys), files.exists(log) { return }
    // A folder that may not be entered is no sign that there is nothing in it.
    do { _ = try files.contents(of: path) } catch { if error.isOfAccess { throw error } }
    let half = files.exists(keys) ? "Log/" : files.exists(log) ? "Keys/" : nil
    guard let half else {
      throw LetheError(.io, "there is no home here; make one with `lethe init` or name one with --home")
    }
    throw LetheError(.io, "the home has no \(half); put that folder back, or mount the disk that it lies on")
  }
}

extension String {
  /// Of whole paths: whether this one is another one's or lies below it.
  func isOrLies(in folder: String) -> Bool { self == folder || hasPrefix(folder + "/") }
}

extension LetheError {
  /// `EACCES` or `EPERM`.
  fileprivate var isOfAccess: Bool { cause?.number == 13 || cause?.number == 1 }
}
