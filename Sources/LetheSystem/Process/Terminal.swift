internal import Glibc

/// The terminal that controls the process, wherever its standard streams lead.
package enum Terminal {
  /// Whether somebody types what is read as standard input.
  package static var isStandardInput: Bool { isatty(STDIN_FILENO) == 1 }

  /// What was typed.
  package enum Answer: Sendable, Equatable {
    case line(byteCount: Int)
    /// The line has more bytes than there is room for.
    case tooLong
    /// An interrupt or an end of file was typed.
    case refused
  }

  /// Asks for a line that is not shown while it is typed (`termios(3)` without `ECHO`), and waits for it. What was typed
  /// before the question is thrown away.
  ///
  /// Signals are not made of keys meanwhile, so that no interrupt leaves the terminal silent: an interrupt is an answer.
  ///
  /// - Parameter line: gets the bytes without the newline.
  /// - Throws: `io` if the process has no terminal.
  package static func askUnseen(_ question: String, into line: inout MutableRawSpan) throws(LetheError) -> Answer {
    let descriptor = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", name) }
    defer { close(descriptor) }
    var usual = termios()
    guard tcgetattr(descriptor, &usual) == 0 else { throw .system("tcgetattr", name) }
    var unseen = usual
    unseen.c_lflag &= ~tcflag_t(ECHO | ISIG)
    unseen.c_lflag |= tcflag_t(ICANON | ECHONL)
    let interrupt = withUnsafeMutableBytes(of: &unseen.c_cc) { keys in
      // It ends a line as a newline does.
      keys[Int(VEOL)] = keys[Int(VINTR)]
      return keys[Int(VINTR)]
    }
    guard tcsetattr(descriptor, TCSAFLUSH, &unseen) == 0 else { throw .system("tcsetattr", name) }
    defer { tcsetattr(descriptor, TCSAFLUSH, &usual) }
    try write(question, descriptor)
    var done = 0
    while done < line.byteCount {
      let got = line.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + done, $0.count - done) }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw .system("read", name) }
      guard got > 0 else { return .refused }
      done += got
      let last = line.withUnsafeMutableBytes { $0[done - 1] }
      if last == UInt8(ascii: "\n") { return .line(byteCount: done - 1) }
      if last == interrupt {
        try write("\n", descriptor)
        return .refused
      }
    }
    return .tooLong
  }

  private static let name = "the terminal"

  private static func write(_ text: String, _ descriptor: Int32) throws(LetheError) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let put = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if put < 0, errno == EINTR { continue }
      guard put >= 0 else { throw .system("write", name) }
      bytes = bytes.dropFirst(put)
    }
  }
}
