/// A view of files in which nothing is ever written: every file is opened for reading only, and whatever would change
/// something is refused. What is made where nothing is stays an empty file in memory.
package struct ReadOnlyFiles: FileSystem {
  private let base: any FileSystem

  package init(_ base: any FileSystem) { self.base = base }

  package func open(_ path: String, _ mode: OpenMode, as fileClass: FileClass) throws(LetheError) -> any File {
    switch mode {
    case .read, .update: return try base.open(path, .read, as: fileClass)
    case .direct, .directRead: return try base.open(path, .directRead, as: fileClass)
    case .create where try base.facts(of: path, .refused) == nil: return EmptyFile()
    case .create: return try base.open(path, .read, as: fileClass)
    case .createNew: throw Self.unchanged
    }
  }

  package var user: UInt32 { base.user }
  package func exists(_ path: String) -> Bool { base.exists(path) }
  package func contents(of directory: String) throws(LetheError) -> [String] { try base.contents(of: directory) }
  package func entry(at path: String) throws(LetheError) -> FileEntry { try base.entry(at: path) }
  package func facts(of path: String, _ links: FileFacts.Links) throws(LetheError) -> FileFacts? {
    try base.facts(of: path, links)
  }
  package func watch(_ folder: String) throws(LetheError) -> any FolderWatch { try base.watch(folder) }

  package func createDirectory(_ path: String) throws(LetheError) { throw Self.unchanged }
  package func rename(_ path: String, to target: String) throws(LetheError) { throw Self.unchanged }
  package func remove(_ path: String) throws(LetheError) { throw Self.unchanged }
  package func removeDirectory(_ path: String) throws(LetheError) { throw Self.unchanged }
  package func synchronizeDirectory(_ path: String) throws(LetheError) { throw Self.unchanged }
  package func synchronizeAll(in directory: String) throws(LetheError) { throw Self.unchanged }
  package func protect(_ path: String) throws(LetheError) { throw Self.unchanged }
  package func coarsenTime(of path: String, after previous: FileTime?) throws(LetheError) -> FileTime {
    throw Self.unchanged
  }
  package func hand(_ path: String, toOwnerOf folder: String) throws(LetheError) { throw Self.unchanged }
  package func closeToOthers(_ folder: String) throws(LetheError) { throw Self.unchanged }
  package func lock(_ folder: String, note: String?, waiting patience: Duration) throws(LetheError) -> FolderLock {
    throw Self.unchanged
  }

  fileprivate static var unchanged: LetheError {
    LetheError(.refused, "what is only looked at is never changed; this is a fault of lethe")
  }
}

/// A file that is not there.
private final class EmptyFile: File {
  let isDirect = false

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(LetheError) -> Int { 0 }
  func size() throws(LetheError) -> Int { 0 }
  func dropCache() {}
  func unlock() {}

  func facts() throws(LetheError) -> FileFacts {
    FileFacts(
      identity: FileFacts.Identity(device: 0, number: 0), kind: .file, byteCount: 0, allocatedByteCount: 0,
      permissions: 0o400, owner: 0, group: 0, nameCount: 0,
      modified: FileTime(seconds: 0))
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(LetheError) { throw ReadOnlyFiles.unchanged }
  func truncate(to size: Int) throws(LetheError) { throw ReadOnlyFiles.unchanged }
  func synchronize() throws(LetheError) { throw ReadOnlyFiles.unchanged }
  func coarsenTime(after previous: FileTime?) throws(LetheError) -> FileTime { throw ReadOnlyFiles.unchanged }
  func lock(waiting patience: Duration) throws(LetheError) { throw ReadOnlyFiles.unchanged }
}
