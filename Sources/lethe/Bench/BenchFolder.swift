internal import LetheStore
internal import LetheSystem

/// Where measurements have their homes.
enum BenchFolder {
  private static let prefix = ".lethe-bench-"

  /// Measures in a folder beside the home, so that it is on the home's disk, and removes it again, whatever happens; an
  /// interruption too ends the measurement so. What measurements left that were killed is removed first.
  static func measure<Measurement>(
    for invocation: Invocation, _ measure: (String) async throws(LetheError) -> Measurement
  ) async throws(LetheError) -> Measurement {
    invocation.interruption.prepare()
    try removeAbandoned(in: invocation.home.path)
    let (folder, lock) = try make(in: invocation.home.path)
    let result: Result<Measurement, LetheError>
    do throws(LetheError) { result = .success(try await measure(folder)) } catch { result = .failure(error) }
    try FolderTree.remove(folder)
    lock.release()
    if invocation.console.errorColumns != nil { invocation.console.draw("") }
    return try result.get()
  }

  /// From how many bytes on a file takes room.
  private static let largeByteCount = 1 << 20

  /// Removes the files that take room from what was measured; the many small ones stay to the end. Where much was removed,
  /// ext4 without a journal looks long for a place for each new file (`recently_deleted` in fs/ext4/ialloc.c), for a minute;
  /// a store, which removes nothing, never meets that.
  static func removeLargeFiles(in folder: String) throws(LetheError) {
    for file in try FolderTree.files(in: folder) where file.byteCount >= largeByteCount {
      try LocalFileSystem().remove(folder + "/" + file.name)
    }
  }

  /// A folder that is locked, so that nobody takes it for abandoned.
  private static func make(in parent: String) throws(LetheError) -> (folder: String, lock: FolderLock) {
    while true {
      let folder = try FolderTree.makeUnique("\(parent)/\(prefix)")
      // Somebody who cleans up may have been faster.
      if let lock = try lock(folder), LocalFileSystem().exists(folder) { return (folder, lock) }
    }
  }

  /// Removes folders whose processes are gone: their locks ended with them.
  static func removeAbandoned(in parent: String) throws(LetheError) {
    for name in try LocalFileSystem().contents(of: parent) where name.hasPrefix(prefix) {
      let folder = "\(parent)/\(name)"
      guard try LocalFileSystem().entry(at: folder) == .directory, let lock = try lock(folder) else { continue }
      try FolderTree.remove(folder)
      lock.release()
    }
  }

  /// Nil if somebody else has it or it is gone.
  private static func lock(_ folder: String) throws(LetheError) -> FolderLock? {
    do { return try FolderLock(folder, note: folder + "/pid", waiting: .zero) } catch {
      guard error.code == .locked || !LocalFileSystem().exists(folder) else { throw error }
      return nil
    }
  }
}
