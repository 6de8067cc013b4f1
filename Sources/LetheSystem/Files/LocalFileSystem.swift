internal import CLinux
internal import Glibc

/// The machine's own files, by POSIX calls.
public struct LocalFileSystem: FileSystem {
  let clock: any WallClock

  /// - Parameter clock: tells the hour that files get as their time.
  public init(clock: any WallClock = SystemClock()) { self.clock = clock }

  public func open(_ path: String, _ mode: OpenMode, as fileClass: FileClass) throws(LetheError) -> any File {
    switch mode {
    case .read: return try LocalFile(path, O_RDONLY, fileClass, clock)
    case .update: return try LocalFile(path, O_RDWR, fileClass, clock)
    case .create:
      // A file that somebody else made in between is opened as one that was there.
      do { return try LocalFile(path, O_RDWR | O_CREAT | O_EXCL, fileClass, clock) } catch let error {
        guard error.cause?.number == EEXIST else { throw error }
        return try LocalFile(path, O_RDWR | O_NOFOLLOW, fileClass, clock)
      }
    case .createNew: return try LocalFile(path, O_RDWR | O_CREAT | O_EXCL, fileClass, clock)
    case .direct: return try openPastCaches(path, O_RDWR | O_DSYNC, fileClass)
    case .directRead: return try openPastCaches(path, O_RDONLY | O_DSYNC, fileClass)
    }
  }

  private func openPastCaches(
    _ path: String, _ flags: Int32, _ fileClass: FileClass
  ) throws(LetheError) -> any File {
    do { return try LocalFile(path, flags | LocalFile.direct, fileClass, clock) } catch let error {
      // Network, overlay and memory file systems refuse O_DIRECT when the file is opened.
      guard error.cause?.number == EINVAL else { throw error }
      return try LocalFile(path, flags, fileClass, clock)
    }
  }

  public var user: UInt32 { geteuid() }

  public func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  public func createDirectory(_ path: String) throws(LetheError) {
    if isDirectory(path) { return }
    if !path.isEmpty { try createDirectory(path.parentPath) }
    guard mkdir(path, 0o700) == 0 else {
      let failure = LetheError.system("mkdir", path)
      if failure.cause?.number == EEXIST, isDirectory(path) { return }
      throw failure
    }
    try hand(path, toOwnerOf: path.parentPath)
    try synchronizeDirectory(path.parentPath)
  }

  private func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  public func contents(of directory: String) throws(LetheError) -> [String] {
    guard let handle = opendir(directory) else { throw .system("opendir", directory) }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  public func rename(_ path: String, to target: String) throws(LetheError) {
    guard Glibc.rename(path, target) == 0 else { throw .system("rename", path) }
  }

  public func remove(_ path: String) throws(LetheError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw .system("unlink", path) }
  }

  public func synchronizeDirectory(_ path: String) throws(LetheError) {
    let handle = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { throw .system("open", path) }
    defer { close(handle) }
    guard fsync(handle) == 0 else { throw .system("fsync", path) }
  }

  public func synchronizeAll(in directory: String) throws(LetheError) {
    let handle = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { throw .system("open", directory) }
    defer { close(handle) }
    guard lethe_sync_file_system(handle) == 0 else { throw .system("syncfs", directory) }
  }

  public func protect(_ path: String) throws(LetheError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .system("stat", path) }
    guard status.st_mode & 0o222 != 0 else { return }
    // It is against accidents alone: to work without it is better than not to work.
    guard chmod(path, status.st_mode & 0o7777 & ~0o222) == 0 || [EPERM, EROFS, ENOTSUP].contains(errno) else {
      throw .system("chmod", path)
    }
  }

  public func entry(at path: String) throws(LetheError) -> FileEntry {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      // Temporary files may go while somebody looks.
      if errno == ENOENT { return .absent }
      throw .system("lstat", path)
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .directory
    case S_IFREG: return .file(byteCount: Int(status.st_size))
    case _: return .other
    }
  }

  public func removeDirectory(_ path: String) throws(LetheError) {
    guard rmdir(path) == 0 || errno == ENOENT else { throw .system("rmdir", path) }
  }

  public func watch(_ folder: String) throws(LetheError) -> any FolderWatch { try LocalFolderWatch(folder) }

  public func lock(
    _ folder: String, note: String?, waiting patience: Duration
  ) throws(LetheError) -> FolderLock {
    try FolderLock(folder, note: note, waiting: patience, in: self)
  }
}

extension LetheError {
  /// An error from `errno`, read here and nowhere else, that names the file by its last component alone.
  package static func system(_ function: String, _ path: String) -> LetheError {
    let number = errno
    let name = path.lastPathComponent
    let words: String
    switch number {
    // "not a directory" is told of a folder's path, and the system's words would be taken the other way round.
    case ENOTDIR: words = "a file lies where a folder belongs"
    case EISDIR: words = "a folder lies where a file belongs"
    case ENXIO: words = "it is no file"
    case _: words = String(cString: strerror(number)).lowercased()
    }
    let advice =
      switch number {
      case ENOSPC, EDQUOT: "free some space on its disk and try again"
      case EFBIG: "allow larger files (ulimit -f), or use a disk that holds them"
      case EACCES, EPERM: "run as the home's owner or correct the file's permissions"
      case EROFS: "mount its file system for writing"
      case ENOENT: "check the path, or put the file back"
      case ENAMETOOLONG, ELOOP: "correct the path"
      case ENOTDIR, EISDIR, ENXIO: "put the right one in its place, or name another"
      case EBADF: "open it for the process"
      case EMFILE, ENFILE: "allow more open files (ulimit -n)"
      default: "check the disk"
      }
    return LetheError(
      .io, "\(name): \(words); \(advice)", place: name,
      cause: Cause(function: function, number: number))
  }
}
