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

  var isDirect: Bool { mode == .direct }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(LetheError) -> Int {
    _ = try system.faults.admit(.read, path, byteCount: buffer.byteCount)
    let address = buffer.withUnsafeMutableBytes { UInt(bitPattern: $0.baseAddress) }
    let count = buffer.byteCount
    let bytes = try system.attempt("pread", path) { (disk) throws(MemoryFileSystem.Refusal) in
      try check(offset, count, address)
      let content = disk.nodes[node].content
      let start = min(offset, content.count)
      return content[start..<min(start + count, content.count)]
    }
    buffer.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    return bytes.count
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(LetheError) {
    let torn = try system.faults.admit(.write, path, byteCount: bytes.byteCount)
    let (address, count) = bytes.withUnsafeBytes { (UInt(bitPattern: $0.baseAddress), $0.count) }
    let written = bytes.withUnsafeBytes { Array($0.prefix(torn ?? count)) }
    try system.attempt("pwrite", path) { (disk) throws(MemoryFileSystem.Refusal) in
      if mode == .read { throw .init(EBADF) }
      try check(offset, count, address)
      disk.change(node, .write(written, at: offset), isDurable: mode == .direct)
    }
    if torn != nil { throw Faults.error(.write, path) }
  }

  func size() throws(LetheError) -> Int {
    _ = try system.faults.admit(.size, path)
    return try system.attempt("fstat", path) { (disk) throws(MemoryFileSystem.Refusal) in
      disk.nodes[node].content.count
    }
  }

  func truncate(to size: Int) throws(LetheError) {
    _ = try system.faults.admit(.truncate, path)
    try system.attempt("ftruncate", path) { (disk) throws(MemoryFileSystem.Refusal) in
      if mode == .read || size < 0 { throw .init(EINVAL) }
      disk.change(node, .truncate(to: size), isDurable: false)
    }
  }

  func synchronize() throws(LetheError) {
    do throws(LetheError) { _ = try system.faults.admit(.synchronize, path) } catch let error {
      // The pages count as clean now though they never reached the disk. After a stop nobody asks again.
      if !system.faults.hasStopped { system.disk.withLock { $0.nodes[node].pending = [] } }
      throw error
    }
    try system.attempt("fdatasync", path) { (disk) throws(MemoryFileSystem.Refusal) in disk.synchronize(node) }
  }

  private func check(_ offset: Int, _ count: Int, _ address: UInt) throws(MemoryFileSystem.Refusal) {
    if offset < 0 { throw .init(EINVAL) }
    let block = Self.directByteCount
    if mode == .direct, offset % block != 0 || count % block != 0 || address % UInt(block) != 0 { throw .init(EINVAL) }
  }
}
