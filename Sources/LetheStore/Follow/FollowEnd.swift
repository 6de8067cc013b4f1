internal import LetheSystem

/// By which somebody ends the following of a store or a home, from any thread.
public final class FollowEnd: Sendable {
  private struct State {
    var isCalled = false
    var wakes: [Int: @Sendable () -> Void] = [:]
    var next = 0
  }

  private let state = Monitor(State())

  public init() {}

  /// Ends all following that was begun with this, and all that will be.
  public func call() {
    let wakes = state.withLock { state in
      state.isCalled = true
      return Array(state.wakes.values)
    }
    for wake in wakes { wake() }
  }

  public var isCalled: Bool { state.withLock { $0.isCalled } }

  /// Has who waits woken while the body runs.
  func waking<Outcome>(
    by wake: @escaping @Sendable () -> Void, _ body: () throws(LetheError) -> Outcome
  ) throws(LetheError) -> Outcome {
    let number = state.withLock { state in
      defer { state.next += 1 }
      state.wakes[state.next] = wake
      return state.next
    }
    defer { state.withLock { $0.wakes[number] = nil } }
    return try body()
  }
}
