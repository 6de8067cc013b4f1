public import LetheSystem

/// Any file system, with faults put before its calls.
public struct FaultingFileSystem: FileSystem {
  public let base: any FileSystem
  public let faults = Faults()

  public init(_ base: any FileSystem) { self.base = base }

  public func open(_ path: String, _ mode: OpenMode, as fileClass: FileClass) throws(LetheError) -> any File {
    try faults.admit(.open, path)
    return FaultingFile(base: try base.open(path, mode, as: fileClass), path: path, faults: faults)
  }

  public var user: UInt32 { base.user }

  public func facts(of path: String, _ links: FileFacts.Links) throws(LetheError) -> FileFacts? {
    try faults.admit(.facts, path)
    return try base.facts(of: path, links)
  }

  public func coarsenTime(of path: String, after previous: FileTime?) throws(LetheError) -> FileTime {
    try faults.admit(.coarsenTime, path)
    return try base.coarsenTime(of: path, after: previous)
  }

  public func hand(_ path: String, toOwnerOf folder: String) throws(LetheError) {
    try faults.admit(.hand, path)
    try base.hand(path, toOwnerOf: folder)
  }

  public func closeToOthers(_ folder: String) throws(LetheError) {
    try faults.admit(.hand, folder)
    try base.closeToOthers(folder)
  }

  public func exists(_ path: String) -> Bool { base.exists(path) }

  public func createDirectory(_ path: String) throws(LetheError) {
    try faults.admit(.createDirectory, path)
    try base.createDirectory(path)
  }

  public func contents(of directory: String) throws(LetheError) -> [String] {
    try faults.admit(.contents, directory)
    return try base.contents(of: directory)
  }

  public func rename(_ path: String, to target: String) throws(LetheError) {
    try faults.admit(.rename, path)
    try base.rename(path, to: target)
  }

  public func remove(_ path: String) throws(LetheError) {
    try faults.admit(.remove, path)
    try base.remove(path)
  }

  public func synchronizeDirectory(_ path: String) throws(LetheError) {
    try faults.admit(.synchronizeDirectory, path)
    try base.synchronizeDirectory(path)
  }

  public func synchronizeAll(in directory: String) throws(LetheError) {
    try faults.admit(.synchronizeAll, directory)
    try base.synchronizeAll(in: directory)
  }

  public func protect(_ path: String) throws(LetheError) {
    try faults.admit(.protect, path)
    try base.protect(path)
  }

  public func entry(at path: String) throws(LetheError) -> FileEntry {
    try faults.admit(.entry, path)
    return try base.entry(at: path)
  }

  public func removeDirectory(_ path: String) throws(LetheError) {
    try faults.admit(.removeDirectory, path)
    try base.removeDirectory(path)
  }

  public func watch(_ folder: String) throws(LetheError) -> any FolderWatch {
    _ = try faults.admit(.watch, folder)
    return try base.watch(folder)
  }

  public func lock(_ folder: String, note: String?, waiting patience: Duration) throws(LetheError) -> FolderLock {
    try faults.admit(.lock, folder)
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
    try buffer.withUnsafeMutableBytes { (buffer) throws(LetheError) in
      var isAtEnd = false
      return try WholeTransfer.read(buffer.count) { (done) throws(LetheError) in
        // Who was not cut short and read less needs no other call to know that it was the end.
        if isAtEnd { return 0 }
        var count = buffer.count - done
        if case .short(let first) = try faults.admit(.read, path, byteCount: count) { count = first }
        var part = MutableRawSpan(_unsafeBytes: .init(rebasing: buffer[done..<done + count]))
        let got = try base.read(into: &part, at: offset + done)
        isAtEnd = got < count
        return got
      }
    }
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(LetheError) {
    try WholeTransfer.write(bytes.byteCount, path) { (done) throws(LetheError) in
      let rest = bytes.extracting(done..<bytes.byteCount)
      switch try faults.admit(.write, path, byteCount: rest.byteCount) {
      case .whole:
        try base.write(rest, at: offset + done)
        return rest.byteCount
      case .short(let count):
        try base.write(rest.extracting(first: count), at: offset + done)
        return count
      case .torn(let count):
        try base.write(rest.extracting(first: count), at: offset + done)
        throw Faults.error(.write, path)
      }
    }
  }

  func size() throws(LetheError) -> Int {
    try faults.admit(.size, path)
    return try base.size()
  }

  func facts() throws(LetheError) -> FileFacts {
    try faults.admit(.facts, path)
    return try base.facts()
  }

  func coarsenTime(after previous: FileTime?) throws(LetheError) -> FileTime {
    try faults.admit(.coarsenTime, path)
    return try base.coarsenTime(after: previous)
  }

  func lock(waiting patience: Duration) throws(LetheError) {
    try faults.admit(.lock, path)
    try base.lock(waiting: patience)
  }

  func unlock() { base.unlock() }

  func dropCache() throws(LetheError) {
    try faults.admit(.dropCache, path)
    try base.dropCache()
  }

  func truncate(to size: Int) throws(LetheError) {
    try faults.admit(.truncate, path)
    try base.truncate(to: size)
  }

  func synchronize() throws(LetheError) {
    try faults.admit(.synchronize, path)
    try base.synchronize()
  }
}
