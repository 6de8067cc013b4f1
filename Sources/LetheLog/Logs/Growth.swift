internal import LetheSystem

/// How many records are durable, for those who wait for more: on a lock of its own, so that appends and reads need not wake
/// them each time that they look at the log.
final class Growth: Sendable {
  private struct State {
    var count: UInt64
    var isOver = false
  }

  private let state: Monitor<State>

  init(_ count: UInt64) { state = Monitor(State(count: count)) }

  func note(_ count: UInt64) { state.withLock { $0.count = count } }

  /// Ends all waits, as no more will come.
  func end() { state.withLock { $0.isOver = true } }

  /// Has everybody who waits look again whether they still want to.
  func wake() { state.withLock { _ in } }

  func wait(above count: UInt64, until isEnough: () -> Bool) -> Bool {
    state.wait(until: { $0.count > count || $0.isOver || isEnough() }, then: { $0.count > count })
  }
}

extension FileLog {
  /// Waits until the log holds more records than a number, or nobody wants them any more. Blocks, and makes no call to a
  /// file.
  ///
  /// - Parameter isEnough: asked before the wait, and each time that `wakeWaiting` is called.
  /// - Returns: whether there are more.
  package func wait(above count: UInt64, until isEnough: () -> Bool) -> Bool {
    growth.wait(above: count, until: isEnough)
  }

  /// Has those who wait for more look again whether they want to.
  package func wakeWaiting() { growth.wake() }

  /// Ends the waits for more.
  package func endWaiting() { growth.end() }
}
