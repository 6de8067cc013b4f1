// Which of the two modules has `winsize` depends on what else is compiled.
internal import CLinux
internal import Glibc

/// A file descriptor that is read or written in order: a pipe, a terminal or a file.
///
/// Calls block; one thread at a time.
package final class ByteStream: Sendable {
  package static let standardInput = ByteStream(descriptor: STDIN_FILENO, name: "standard input")
  package static let standardOutput = ByteStream(descriptor: STDOUT_FILENO, name: "standard output")
  package static let standardError = ByteStream(descriptor: STDERR_FILENO, name: "standard error")

  /// Whether written bytes found somebody to take them.
  package enum Delivery: Sendable, Equatable {
    case delivered
    /// The pipe's other end is closed (`EPIPE`).
    case readerGone
  }

  let descriptor: Int32
  /// What errors call it; never a path, since people name files after patients.
  private let name: String

  /// Takes a descriptor over; one above the standard streams' is closed with the last reference.
  init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// Opens a file or a named pipe to be read from its beginning (`open(2)`).
  ///
  /// - Throws: `io`, which calls the file "the input file".
  package init(reading path: String) throws(LetheError) {
    name = "the input file"
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", name) }
  }

  deinit { if descriptor > STDERR_FILENO { close(descriptor) } }

  /// The next bytes, at most as many as asked for; none at the end, and none once `isInterrupted` holds.
  ///
  /// Asks for an interruption before it waits and five times a second while it does (`poll(2)`).
  package func read(
    upTo count: Int, unless isInterrupted: () -> Bool = { false }
  ) throws(LetheError) -> [UInt8] {
    while !isInterrupted() {
      var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&request, 1, 200)
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      guard ready > 0 else { throw .system("poll", name) }
      var bytes = [UInt8](repeating: 0, count: count)
      let got = Glibc.read(descriptor, &bytes, count)
      if got < 0 && (errno == EINTR || errno == EAGAIN) { continue }
      guard got >= 0 else { throw .system("read", name) }
      bytes.removeLast(count - got)
      return bytes
    }
    return []
  }

  /// Writes all bytes, or as many as the reader takes before it goes.
  ///
  /// - Throws: `io`; what was written before stays written.
  package func write(_ bytes: [UInt8]) throws(LetheError) -> Delivery {
    var done = 0
    while done < bytes.count {
      let put = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done) }
      if put < 0 {
        if errno == EINTR || errno == EAGAIN { continue }
        if errno == EPIPE { return .readerGone }
        throw .system("write", name)
      }
      done += put
    }
    return .delivered
  }

  /// Has it told, on a thread of its own, when a pipe's other end is closed or a terminal goes; of a file never.
  ///
  /// - Throws: `io` if the machine has no thread to give.
  package func watchReader(_ isGone: @escaping @Sendable () -> Void) throws(LetheError) {
    try WorkerThread.start {
      // No event is asked for: errors and hang-ups are told all the same, and only they.
      var request = pollfd(fd: self.descriptor, events: 0, revents: 0)
      while poll(&request, 1, -1) < 0 && errno == EINTR {}
      if request.revents != 0 { isGone() }
    }
  }

  /// Whether a read would be answered at once.
  package var isReady: Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, 0) > 0
  }

  /// The length in bytes of a regular file; nil for anything else.
  package var byteCount: Int? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// The width of the terminal behind it, in characters; nil if there is none.
  package var columns: Int? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
