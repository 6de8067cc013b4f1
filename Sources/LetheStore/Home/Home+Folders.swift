internal import LetheSystem

extension Home {
  /// Whether a path is the home's own or lies in it, by whatever name: its folders may be links to other disks.
  ///
  /// - Throws: `input` for an empty path; `io`.
  func holds(_ path: String) throws(LetheError) -> Bool {
    let place = try FolderTree.wholePath(path)
    for folder in [self.path, keys, policies, log, readModels]
    where try place.isOrLies(in: FolderTree.wholePath(folder)) { return true }
    return false
  }

  /// Makes sure that we may use the keys, and that nobody else can put others in their place.
  ///
  /// - Throws: `io`.
  func demandOwnKeys(_ files: any FileSystem) throws(LetheError) {
    guard let facts = try files.facts(of: keys, .followed), facts.kind == .directory else { return }
    guard files.user == 0 || facts.owner == files.user else {
      throw LetheError(.io, "Keys: it belongs to another user; run as that user, or as root", place: "Keys")
    }
    guard facts.permissions & 0o022 == 0 else {
      throw LetheError(
        .io,
        "Keys: others may write in it and so put other keys there; take that right away (chmod go-w) and check what is in it",
        place: "Keys")
    }
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
