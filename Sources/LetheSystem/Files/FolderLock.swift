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
  ///   - note: the file that the owner's process id is written to.
  /// - Throws: `locked` with the owner's pid; `io`.
  public convenience init(_ path: String, note: String, waiting patience: Duration) throws(LetheError) {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw .system("open", path) }
    let start = ContinuousClock.now
    // However long it takes is left to the kernel, which wakes us when the owner goes, in whatever way.
    while flock(folder, patience == .untilReleased ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        let failure = LetheError.system("flock", path)
        close(folder)
        throw failure
      }
      if ContinuousClock.now - start >= patience {
        close(folder)
        throw LetheError(
          .locked, "another process (pid \(Self.owner(note))) has this home open; wait for it to end or stop it")
      }
      usleep(20_000)
    }
    do throws(LetheError) { try Self.write(getpid(), to: note) } catch {
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

  private static func write(_ pid: Int32, to note: String) throws(LetheError) {
    let file = open(note, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .system("open", note) }
    defer { close(file) }
    let text = Array("\(pid)\n".utf8)
    guard ftruncate(file, 0) == 0, pwrite(file, text, text.count, 0) == text.count else {
      throw .system("pwrite", note)
    }
  }

  /// The digits in the note; "unknown" if there are none.
  private static func owner(_ note: String) -> String {
    let file = open(note, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "unknown" }
    defer { close(file) }
    var text = [UInt8](repeating: 0, count: 20)
    let count = max(0, pread(file, &text, text.count, 0))
    let digits = text.prefix(count).prefix { (48...57).contains($0) }
    return digits.isEmpty ? "unknown" : String(decoding: digits, as: UTF8.self)
  }
}
