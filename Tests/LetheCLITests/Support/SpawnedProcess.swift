import Foundation
import LetheSystem
import LetheTesting

/// A program that a test runs in a process of its own, with a pipe at each of its three standard streams.
///
/// Foundation's `Process` is not used: before each start it reads `/proc/self/fd` and copies the 256 bytes of
/// `dirent.d_name` out of entries that are shorter, over the end of the last page when thousands of files are open.
/// All tests run at once, so they are.
final class SpawnedProcess: Sendable {
  /// How a process ended.
  enum End: Equatable, Sendable {
    case exited(Int32)
    case killed(bySignal: Int32)
  }

  let processIdentifier: pid_t
  /// What the child reads, unless all of it was given at the start.
  let input: FileHandle
  let output: FileHandle
  let errors: FileHandle
  private let wait: Waiting

  /// The child begins with all signals at their defaults.
  /// - Parameters:
  ///   - path: a program's path, which is not looked up.
  ///   - given: all of its input, from a file, so that it need not take it; a pipe unless given.
  /// - Throws: an error of `posix_spawn(3)`'s, or of making pipes and the input's file.
  init(_ path: String, _ arguments: [String], giving given: [UInt8]? = nil) throws {
    // Between the making of a pipe and the call that keeps it from other children, no other child may start: it would have
    // the pipe's end, and the pipe none.
    let started = try Self.starting.withLock {
      let (input, output, errors) = (try Pipe(), try Pipe(), try Pipe())
      var read = input.reading
      if let given {
        let folder = TemporaryDirectory()
        let file = URL(fileURLWithPath: folder.path("input"))
        try Data(given).write(to: file)
        read = try FileHandle(forReadingFrom: file)
      }
      // The child's ends close with these references: else it would never see the end of its input, nor we that of its
      // output.
      let child = try withExtendedLifetime((read, output, errors)) {
        try Self.spawn(
          path, arguments, streams: [read, output.writing, errors.writing].map(\.fileDescriptor))
      }
      return (child, input: input.writing, output: output.reading, errors: errors.reading)
    }
    (processIdentifier, input, output, errors) = started
    wait = Waiting(processIdentifier)
  }

  private static let starting = NSLock()

  /// A pipe that children do not inherit.
  private struct Pipe {
    let reading: FileHandle
    let writing: FileHandle

    init() throws {
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0 else {
        throw LetheError(.io, "a pipe cannot be made", cause: LetheError.Cause(function: "pipe", number: errno))
      }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      reading = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
      writing = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    }
  }

  deinit {
    // A child whose end nobody awaited would stay in the table of processes.
    kill(SIGKILL)
    _ = wait.end()
  }

  func write(_ text: String) throws { try input.write(contentsOf: Array(text.utf8)) }

  /// Sends a signal, unless the child's end is known: another process may have its number by then.
  func kill(_ signal: Int32) { wait.whileRunning { Glibc.kill(processIdentifier, signal) } }

  /// Waits for the child's end.
  @discardableResult func waitUntilExit() -> End { wait.end() }

  /// Everything to the end, then the exit code; 128 and the signal's number after a signal, as shells say it.
  func finish() throws -> (code: Int32, out: String, errors: String) {
    let out = try output.readToEnd() ?? Data()
    let errors = try errors.readToEnd() ?? Data()
    let code: Int32 =
      switch waitUntilExit() {
      case .exited(let code): code
      case .killed(let signal): 128 + signal
      }
    return (code, String(decoding: out, as: UTF8.self), String(decoding: errors, as: UTF8.self))
  }

  private static func spawn(_ path: String, _ arguments: [String], streams: [Int32]) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, stream) in streams.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, stream, Int32(number))
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (all, none) = (sigset_t(), sigset_t())
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    var words = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let number = posix_spawn(&child, path, &actions, &attributes, &words, environ)
    guard number == 0 else {
      throw LetheError(
        .io, "\(path) cannot be started", cause: LetheError.Cause(function: "posix_spawn", number: number))
    }
    return child
  }
}

/// A child's end, which the system tells once.
private final class Waiting: @unchecked Sendable {
  private let processIdentifier: pid_t
  /// Guards `known`.
  private let lock = NSLock()
  private var known: SpawnedProcess.End?

  init(_ processIdentifier: pid_t) { self.processIdentifier = processIdentifier }

  func whileRunning(_ body: () -> Void) { lock.withLock { if known == nil { body() } } }

  func end() -> SpawnedProcess.End {
    // Waits without taking the answer, so that signals can be sent meanwhile.
    var about = siginfo_t()
    while waitid(P_PID, id_t(processIdentifier), &about, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    return lock.withLock {
      if let known { return known }
      var status: Int32 = 0
      while waitpid(processIdentifier, &status, 0) < 0, errno == EINTR {}
      let signal = status & 0x7f
      let end: SpawnedProcess.End = signal == 0 ? .exited(status >> 8 & 0xff) : .killed(bySignal: signal)
      known = end
      return end
    }
  }
}
