internal import Synchronization

/// Something that goes wrong on a disk at some moment of a random history.
public enum Mishap: Sendable, CaseIterable {
  /// The process is gone before a call.
  case stop
  /// The process is gone after a part of a write.
  case torn
  /// A call fails, once (EIO).
  case failed
  /// A sync fails, once, and has lost what waited for it.
  case failedSync
  /// A write finds no space, once (ENOSPC).
  case full
  /// All writes find no space from some moment on.
  case filled
  /// Reads and writes transfer a part of what they are asked to, again and again; nothing fails.
  case short
  /// A write transfers a part, and the rest finds no space.
  case cutShort

  /// Whether calls fail by it.
  public var isFailure: Bool { self != .short }
}

extension Faults {
  /// Has a mishap befall the first call it can befall, of those from a number on, counted from 0 from now on.
  ///
  /// - Parameters:
  ///   - seed: decides how much of a write is written.
  ///   - told: hears of the call that goes wrong, by its outcome.
  public func arm(
    _ mishap: Mishap, at number: Int, seed: UInt64 = 0, told: @escaping @Sendable (Call, Outcome) -> Void = { _, _ in }
  ) {
    let target = callCount + number
    let course = MishapCourse(mishap, seed: seed)
    decide { call in
      let outcome = call.number < target ? .proceed : course.next(call)
      if outcome != .proceed { told(call, outcome) }
      return outcome
    }
  }
}

/// What has become of a mishap so far.
private final class MishapCourse: Sendable {
  private struct State {
    var generator: SeededGenerator
    var isOver = false
    var isCut = false
  }

  private let mishap: Mishap
  private let state: Mutex<State>

  init(_ mishap: Mishap, seed: UInt64) {
    self.mishap = mishap
    state = Mutex(State(generator: SeededGenerator(seed: seed)))
  }

  func next(_ call: Faults.Call) -> Faults.Outcome {
    state.withLock { state in
      if state.isOver { return .proceed }
      let outcome = outcome(of: call, &state)
      switch mishap {
      case .filled, .short: break
      case .cutShort:
        state.isOver = state.isCut && outcome == .full
        state.isCut = state.isCut || outcome != .proceed
      case .stop, .torn, .failed, .failedSync, .full: state.isOver = outcome != .proceed
      }
      return outcome
    }
  }

  private func outcome(of call: Faults.Call, _ state: inout State) -> Faults.Outcome {
    let isWrite = call.kind == .write
    let part = call.byteCount > 1 ? Int.random(in: 1..<call.byteCount, using: &state.generator) : 1
    switch mishap {
    case .stop: return .stop
    case .torn: return isWrite ? .tear(byteCount: part) : .proceed
    case .failed: return .fail
    case .failedSync: return Self.syncs.contains(call.kind) ? .fail : .proceed
    case .full, .filled: return Self.takesSpace.contains(call.kind) ? .full : .proceed
    case .short: return isWrite || call.kind == .read ? .short(byteCount: part) : .proceed
    case .cutShort:
      guard isWrite, state.isCut || call.byteCount > 1 else { return .proceed }
      return state.isCut ? .full : .short(byteCount: part)
    }
  }

  private static let syncs: Set<Faults.Kind> = [.synchronize, .synchronizeDirectory, .synchronizeAll]
  private static let takesSpace: Set<Faults.Kind> = [.write, .createDirectory]
}
