public import LetheSystem
internal import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualClock: WallClock {
  private let time: Mutex<Timestamp>

  /// Begins at 2026-01-01T00:00:00Z unless told otherwise.
  public init(_ start: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000)) { time = Mutex(start) }

  public func now() -> Timestamp { time.withLock { $0 } }

  /// Moves on, or back if the duration is negative.
  public func advance(by duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    time.withLock { $0 = Timestamp(microseconds: $0.microseconds + microseconds) }
  }

  public func set(_ moment: Timestamp) { time.withLock { $0 = moment } }
}
