internal import LetheSystem

/// A file system that is only read: whoever looks at a database through it takes no lock, makes no file beside it and
/// changes no byte, whatever SQLite would like to do.
struct UntouchedFiles: FileSystem {
  let base: any FileSystem

  func open(_ path: String, _ mode: OpenMode) throws(LetheError) -> any File {
    // SQLite opens a write-ahead log in order to create it; one that is not there is as good as an empty one.
    if mode == .create, !base.exists(path) { return UntouchedFile(nil) }
    return UntouchedFile(try base.open(path, .read))
  }

  func exists(_ path: String) -> Bool { base.exists(path) }
  func contents(of directory: String) throws(LetheError) -> [String] { try base.contents(of: directory) }
  func entry(at path: String) throws(LetheError) -> FileEntry { try base.entry(at: path) }
  func watch(_ folder: String) throws(LetheError) -> any FolderWatch { try base.watch(folder) }

  func createDirectory(_ path: String) throws(LetheError) { throw .lookedAt(path) }
  func rename(_ path: String, to target: String) throws(LetheError) { throw .lookedAt(path) }
  func remove(_ path: String) throws(LetheError) { throw .lookedAt(path) }
  func synchronizeDirectory(_ path: String) throws(LetheError) { throw .lookedAt(path) }
  func synchronizeAll(in directory: String) throws(LetheError) { throw .lookedAt(directory) }
  func protect(_ path: String) throws(LetheError) { throw .lookedAt(path) }
  func removeDirectory(_ path: String) throws(LetheError) { throw .lookedAt(path) }

  func lock(_ folder: String, note: String, waiting patience: Duration) throws(LetheError) -> FolderLock {
    throw .lookedAt(folder)
  }
}

/// A file that is only read, or an empty one that is not there.
private final class UntouchedFile: File {
  private let base: (any File)?

  init(_ base: (any File)?) { self.base = base }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(LetheError) -> Int {
    try base?.read(into: &buffer, at: offset) ?? 0
  }

  func size() throws(LetheError) -> Int { try base?.size() ?? 0 }
  func dropCache() throws(LetheError) { try base?.dropCache() }
  var isDirect: Bool { base?.isDirect ?? false }

  func write(_ bytes: RawSpan, at offset: Int) throws(LetheError) { throw .lookedAt("") }
  func truncate(to size: Int) throws(LetheError) { throw .lookedAt("") }
  func synchronize() throws(LetheError) { throw .lookedAt("") }
}

extension LetheError {
  fileprivate static func lookedAt(_ path: String) -> LetheError {
    LetheError(.io, "the file is only looked at; open it to change it", place: path.lastPathComponent)
  }
}
