internal import Glibc
internal import Synchronization

/// The process that runs a command: signals that it answers by itself rather than dies of, and its end.
package enum ThisProcess {
  private static let interrupted = Atomic<Bool>(false)

  /// Puts something that can neither be read nor written in the place of standard streams that are closed: the next file
  /// that is opened would take such a one's number, and what is meant for the shell would be written into it.
  package static func occupyStandardStreams() {
    for (descriptor, refusing) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
    where fcntl(descriptor, F_GETFD) == -1 { _ = open("/dev/null", refusing) }
  }

  /// A variable of the environment; nil if it is not set or empty.
  package static func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// From here on a pipe whose reader went is an answer of `write`, not a signal.
  package static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

  /// From here on a write past the limit on a file's size (`ulimit -f`) fails with `EFBIG` like any other, and does not
  /// kill the process without a word (SIGXFSZ).
  package static func ignoreFileSizeSignals() { signal(SIGXFSZ, SIG_IGN) }

  /// The signals that ask a process to end: from a keyboard, from whoever started it, and from a terminal that goes.
  private static let endings = [SIGINT, SIGTERM, SIGHUP]

  /// From here on the first signal that asks for the end only sets `isInterrupted` and ends waiting calls; a second one of
  /// the same kind ends the process. A signal that was inherited as ignored stays ignored, so that `nohup` and a shell's
  /// background work mean what they say.
  package static func catchInterrupt() {
    // The atomic is made before the handler can run: making it there would not be safe.
    interrupted.store(false, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in ThisProcess.interrupted.store(true, ordering: .relaxed) }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
    for number in endings {
      var inherited = sigaction()
      guard sigaction(number, nil, &inherited) == 0, !isIgnored(inherited) else { continue }
      sigaction(number, &action, nil)
    }
    unblockInterrupt()
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    // `SIG_IGN` is the number 1 in the place of a function.
    withUnsafeBytes(of: action.__sigaction_handler) { $0.loadUnaligned(as: UInt.self) == 1 }
  }

  /// Sees to it that those signals arrive: whoever started us may have left them blocked.
  package static func unblockInterrupt() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in endings { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  package static var isInterrupted: Bool { interrupted.load(ordering: .relaxed) }

  /// Ends the process with a code for the shell (`exit(3)`).
  package static func exit(_ code: Int32) -> Never { Glibc.exit(code) }
}
