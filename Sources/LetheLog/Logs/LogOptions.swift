package import LetheSystem

/// What a log in files is like; the same log can be opened with other options.
public struct LogOptions: Sendable {
  /// Bytes of a segment after which the next is begun; a group that is longer has one to itself.
  public let segmentByteCount: Int
  /// Bytes of zeros by which a segment grows at least where none was made ahead.
  package let growthByteCount: Int
  /// Bytes after which a segment that grows is left for one that was made ahead: enough to be worth an index.
  package let growingByteLimit: Int
  /// Does what appends need not wait for; nil for a thread of its own.
  package let workshop: (any Workshop)?
  /// What keeps others from the log while it is open for writing.
  package private(set) var locking = Locking.none

  package enum Locking: Sendable, Equatable {
    /// Whoever opens the log sees to it.
    case none
    /// The segment that takes records is locked, the next one before it is given back.
    case activeSegment(waiting: Duration)
  }

  /// The same options with the active segment locked.
  package func locking(waiting patience: Duration) -> LogOptions {
    var options = self
    options.locking = .activeSegment(waiting: patience)
    return options
  }

  /// As a store's log is: segments of 64 MiB.
  public static let usual = LogOptions()

  package init(
    segmentByteCount: Int = 64 << 20, growthByteCount: Int = 256 << 10, growingByteLimit: Int = 2 << 20,
    workshop: (any Workshop)? = nil
  ) {
    self.segmentByteCount = segmentByteCount
    self.growthByteCount = growthByteCount
    self.growingByteLimit = growingByteLimit
    self.workshop = workshop
  }
}
