internal import Glibc
internal import Synchronization

/// An exclusive lock on a file that ends with its owner's process at the latest (`flock(2)`); the file holds the pid.
public final class FileLock: Sendable {
  /// Nil once it is given back.
  private let descriptor: Mutex<Int32?>

  /// Takes the lock, waiting for at most the time given.
  ///
  /// - Throws: `locked` with the owner's pid; `io`.
  public init(_ path: String, waiting patience: Duration) throws(LetheError) {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .system("open", path) }
    let start = ContinuousClock.now
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        let failure = LetheError.system("flock", path)
        close(file)
        throw failure
      }
      if ContinuousClock.now - start >= patience {
        var text = [UInt8](repeating: 0, count: 20)
        let count = pread(file, &text, text.count, 0)
        close(file)
        let pid = String(decoding: text.prefix(max(0, count)).prefix { (48...57).contains($0) }, as: UTF8.self)
        throw LetheError(
          .locked,
          "another process (pid \(pid.isEmpty ? "unknown" : pid)) has this home open; wait for it to end or stop it")
      }
      usleep(20_000)
    }
    let pid = Array("\(getpid())\n".utf8)
    guard ftruncate(file, 0) == 0, pwrite(file, pid, pid.count, 0) == pid.count else {
      let failure = LetheError.system("pwrite", path)
      close(file)
      throw failure
    }
    descriptor = Mutex(file)
  }

  deinit { release() }

  /// Gives the lock back now, not only when its owner goes.
  public func release() {
    descriptor.withLock { descriptor in
      if let descriptor { close(descriptor) }
      descriptor = nil
    }
  }
}
