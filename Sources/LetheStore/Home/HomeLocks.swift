internal import LetheSystem

/// What keeps other processes from a home while it is open: `Keys/` first, then `Log/`, which another home may use whose
/// keys are a copy of these; then the segment that takes records (`FileLog`) and the root cells (`Vault`).
final class HomeLocks: Sendable {
  private let keys: FolderLock
  private let log: FolderLock?

  init(keys: FolderLock, log: FolderLock?) {
    self.keys = keys
    self.log = log
  }

  /// Gives both back now, not only when their owner goes.
  func release() {
    log?.release()
    keys.release()
  }
}

extension Home {
  /// Takes a home for this process alone.
  ///
  /// - Throws: `locked`; `io`, also where a file system keeps no locks.
  func lock(_ files: any FileSystem, waiting patience: Duration) throws(LetheError) -> HomeLocks {
    let keys = try files.lock(keys, note: lock, waiting: patience)
    guard files.exists(log) else { return HomeLocks(keys: keys, log: nil) }
    return HomeLocks(keys: keys, log: try files.lock(log, note: nil, waiting: patience))
  }
}
