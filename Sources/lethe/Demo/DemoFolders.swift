internal import LetheStore
internal import LetheSystem

/// The folders of a demo, and copies between them.
struct DemoFolders: Sendable {
  /// What all others lie in.
  let top: String
  /// Whether the top is to be left behind.
  let isKept: Bool

  var home: Home { Home(top + "/home") }
  /// An old copy of Keys/ and Log/, as a backup has it.
  var backup: Home { Home(top + "/backup") }
  /// A copy that is opened to see what it is worth.
  var trial: Home { Home(top + "/trial") }

  /// - Parameter kept: a folder of the user's; nil for a temporary one.
  init(keeping kept: String?) throws(LetheError) {
    isKept = kept != nil
    if let kept {
      try LocalFileSystem().createDirectory(kept)
      top = kept
    } else {
      top = try FolderTree.makeUnique(FolderTree.temporaryFolder + "/lethe-demo-")
    }
  }

  func remove() throws(LetheError) {
    try FolderTree.remove(trial.path)
    if !isKept { try FolderTree.remove(top) }
  }

  /// Copies Keys/ and Log/, and Policies/, but for what must never be in a backup. The store is closed meanwhile.
  ///
  /// - Returns: files of Keys/ and Log/ that were copied.
  func copyPages(of source: Home, to target: Home) throws(LetheError) -> Int {
    let secrets = [source.rootCell, source.signingKey, source.lock].map(\.lastPathComponent)
    var count = 0
    for (from, to) in [
      (source.keys, target.keys), (source.log, target.log), (source.policies, target.policies),
    ] {
      try LocalFileSystem().createDirectory(to)
      for entry in try FolderTree.files(in: from) {
        if from == source.keys, secrets.contains(entry.name) { continue }
        let isCopied = try copy("\(from)/\(entry.name)", to: "\(to)/\(entry.name)")
        if isCopied, from != source.policies { count += 1 }
      }
    }
    return count
  }

  /// Makes the trial home of the backup's pages and a root cell and signing key.
  func makeTrial(_ secrets: DemoSecrets) throws(LetheError) {
    try FolderTree.remove(trial.path)
    _ = try copyPages(of: backup, to: trial)
    try LocalFileSystem().replace(trial.rootCell, with: secrets.rootCell)
    try LocalFileSystem().replace(trial.signingKey, with: secrets.signingKey)
  }

  /// False if the file has gone since it was listed, as SQLite's side files do.
  private func copy(_ source: String, to target: String) throws(LetheError) -> Bool {
    guard let bytes = try FolderTree.contents(ofListed: source) else { return false }
    try LocalFileSystem().createDirectory(target.parentPath)
    try LocalFileSystem().replace(target, with: bytes)
    return true
  }
}

/// What no backup may hold: the demo keeps it in memory to show what would happen.
struct DemoSecrets {
  let rootCell: [UInt8]
  let signingKey: [UInt8]

  init(of home: Home) throws(LetheError) {
    rootCell = try LocalFileSystem().contents(ofFile: home.rootCell)
    signingKey = try LocalFileSystem().contents(ofFile: home.signingKey)
  }
}
