internal import Glibc
internal import LetheSystem
internal import Synchronization

/// An open file of a `MemoryFileSystem`; refuses what POSIX would refuse.
final class MemoryFile: File {
  private static let directByteCount = 4096

  private let system: MemoryFileSystem
  private let path: String
  private let mode: OpenMode
  private let node: Int

  init(system: MemoryFileSystem, path: String, mode: OpenMode, node: Int) {
    self.system = system
    self.path = path
    self.mode = mode
    self.node = node
  }

  var isDirect: Bool { mode == .direct || mode == .directRead }
  private var isReadOnly: Bool { mode == .read || mode == .directRead }
  private let hasLock = Mutex(false)

  deinit { unlock() }

  func facts() throws(LetheError) -> FileFacts {
    try system.faults.admit(.facts, path)
    return system.disk.withLock { $0.facts(of: node) }
  }

  func coarsenTime(after previous: FileTime?) throws(LetheError) -> FileTime {
    try system.faults.admit(.coarsenTime, path)
    return system.disk.withLock { disk in
      let time = FileTime.coarse(at: disk.nowStamp, after: previous)
      disk.nodes[node].attributes.modified = time
      return time
    }
  }

  /// Never waits: whoever has the lock may be on this very thread.
  func lock(waiting patience: Duration) throws(LetheError) {
    try system.faults.admit(.lock, path)
    if hasLock.withLock({ $0 }) { return }
    guard system.disk.withLock({ $0.lockedNodes.insert(node).inserted }) else {
      throw LetheError(.locked, "another owner has this file; close that first")
    }
    hasLock.withLock { $0 = true }
  }

  func unlock() {
    let had = hasLock.withLock { hasLock in
      defer { hasLock = false }
      return hasLock
    }
    guard had else { return }
    system.disk.withLock { _ = $0.lockedNodes.remove(node) }
  }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(LetheError) -> Int {
    try buffer.withUnsafeMutableBytes { (buffer) throws(LetheError) in
      let address = UInt(bitPattern: buffer.baseAddress)
      var isAtEnd = false
      return try WholeTransfer.read(buffer.count) { (done) throws(LetheError) in
        // Who was not cut short and read less needs no other call to know that it was the end.
        if isAtEnd { return 0 }
        var count = buffer.count - done
        if case .short(let first) = try system.faults.admit(.read, path, byteCount: count) {
          count = part(first, of: count)
        }
        let bytes = try system.attempt("pread", path) { (disk) throws(MemoryFileSystem.Refusal) in
          try check(offset + done, count, address + UInt(done))
          let content = disk.nodes[node].content
          let start = min(offset + done, content.count)
          return content[start..<min(start + count, content.count)]
        }
        UnsafeMutableRawBufferPointer(rebasing: buffer[done...]).copyBytes(from: bytes)
        isAtEnd = bytes.count < count
        return bytes.count
      }
    }
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(LetheError) {
    system.noteUse(of: path)
    try bytes.withUnsafeBytes { (bytes) throws(LetheError) in
      let address = UInt(bitPattern: bytes.baseAddress)
      try WholeTransfer.write(bytes.count, path) { (done) throws(LetheError) in
        let rest = bytes.count - done
        let admission = try system.faults.admit(.write, path, byteCount: rest)
        let count =
          switch admission {
          case .whole: rest
          case .torn(let count): count
          case .short(let count): part(count, of: rest)
          }
        let written = Array(bytes[done..<done + count])
        try system.attempt("pwrite", path) { (disk) throws(MemoryFileSystem.Refusal) in
          if isReadOnly { throw .init(EBADF) }
          try check(offset + done, rest, address + UInt(done))
          disk.change(node, .write(written, at: offset + done), isDurable: mode == .direct)
        }
        if case .torn = admission { throw Faults.error(.write, path) }
        return count
      }
    }
  }

  /// So much of a transfer that is cut short; past the caches there are whole blocks alone.
  private func part(_ first: Int, of count: Int) -> Int {
    isDirect ? min(count, max(1, first / Self.directByteCount) * Self.directByteCount) : first
  }

  func size() throws(LetheError) -> Int {
    try system.faults.admit(.size, path)
    return try system.attempt("fstat", path) { (disk) throws(MemoryFileSystem.Refusal) in
      disk.nodes[node].content.count
    }
  }

  func dropCache() throws(LetheError) { try system.faults.admit(.dropCache, path) }

  func truncate(to size: Int) throws(LetheError) {
    try system.faults.admit(.truncate, path)
    try system.attempt("ftruncate", path) { (disk) throws(MemoryFileSystem.Refusal) in
      if isReadOnly || size < 0 { throw .init(EINVAL) }
      disk.change(node, .truncate(to: size), isDurable: false)
    }
  }

  func synchronize() throws(LetheError) {
    system.noteUse(of: path)
    do throws(LetheError) { try system.faults.admit(.synchronize, path) } catch let error {
      // The pages count as clean now though they never reached the disk. After a stop nobody asks again.
      if !system.faults.hasStopped {
        system.disk.withLock { $0.nodes[node].pending = [] }
        system.noteFailedSync(of: path)
      }
      throw error
    }
    do throws(LetheError) {
      try system.attempt("fdatasync", path) { (disk) throws(MemoryFileSystem.Refusal) in
        if disk.nodes[node].hasUntoldLoss {
          disk.nodes[node].hasUntoldLoss = false
          disk.nodes[node].pending = []
          throw .init(EIO)
        }
        disk.synchronize(node)
      }
    } catch {
      system.noteFailedSync(of: path)
      throw error
    }
  }

  private func check(_ offset: Int, _ count: Int, _ address: UInt) throws(MemoryFileSystem.Refusal) {
    if offset < 0 { throw .init(EINVAL) }
    let block = Self.directByteCount
    if isDirect, offset % block != 0 || count % block != 0 || address % UInt(block) != 0 { throw .init(EINVAL) }
  }
}
