internal import CLinux
internal import Glibc
internal import Synchronization

/// A process that this one started, with pipes to its standard input and from its standard error; its output goes nowhere.
///
/// Killed with the last reference, if it still runs.
package final class ChildProcess: Sendable {
  /// The program of this process.
  package static let ownProgram = "/proc/self/exe"

  package let input: ByteStream
  package let errors: ByteStream
  /// Nil once it was waited for: its number may be another's then.
  private let pid: Mutex<pid_t?>

  /// Starts a program (`posix_spawn(3)`) in this process's environment.
  ///
  /// - Throws: `io`, which does not name the program.
  package init(_ program: String, _ arguments: [String]) throws(LetheError) {
    let input = try Pipe(name: "the child's input")
    let errors = try Pipe(name: "the child's errors")
    (self.input, self.errors) = (input.writing, errors.reading)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input.reading.descriptor, STDIN_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, errors.writing.descriptor, STDERR_FILENO)
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var pid = pid_t()
    let failure = posix_spawn(&pid, program, &actions, nil, words, lethe_environment())
    guard failure == 0 else {
      throw LetheError(
        .io, "the machine does not start a process; raise the limit on processes",
        cause: LetheError.Cause(function: "posix_spawn", number: failure))
    }
    self.pid = Mutex(pid)
  }

  deinit { kill() }

  /// Ends it at once (SIGKILL), whatever it does, and waits until it is gone.
  package func kill() {
    pid.withLock { pid in
      guard let running = pid else { return }
      Glibc.kill(running, SIGKILL)
      var status: Int32 = 0
      while waitpid(running, &status, 0) < 0 && errno == EINTR {}
      pid = nil
    }
  }

  private struct Pipe {
    let reading: ByteStream
    let writing: ByteStream

    init(name: String) throws(LetheError) {
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0 else { throw .system("pipe", name) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      (reading, writing) = (ByteStream(descriptor: ends[0], name: name), ByteStream(descriptor: ends[1], name: name))
    }
  }
}
