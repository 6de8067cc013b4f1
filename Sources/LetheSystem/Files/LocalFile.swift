internal import CLinux
internal import Glibc

/// A file descriptor and its name, for errors.
final class LocalFile: File {
  /// `O_DIRECT` of x86-64 and arm64 Linux, which Glibc's module map hides behind `_GNU_SOURCE`.
  #if arch(arm64)
    static let direct: Int32 = 0o200000
  #else
    static let direct: Int32 = 0o40000
  #endif

  private static let readAheadByteCount = 1 << 20

  private let descriptor: Int32
  private let path: String
  private let clock: any WallClock
  private let isPipe: Bool
  let isDirect: Bool

  /// Opens and checks a file; one that is made is given to the owner that its class names, or to its folder's.
  init(
    _ path: String, _ flags: Int32, _ fileClass: FileClass, _ clock: any WallClock
  ) throws(LetheError) {
    let isMade = flags & O_CREAT != 0
    // Without waiting: a pipe that nobody writes to would be waited for.
    var flags = flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
    if isMade || fileClass.links == .refused { flags |= O_NOFOLLOW }
    self.path = path
    self.clock = clock
    isDirect = flags & Self.direct != 0
    let name = path.lastPathComponent
    let opened = Glibc.open(path, flags, 0o600)
    guard opened >= 0 else {
      let failure = LetheError.system("open", path)
      throw Self.linkFailure(path, failure.cause?.number) ?? failure
    }
    do throws(LetheError) {
      let facts = try FileFacts(ofOpen: opened, path)
      if isMade {
        try Self.give(opened, path, toOwnerOf: fileClass.folder ?? path.parentPath)
      } else {
        try fileClass.check(
          facts, name: name,
          folderOwner: try fileClass.folder.map { (folder) throws(LetheError) in
            try LocalFileSystem.status(of: folder).st_uid
          })
      }
      isPipe = facts.kind == .pipe
      descriptor = opened
    } catch {
      if isMade { unlink(path) }
      close(opened)
      throw error
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// What a link at the end of a path did to an open; nil if there is none.
  private static func linkFailure(_ path: String, _ number: Int32?) -> LetheError? {
    var status = stat()
    guard number == ELOOP || number == ENOENT, lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else {
      return nil
    }
    let name = path.lastPathComponent
    return number == ELOOP ? FileClass.isLink(name) : FileClass.isLinkToNothing(name)
  }

  /// Only root can give a file to somebody; what anybody else makes is that user's own.
  static func give(_ file: Int32, _ path: String, toOwnerOf folder: String) throws(LetheError) {
    guard geteuid() == 0 else { return }
    let owner = try LocalFileSystem.status(of: folder)
    if owner.st_uid == 0 && owner.st_gid == getegid() { return }
    // Some file systems keep no owners: there everybody can do everything.
    guard fchown(file, owner.st_uid, owner.st_gid) == 0 || errno == EPERM || errno == ENOTSUP else {
      throw .system("fchown", path)
    }
  }

  func facts() throws(LetheError) -> FileFacts { try FileFacts(ofOpen: descriptor, path) }

  func coarsenTime(after previous: FileTime?) throws(LetheError) -> FileTime {
    let time = FileTime.coarse(at: clock.now(), after: previous)
    var times = LocalFileSystem.times(time)
    guard futimens(descriptor, &times) == 0 else { throw .system("futimens", path) }
    return time
  }

  func lock(waiting patience: Duration) throws(LetheError) {
    try LocalLock.take(descriptor, path, waiting: patience) {
      LetheError(
        .locked, "another process uses this file under another home's keys; wait for it to end or stop it",
        place: path.lastPathComponent)
    }
  }

  func unlock() { flock(descriptor, LOCK_UN) }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(LetheError) -> Int {
    try buffer.withUnsafeMutableBytes { (bytes) throws(LetheError) in
      try WholeTransfer.read(bytes.count) { (done) throws(LetheError) in
        if isPipe { return try readPipe(into: UnsafeMutableRawBufferPointer(rebasing: bytes[done...])) }
        return try retrying("pread") { pread(descriptor, bytes.baseAddress! + done, bytes.count - done, offset + done) }
      }
    }
  }

  /// Reads the next bytes of a pipe; the offset is ignored. Waits for a writer, but not for ever.
  private func readPipe(into bytes: UnsafeMutableRawBufferPointer) throws(LetheError) -> Int {
    while true {
      var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let answer = poll(&question, 1, Self.pipePatienceMilliseconds)
      guard answer != 0 else {
        throw FileClass.refusal(path.lastPathComponent, "nobody writes to the pipe; name another, or write to it")
      }
      guard answer > 0 || errno == EINTR else { throw .system("poll", path) }
      if answer < 0 { continue }
      let count = Glibc.read(descriptor, bytes.baseAddress, bytes.count)
      if count >= 0 { return count }
      guard errno == EINTR || errno == EAGAIN else { throw .system("read", path) }
    }
  }

  private static let pipePatienceMilliseconds: Int32 = 5000

  func write(_ bytes: RawSpan, at offset: Int) throws(LetheError) {
    try bytes.withUnsafeBytes { (bytes) throws(LetheError) in
      try WholeTransfer.write(bytes.count, path) { (done) throws(LetheError) in
        try retrying("pwrite") { pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, offset + done) }
      }
    }
  }

  /// Makes a call again as long as signals interrupt it.
  private func retrying(_ function: String, _ call: () -> Int) throws(LetheError) -> Int {
    while true {
      let count = call()
      if count >= 0 { return count }
      if errno != EINTR { throw .system(function, path) }
    }
  }

  func size() throws(LetheError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("fstat", path) }
    return Int(status.st_size)
  }

  func truncate(to size: Int) throws(LetheError) {
    guard ftruncate(descriptor, size) == 0 else { throw .system("ftruncate", path) }
  }

  func beginWriting(_ range: Range<Int>) {
    lethe_begin_writing(descriptor, range.lowerBound, range.count)
  }

  func synchronize() throws(LetheError) {
    guard fdatasync(descriptor) == 0 else { throw .system("fdatasync", path) }
  }

  func dropCache() {
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    // Whoever drops the cache reads next: fetch the first part at once instead of page by page.
    posix_fadvise(descriptor, 0, Self.readAheadByteCount, POSIX_FADV_WILLNEED)
  }
}
