internal import Glibc

/// Tells when something in a folder is written, made or renamed, by whatever process, without a look at the disk.
///
/// It may tell of more than there was, never of less: who is told looks whether it is what they wait for. Folders below are
/// not watched.
public protocol FolderWatch: AnyObject, Sendable {
  /// Waits for the next change; one that came since the watch began, or since the last wait, is told at once. Blocks, and
  /// costs nothing while it does; one thread at a time.
  ///
  /// - Throws: `io`.
  func wait() throws(LetheError) -> FolderNews

  /// Ends the wait, and every later one. From any thread.
  func cancel()
}

/// What a wait for a folder ended with.
public enum FolderNews: Sendable {
  case changed
  case cancelled
}

/// A folder on the machine's own disks (`inotify(7)`).
final class LocalFolderWatch: FolderWatch {
  private let descriptor: Int32
  private let watch: Int32
  private let name: String
  private let isCancelled = Monitor(false)

  /// - Throws: `io` if it is no folder, or the machine has no watch to give.
  init(_ folder: String) throws(LetheError) {
    name = folder
    descriptor = inotify_init1(Int32(bitPattern: UInt32(IN_CLOEXEC)))
    guard descriptor >= 0 else { throw Self.failure("inotify_init1", folder) }
    // Of the folder's own end too, so that nobody waits for what is gone.
    let news = IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF
    watch = inotify_add_watch(descriptor, folder, UInt32(news) | UInt32(bitPattern: IN_ONLYDIR))
    // What is thrown from here on ends in `deinit`, which closes.
    guard watch >= 0 else { throw Self.failure("inotify_add_watch", folder) }
  }

  deinit { close(descriptor) }

  func wait() throws(LetheError) -> FolderNews {
    // What is read at once counts as one change; a name has 255 bytes at most.
    let events = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
    defer { events.deallocate() }
    while !isCancelled.withLock({ $0 }) {
      let got = read(descriptor, events.baseAddress, events.count)
      if got > 0 { return isCancelled.withLock { $0 } ? .cancelled : .changed }
      guard errno == EINTR else { throw .system("read", name) }
    }
    return .cancelled
  }

  func cancel() {
    isCancelled.withLock { $0 = true }
    // A watch that is removed says so (`IN_IGNORED`), which ends the wait.
    _ = inotify_rm_watch(descriptor, watch)
  }

  /// The limits have numbers of errors that mean something else for files.
  private static func failure(_ function: String, _ folder: String) -> LetheError {
    let number = errno
    guard number == ENOSPC || number == EMFILE else { return .system(function, folder) }
    return LetheError(
      .io,
      "the machine watches as many folders as it may; raise fs.inotify.max_user_watches and max_user_instances (sysctl)",
      cause: LetheError.Cause(function: function, number: number))
  }
}
