internal import LetheLog
internal import LetheSystem

/// A home's log as it would be if some of its segments began with what a copy has of them; nothing is changed.
///
/// A segment is only ever written at its end, so two files of one name differ in nothing but how far they go: where the copy
/// has bytes it may speak for the other's.
struct SplicedFiles: FileSystem {
  let base: any FileSystem
  let log: String
  let copy: String
  /// By the names of segments, how many of the copy's bytes are taken.
  let taken: [String: Int]

  func open(_ path: String, _ mode: OpenMode, as fileClass: FileClass) throws(LetheError) -> any File {
    guard let count = taken(path) else { return try base.open(path, .read, as: fileClass) }
    let own = base.exists(path) ? try base.open(path, .read, as: fileClass) : nil
    return SplicedFile(
      try base.open("\(copy)/\(path.lastPathComponent)", .read, as: fileClass), count: count, then: own)
  }

  var user: UInt32 { base.user }

  func facts(of path: String, _ links: FileFacts.Links) throws(LetheError) -> FileFacts? {
    guard taken(path) != nil else { return try base.facts(of: path, links) }
    return try open(path, .read, as: .plain).facts()
  }

  private func taken(_ path: String) -> Int? { path.parentPath == log ? taken[path.lastPathComponent] : nil }

  func exists(_ path: String) -> Bool { taken(path) != nil || base.exists(path) }

  func contents(of directory: String) throws(LetheError) -> [String] {
    let names = try base.contents(of: directory)
    return directory == log ? Set(names).union(taken.keys).sorted() : names
  }

  func entry(at path: String) throws(LetheError) -> FileEntry {
    guard taken(path) != nil else { return try base.entry(at: path) }
    return .file(byteCount: try open(path, .read).size())
  }

  func watch(_ folder: String) throws(LetheError) -> any FolderWatch { try base.watch(folder) }

  func createDirectory(_ path: String) throws(LetheError) { throw Self.unchanged }
  func rename(_ path: String, to target: String) throws(LetheError) { throw Self.unchanged }
  func remove(_ path: String) throws(LetheError) { throw Self.unchanged }
  func removeDirectory(_ path: String) throws(LetheError) { throw Self.unchanged }
  func synchronizeDirectory(_ path: String) throws(LetheError) { throw Self.unchanged }
  func synchronizeAll(in directory: String) throws(LetheError) { throw Self.unchanged }
  func protect(_ path: String) throws(LetheError) { throw Self.unchanged }
  func coarsenTime(of path: String, after previous: FileTime?) throws(LetheError) -> FileTime { throw Self.unchanged }
  func hand(_ path: String, toOwnerOf folder: String) throws(LetheError) { throw Self.unchanged }
  func closeToOthers(_ folder: String) throws(LetheError) { throw Self.unchanged }
  func lock(_ folder: String, note: String?, waiting patience: Duration) throws(LetheError) -> FolderLock {
    throw Self.unchanged
  }

  fileprivate static var unchanged: LetheError {
    LetheError(.refused, "a log that is tried is not changed; this is a fault of lethe")
  }
}

/// The first bytes of one file, then another's behind them.
private final class SplicedFile: File {
  private let head: any File
  private let count: Int
  private let rest: (any File)?

  init(_ head: any File, count: Int, then rest: (any File)?) {
    self.head = head
    self.count = count
    self.rest = rest
  }

  let isDirect = false

  func size() throws(LetheError) -> Int { max(count, try rest?.size() ?? 0) }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(LetheError) -> Int {
    var bytes: [UInt8] = []
    if offset < count { bytes = try head.read(count: min(buffer.byteCount, count - offset), at: offset) }
    let next = offset + bytes.count
    if bytes.count < buffer.byteCount, next >= count, let rest {
      bytes += try rest.read(count: buffer.byteCount - bytes.count, at: next)
    }
    bytes.withByteSpan { buffer.copy($0) }
    return bytes.count
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(LetheError) { throw SplicedFiles.unchanged }
  func truncate(to size: Int) throws(LetheError) { throw SplicedFiles.unchanged }
  func synchronize() throws(LetheError) { throw SplicedFiles.unchanged }
  func dropCache() {}
  func facts() throws(LetheError) -> FileFacts { try head.facts() }
  func coarsenTime(after previous: FileTime?) throws(LetheError) -> FileTime { throw SplicedFiles.unchanged }
  func lock(waiting patience: Duration) throws(LetheError) { throw SplicedFiles.unchanged }
  func unlock() {}
}
