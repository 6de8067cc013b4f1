internal import LetheCrypto
internal import LetheLog
public import LetheSystem
internal import LetheVault

/// What a backup holds.
public struct BackupSummary: Sendable, Equatable {
  /// Its pages open only with the root of this epoch, that is until the next one.
  public let epoch: UInt64
  public let records: UInt64
  public let pages: Int
}

extension Store {
  /// Copies log, pages of the current epoch, checkpoint, places and policies into a folder laid out like a home; durable
  /// at return. Root cell, signing key and directory are not in it. Appends wait meanwhile.
  ///
  /// - Parameter folder: made if it is not there.
  /// - Throws: `refused` if something lies in the folder, or it in the home; `missing-key` if a page is missing; `io`, and
  ///   what was copied is removed again.
  public func backUp(to folder: String) throws(LetheError) -> BackupSummary {
    let target = Home(folder)
    return try perform { (writer) throws(LetheError) in
      let files = writer.parts.world.files
      guard try !writer.parts.home.holds(target.path) else {
        throw LetheError(.refused, "the folder lies in the home and would be lost with it; name one elsewhere")
      }
      if files.exists(target.path), try !files.contents(of: target.path).isEmpty {
        throw LetheError(.refused, "there is something in the folder already; name a new one for each backup")
      }
      do throws(LetheError) { return try writer.backUp(to: target) } catch {
        for part in [target.keys, target.log, target.policies] {
          do throws(LetheError) { try FolderTree.remove(part, files) } catch {
            // What stopped the backup is the one to tell.
          }
        }
        throw error
      }
    }
  }
}

extension StoreWriter {
  fileprivate func backUp(to target: Home) throws(LetheError) -> BackupSummary {
    let (home, files) = (parts.home, parts.world.files)
    // So that the copy's log ends where its checkpoint does, and no index is being written.
    try sign()
    try parts.log.finish()
    let rows = try parts.vault.reachableRows()
    for folder in [target.keys, target.log, target.policies] { try files.createDirectory(folder) }
    try Self.write(rows, to: target.vault, files)
    // Nothing is taken but what belongs there: no copy may ever hold a root, wherever somebody laid one.
    let folders = [(home.log, target.log, Home.isOfBackup), (home.policies, target.policies, Home.isOfPolicies)]
    for (from, to, belongs) in folders where files.exists(from) {
      // Those of the folder itself by their names, since a segment or a policy may be a link.
      let deeper = try FolderTree.files(in: from, files).map(\.name).filter { $0.contains("/") }
      for name in try files.contents(of: from) + deeper where belongs(name) {
        let copy = "\(to)/\(name)"
        try files.createDirectory(copy.parentPath)
        try files.copyFile("\(from)/\(name)", to: copy, as: from == home.policies ? .policy : .segment)
        try files.synchronizeDirectory(copy.parentPath)
      }
    }
    let others = [
      (home.places, target.places, FileClass.places),
      (home.trustedCheckpoint, target.trustedCheckpoint, FileClass.checkpoint),
    ]
    for (from, to, fileClass) in others where files.exists(from) {
      try files.copyFile(from, to: to, as: fileClass)
    }
    try files.synchronizeDirectory(target.keys)
    return BackupSummary(epoch: parts.vault.epoch, records: parts.log.count, pages: rows.count)
  }

  /// Makes a page store of rows in one file; durable at return.
  static func write(_ rows: [PageRow], to path: String, _ files: any FileSystem) throws(LetheError) {
    let pages = try SQLitePageStore(path: path, .create, .rollback, in: files)
    try pages.put(rows)
    try pages.close()
    try files.synchronizeDirectory(path.parentPath)
  }
}
