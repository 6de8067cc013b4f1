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
