internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem

/// Puts what was tried in its place, and removes what attempts left.
extension Restoration {
  /// Projections go first and the log comes last: until it is there, a restore that is run again finds the same things.
  func install(_ found: RestoredLog, _ pages: RestoredPages.Source) throws(LetheError) {
    if found.needsNewOrigin { try removeProjections() }
    switch pages {
    case .home: break
    case .copy:
      // What SQLite keeps beside the old file would be taken for the new one's.
      for suffix in ["-wal", "-shm", "-journal"] { try files.remove(home.vault + suffix) }
      try files.supplant(home.vault, by: stagedVault)
      try files.synchronizeDirectory(home.keys)
    }
    try files.createDirectory(home.readModels)
    try found.install()
    // A home that lost its policies would divide events otherwise from now on, and forget what the law retains.
    let none = SHA256.hash(try Policies(files: []).digestInput)
    if found.source == .copied || found.index.policyDigest != none { try bringPolicies() }
  }

  /// What was made from records that the log has no more: the directory and the read models, all made again from the log.
  private func removeProjections() throws(LetheError) {
    for suffix in ["", "-wal", "-shm", "-journal"] { try files.remove(home.directory + suffix) }
    try files.synchronizeDirectory(home.keys)
    guard files.exists(home.readModels) else { return }
    for name in try files.contents(of: home.readModels) where name.contains(".sqlite") {
      try files.remove("\(home.readModels)/\(name)")
    }
    try files.synchronizeDirectory(home.readModels)
  }

  /// The copy's policies, where the home has none.
  private func bringPolicies() throws(LetheError) {
    try files.createDirectory(home.policies)
    guard try home.policyNames(files).isEmpty else { return }
    for name in try copy.policyNames(files) {
      try files.copyFile("\(copy.policies)/\(name)", to: "\(home.policies)/\(name)", as: .policy)
    }
    try files.synchronizeDirectory(home.policies)
  }

  /// Removes what an attempt left beside the places.
  func clean() throws(LetheError) {
    try removeStagedVault()
    try FolderTree.remove(RestoredLog.stagingFolder(home), files)
  }

  func removeStagedVault() throws(LetheError) {
    for suffix in ["", "-wal", "-shm", "-journal"] { try files.remove(stagedVault + suffix) }
  }
}
