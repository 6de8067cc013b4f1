public import LetheSystem

/// Any file system, with faults put before its calls.
public struct FaultingFileSystem: FileSystem {
  public let base: any FileSystem
  public let faults = Faults()

  public init(_ base: any FileSystem) { self.base = base }

  public func open(_ path: String, _ mode: OpenMode) throws(LetheError) -> any File {
    _ = try faults.admit(.open, path)
    return FaultingFile(base: try base.open(path, mode), path: path, faults: faults)
  }

  public func exists(_ path: String) -> Bool { base.exists(path) }

  public func createDirectory(_ path: String) throws(LetheError) {
    _ = try faults.admit(.createDirectory, path)
    try base.createDirectory(path)
  }

  public func contents(of directory: String) throws(LetheError) -> [String] {
    _ = try faults.admit(.contents, directory)
    return try base.contents(of: directory)
  }

  public func rename(_ path: String, to target: String) throws(LetheError) {
    _ = try faults.admit(.rename, path)
    try base.rename(path, to: target)
  }

  public func remove(_ path: String) throws(LetheError) {
    _ = try faults.admit(.remove, path)
    try base.remove(path)
  }

  public func synchronizeDirectory(_ path: String) throws(LetheError) {
    _ = try faults.admit(.synchronizeDirectory, path)
    try base.synchronizeDirectory(path)
  }

  public func synchronizeAll(in directory: String) throws(LetheError) {
    _ = try faults.admit(.synchronizeAll, directory)
    try base.synchronizeAll(in: directory)
  }

  public func protect(_ path: String) throws(LetheError) {
    _ = try faults.admit(.protect, path)
    try base.protect(path)
  }

  public func entry(at path: String) throws(LetheError) -> FileEntry {
    _ = try faults.admit(.entry, path)
    return try base.entry(at: path)
  }

  public func removeDirectory(_ path: String) throws(LetheError) {
    _ = try faults.admit(.removeDirectory, path)
    try base.removeDirectory(path)
  }

  public func dropCache(of path: String) throws(LetheError) {
    _ = try faults.admit(.dropCache, path)
    try base.dropCache(of: path)
  }

  public func lock(_ folder: String, note: String, waiting patience: Duration) throws(LetheError) -> FolderLock {
    _ = try faults.admit(.lock, folder)
    return try base.lock(folder, note: note, waiting: patience)
  }
}

private final class FaultingFile: File {
  let base: any File
  let path: String
  let faults: Faults

  init(base: any File, path: String, faults: Faults) {
    self.base = base
    self.path = path
    self.faults = faults
  }

  var isDirect: Bool { base.isDirect }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(LetheError) -> Int {
    _ = try faults.admit(.read, path, byteCount: buffer.byteCount)
    return try base.read(into: &buffer, at: offset)
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(LetheError) {
    guard let torn = try faults.admit(.write, path, byteCount: bytes.byteCount) else {
      return try base.write(bytes, at: offset)
    }
    try base.write(bytes.extracting(first: torn), at: offset)
    throw Faults.error(.write, path)
  }

  func size() throws(LetheError) -> Int {
    _ = try faults.admit(.size, path)
    return try base.size()
  }

  func truncate(to size: Int) throws(LetheError) {
    _ = try faults.admit(.truncate, path)
    try base.truncate(to: size)
  }

  func synchronize() throws(LetheError) {
    _ = try faults.admit(.synchronize, path)
    try base.synchronize()
  }
}
