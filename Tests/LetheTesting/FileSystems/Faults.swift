internal import LetheSystem

/// Counts the calls to a file system and decides which of them go wrong.
public final class Faults: Sendable {
  /// What a call asks for; `exists`, which cannot fail, is not counted.
  public enum Kind: String, Sendable, CaseIterable {
    case open, createDirectory, contents, rename, remove, removeDirectory, synchronizeDirectory, synchronizeAll,
      protect, entry, watch, lock, facts, coarsenTime, hand
    case read, write, size, truncate, synchronize, dropCache
  }

  /// One call about to be made.
  public struct Call: Sendable {
    public let kind: Kind
    /// The file or directory; of a rename, what is renamed.
    public let path: String
    /// From 0, over all kinds.
    public let number: Int
    /// The bytes to read or write; 0 for the other kinds.
    public let byteCount: Int
  }

  /// What becomes of a call.
  public enum Outcome: Sendable, Equatable {
    case proceed
    /// It throws `io` and changes nothing; later calls are decided anew. A `synchronize` that fails has lost the writes
    /// before it, as on Linux: they are read back until a crash, and no later `synchronize` makes them durable. So has a
    /// `synchronizeAll`, of all files; each then has its own next `synchronize` fail.
    case fail
    /// The same for want of space (ENOSPC).
    case full
    /// The same with a number of the system's (`errno(3)`).
    case refuse(number: Int32)
    /// It throws `io`, as do all later calls: the process has stopped.
    case stop
    /// Of a write the first bytes are written, then as `stop`.
    case tear(byteCount: Int)
    /// Of a read or a write the first bytes are transferred, at least one; the rest is another call.
    case short(byteCount: Int)
  }

  /// What a call that may go on is to do.
  enum Admission: Equatable {
    case whole
    /// Write so many bytes and throw.
    case torn(byteCount: Int)
    /// Transfer so many bytes.
    case short(byteCount: Int)
  }

  private struct State {
    var rule: (@Sendable (Call) -> Outcome)?
    var hasStopped = false
    var isSuspended = false
    var counts: [Kind: Int] = [:]
    var total = 0
  }

  private let state = Monitor(State())

  public init() {}

  /// Asks the closure about each call from now on; a stopped process runs again.
  public func decide(_ rule: @escaping @Sendable (Call) -> Outcome) {
    state.withLock {
      $0.rule = rule
      $0.hasStopped = false
    }
  }

  /// The call of that number, counted from 0 from now on, fails.
  public func fail(at number: Int) {
    let target = callCount + number
    decide { $0.number == target ? .fail : .proceed }
  }

  /// The process stops at the call of that number, counted from 0 from now on.
  public func stop(at number: Int) {
    let target = callCount + number
    decide { $0.number == target ? .stop : .proceed }
  }

  /// Calls of the body are neither counted nor decided about; other threads make none meanwhile.
  func suspended(_ body: () throws -> Void) rethrows {
    state.withLock { $0.isSuspended = true }
    defer { state.withLock { $0.isSuspended = false } }
    try body()
  }

  /// No call fails any more.
  public func clear() { decide { _ in .proceed } }

  public var hasStopped: Bool { state.withLock { $0.hasStopped } }

  /// The calls so far, those that failed included, those after a stop not.
  public var callCount: Int { state.withLock { $0.total } }

  public func callCount(of kind: Kind) -> Int { state.withLock { $0.counts[kind, default: 0] } }

  /// Counts a call and throws if it is to go wrong.
  @discardableResult
  func admit(_ kind: Kind, _ path: String, byteCount: Int = 0) throws(LetheError) -> Admission {
    let outcome = state.withLock { (state) -> Outcome in
      if state.isSuspended { return .proceed }
      if state.hasStopped { return .stop }
      let call = Call(kind: kind, path: path, number: state.total, byteCount: byteCount)
      state.total += 1
      state.counts[kind, default: 0] += 1
      let outcome = state.rule?(call) ?? .proceed
      switch outcome {
      case .proceed, .fail, .full, .refuse, .short: break
      case .stop, .tear: state.hasStopped = true
      }
      return outcome
    }
    switch outcome {
    case .proceed: return .whole
    case .tear(let count) where kind == .write: return .torn(byteCount: min(count, byteCount))
    case .short(let count) where kind == .write || kind == .read:
      return .short(byteCount: max(min(count, byteCount), min(byteCount, 1)))
    case .short: return .whole
    case .full: throw Self.error(kind, path, number: 28)
    case .refuse(let number): throw Self.error(kind, path, number: number)
    case .fail, .stop, .tear: throw Self.error(kind, path)
    }
  }

  static func error(_ kind: Kind, _ path: String, number: Int32 = 5) -> LetheError {
    LetheError(
      .io, "\(path.lastPathComponent): a fault was injected; clear it to go on", place: path.lastPathComponent,
      cause: .init(function: kind.rawValue, number: number))
  }
}
