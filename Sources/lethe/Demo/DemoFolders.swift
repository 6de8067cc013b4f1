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
        try copy("\(from)/\(entry.name)", to: "\(to)/\(entry.name)")
        if from != source.policies { count += 1 }
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

  private func copy(_ source: String, to target: String) throws(LetheError) {
    try LocalFileSystem().createDirectory(target.parentPath)
    try LocalFileSystem().replace(target, with: LocalFileSystem().contents(ofFile: source))
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

/// Looks for words in files.
enum ResidueScan {
  /// How many of the folders' files there are, how many bytes they have, and how many hold one of the words.
  static func scan(
    _ folders: [String], for words: [String]
  ) throws(LetheError) -> (files: Int, bytes: Int, found: Int) {
    var result = (files: 0, bytes: 0, found: 0)
    for folder in folders {
      for entry in try FolderTree.files(in: folder) {
        let bytes = try LocalFileSystem().contents(ofFile: "\(folder)/\(entry.name)")
        result.files += 1
        result.bytes += bytes.count
        if words.contains(where: { contains(bytes, Array($0.utf8)) }) { result.found += 1 }
      }
    }
    return result
  }

  static func contains(_ bytes: [UInt8], _ word: [UInt8]) -> Bool {
    guard let first = word.first, bytes.count >= word.count else { return false }
    let text = bytes.span
    let pattern = word.span
    for start in 0...(text.count - pattern.count) where text[start] == first {
      var length = 1
      while length < pattern.count, text[start + length] == pattern[length] { length += 1 }
      if length == pattern.count { return true }
    }
    return false
  }
}
