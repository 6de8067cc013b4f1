internal import Glibc
internal import Synchronization

extension Duration {
  /// As patience: until whoever has a folder gives it back.
  // With its type named: the initialiser of all components has the compiler take `timespec` for another module's.
  public static let untilReleased: Duration = .seconds(Int64.max)
}

/// An exclusive lock on a folder that ends with its owner's process at the latest (`flock(2)` on the machine's own disks).
///
/// The folder itself is locked: a file in it could be removed by somebody who takes it for a left-over, and then two
/// processes would each hold a lock. The file beside it only tells who has the folder.
public final class FolderLock: Sendable {
  /// Nil once it is given back.
  private let giveBack: Mutex<(@Sendable () -> Void)?>

  /// A lock that a file system of another kind keeps.
  public init(givingBackBy giveBack: @escaping @Sendable () -> Void) { self.giveBack = Mutex(giveBack) }

  /// Takes the lock of a folder on the machine's own disks, waiting for at most the time given.
  ///
  /// - Parameters:
  ///   - path: the folder.
  ///   - note: the file that the owner's process id is written to; nil if nothing is noted.
  /// - Throws: `locked` with the owner's pid; `io`.
  public convenience init(
    _ path: String, note: String?, waiting patience: Duration, in files: LocalFileSystem = LocalFileSystem()
  ) throws(LetheError) {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw .system("open", path) }
    do throws(LetheError) {
      try LocalLock.take(folder, path, waiting: patience) {
        guard let note else {
          return LetheError(
            .locked,
            "another process has this \(path.lastPathComponent)/ open under another home's keys; wait for it to end or stop "
              + "it, and keep one Keys/ for one log", place: path.lastPathComponent)
        }
        return LetheError(
          .locked, "another process (pid \(Self.owner(note, files))) has this home open; wait for it to end or stop it")
      }
      if let note { try Self.tryToWrite(note, files) }
    } catch {
      close(folder)
      throw error
    }
    self.init(givingBackBy: { close(folder) })
  }

  deinit { release() }

  /// Gives the lock back now, not only when its owner goes.
  public func release() {
    giveBack.withLock { giveBack in
      giveBack?()
      giveBack = nil
    }
  }

  /// Notes who has the folder. The lock holds without the note, and on a full disk the home is to be read all the same.
  private static func tryToWrite(_ note: String, _ files: LocalFileSystem) throws(LetheError) {
    do throws(LetheError) { try write(getpid(), to: note, files) } catch {
      guard error.isForWantOfSpace else { throw error }
    }
  }

  private static func write(_ pid: Int32, to note: String, _ files: LocalFileSystem) throws(LetheError) {
    let previous = try files.facts(of: note, .refused)?.modified
    let file = try files.open(note, .create, as: .lockNote)
    try file.truncate(to: 0)
    try file.write(Array("\(pid)\n".utf8).span.bytes, at: 0)
    file.tryToCoarsenTime(after: previous)
  }

  /// The digits in the note; "unknown" if there are none.
  private static func owner(_ note: String, _ files: LocalFileSystem) -> String {
    do throws(LetheError) {
      let text = try files.open(note, .read, as: .lockNote).read(count: 20, at: 0)
      let digits = text.prefix { (48...57).contains($0) }
      return digits.isEmpty ? "unknown" : String(decoding: digits, as: UTF8.self)
    } catch { return "unknown" }
  }
}

extension FileClass {
  /// The file that tells who has a folder.
  static let lockNote = FileClass("a lock's note", atMost: 4096)
}

/// Locks of open files and folders (`flock(2)`), which end with their process.
enum LocalLock {
  /// - Parameter refusal: says who has it.
  /// - Throws: the refusal once the time is over; `io`.
  static func take(
    _ descriptor: Int32, _ path: String, waiting patience: Duration, refusal: () -> LetheError
  ) throws(LetheError) {
    let start = ContinuousClock.now
    // However long it takes is left to the kernel, which wakes us when the owner goes, in whatever way.
    while flock(descriptor, patience == .untilReleased ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
      // Before any other call can change it.
      let number = errno
      switch number {
      case EWOULDBLOCK, EINTR: break
      case ENOLCK, ENOTSUP, ENOSYS, EINVAL:
        throw LetheError(
          .io,
          "\(path.lastPathComponent): its file system keeps no locks, so two processes could write at once; move it to a "
            + "local disk", place: path.lastPathComponent, cause: LetheError.Cause(function: "flock", number: number))
      case _: throw .system("flock", path)
      }
      if ContinuousClock.now - start >= patience { throw refusal() }
      usleep(20_000)
    }
  }
}
