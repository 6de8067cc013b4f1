internal import Glibc

extension LocalFileSystem {
  public func facts(of path: String, _ links: FileFacts.Links) throws(LetheError) -> FileFacts? {
    var status = stat()
    let answer = links == .followed ? stat(path, &status) : lstat(path, &status)
    if answer == 0 { return FileFacts(status) }
    // A file where a folder belongs has nothing below it.
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw .system("stat", path)
  }

  public func coarsenTime(of path: String, after previous: FileTime?) throws(LetheError) -> FileTime {
    let time = FileTime.coarse(at: clock.now(), after: previous)
    var times = Self.times(time)
    guard utimensat(AT_FDCWD, path, &times, 0) == 0 else { throw .system("utimensat", path) }
    return time
  }

  public func hand(_ path: String, toOwnerOf folder: String) throws(LetheError) {
    guard user == 0 else { return }
    let opened = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard opened >= 0 else { throw .system("open", path) }
    defer { close(opened) }
    try LocalFile.give(opened, path, toOwnerOf: folder)
  }

  public func closeToOthers(_ folder: String) throws(LetheError) {
    let status = try Self.status(of: folder)
    guard status.st_mode & 0o022 != 0 else { return }
    guard chmod(folder, status.st_mode & 0o7777 & ~0o022) == 0 else { throw .system("chmod", folder) }
  }

  static func status(of path: String) throws(LetheError) -> stat {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .system("stat", path) }
    return status
  }

  /// For `futimens(3)`: the time of the last access stays.
  static func times(_ modified: FileTime) -> [timespec] {
    // UTIME_OMIT, which is a macro.
    let untouched = timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2)
    return [untouched, timespec(tv_sec: Int(modified.seconds), tv_nsec: Int(modified.nanoseconds))]
  }
}

extension FileFacts {
  init(ofOpen file: Int32, _ path: String) throws(LetheError) {
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .system("fstat", path) }
    self.init(status)
  }

  init(_ status: stat) {
    let kind: Kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      case S_IFLNK: .link
      case S_IFIFO: .pipe
      case S_IFSOCK: .socket
      case _: .device
      }
    self.init(
      identity: Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino)), kind: kind,
      byteCount: Int(status.st_size), allocatedByteCount: Int(status.st_blocks) * 512,
      permissions: UInt32(status.st_mode & 0o7777), owner: status.st_uid, group: status.st_gid,
      nameCount: Int(status.st_nlink),
      modified: FileTime(seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int64(status.st_mtim.tv_nsec)))
  }
}
