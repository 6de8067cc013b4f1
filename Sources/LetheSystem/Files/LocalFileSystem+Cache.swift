internal import Glibc

extension LocalFileSystem {
  /// Asks the kernel to forget a file's cached content, so that the next read comes from the medium
  /// (`posix_fadvise(POSIX_FADV_DONTNEED)`); what is not yet written stays. Best effort: a file system without a cache
  /// or a right to refuse is no error.
  ///
  /// Closing a file drops this process's POSIX locks on it: no SQLite connection to it may be open here.
  public func dropCache(of path: String) throws(LetheError) {
    let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .system("open", path) }
    defer { close(file) }
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
  }
}
