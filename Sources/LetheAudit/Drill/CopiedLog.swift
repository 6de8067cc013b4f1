internal import LetheLog
internal import LetheSystem
internal import Synchronization

/// Opens the log of a copy that nobody may change and that may have been taken in the middle of a write.
enum CopiedLog {
  /// The whole batches of the copy's segment; what was torn at its end is left out.
  ///
  /// - Throws: `damage` if the copy is broken before its end; `input` if it is another store's; `io`.
  static func open(_ directory: String, storeID: [UInt8], in files: some FileSystem) throws(LetheError) -> FileLog {
    do throws(LetheError) {
      return try FileLog.open(in: directory, fileSystem: CopiedFiles(base: files, .leaves), storeID: storeID)
    } catch let error where error.code == .rolledBack || error.code == .damage {
      // The segment may have been copied before the leaf entries of records that came meanwhile. Without them only a
      // break with later records behind it is damage.
      return try FileLog.open(in: directory, fileSystem: CopiedFiles(base: files, .noLeaves), storeID: storeID)
    }
  }
}

/// A log's files as they may be mended in memory: the segment is read from the copy and what is written to it is dropped,
/// because it would be the same bytes or cut a tail that is not read; the leaf entries are held in memory.
private struct CopiedFiles: FileSystem {
  enum Leaves: Sendable {
    case leaves
    /// Made anew from the records.
    case noLeaves
  }

  let base: any FileSystem
  let leaves: Leaves

  init(base: some FileSystem, _ leaves: Leaves) {
    self.base = base
    self.leaves = leaves
  }

  func open(_ path: String, _ mode: OpenMode) throws(LetheError) -> any File {
    guard path.lastPathComponent == FileLog.leavesName else { return UnwrittenFile(try base.open(path, .read)) }
    let isUsed = leaves == .leaves && base.exists(path)
    return FileInMemory(isUsed ? try base.contents(ofFile: path) : [])
  }

  func exists(_ path: String) -> Bool { base.exists(path) }
  func contents(of directory: String) throws(LetheError) -> [String] { try base.contents(of: directory) }
  func createDirectory(_ path: String) throws(LetheError) { throw Self.unchanged }
  func rename(_ path: String, to target: String) throws(LetheError) { throw Self.unchanged }
  func remove(_ path: String) throws(LetheError) { throw Self.unchanged }
  func synchronizeDirectory(_ path: String) {}
  func entry(at path: String) throws(LetheError) -> FileEntry { try base.entry(at: path) }
  func removeDirectory(_ path: String) throws(LetheError) { throw Self.unchanged }
  func dropCache(of path: String) throws(LetheError) { try base.dropCache(of: path) }
  func lock(_ folder: String, note: String, waiting patience: Duration) throws(LetheError) -> FolderLock {
    throw Self.unchanged
  }

  private static var unchanged: LetheError {
    LetheError(.refused, "a copy under drill is never changed; this is a fault of lethe")
  }
}

/// Takes writes and forgets them.
private final class UnwrittenFile: File {
  private let base: any File

  init(_ base: any File) { self.base = base }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(LetheError) -> Int {
    try base.read(into: &buffer, at: offset)
  }

  func size() throws(LetheError) -> Int { try base.size() }
  func write(_ bytes: RawSpan, at offset: Int) {}
  func truncate(to size: Int) {}
  func synchronize() {}
  var isDirect: Bool { base.isDirect }
}

private final class FileInMemory: File {
  private let content: Mutex<[UInt8]>

  init(_ bytes: [UInt8]) { content = Mutex(bytes) }

  func read(into buffer: inout MutableRawSpan, at offset: Int) -> Int {
    let wanted = buffer.byteCount
    let found = content.withLock { content in
      let end = min(content.count, offset + wanted)
      return offset < end ? Array(content[offset..<end]) : []
    }
    found.withByteSpan { buffer.copy($0) }
    return found.count
  }

  func write(_ bytes: RawSpan, at offset: Int) {
    let bytes = [UInt8](copying: bytes)
    content.withLock { content in
      let end = offset + bytes.count
      if content.count < end { content += repeatElement(0, count: end - content.count) }
      content.replaceSubrange(offset..<end, with: bytes)
    }
  }

  func size() -> Int { content.withLock { $0.count } }

  func truncate(to size: Int) {
    content.withLock { content in
      if content.count > size { content.removeLast(content.count - size) }
      if content.count < size { content += repeatElement(0, count: size - content.count) }
    }
  }

  func synchronize() {}
  var isDirect: Bool { false }
}
