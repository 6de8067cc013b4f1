/// What opening a log found at its end, and mended if the log was opened for writing.
public struct LogRecovery: Sendable, Equatable {
  /// Whole records of a batch that had not been written to its end, or that lay before a torn frame of their batch.
  /// They were never acknowledged, or somebody else wrote them.
  public internal(set) var recordsCut: UInt64 = 0
  /// Bytes behind the last whole batch, up to the last that is not zero.
  public internal(set) var bytesCut: Int = 0
  /// Sealed groups that the store did not write there, or not in its last run, and the records in them.
  public internal(set) var foreignGroups: UInt64 = 0
  public internal(set) var foreignRecords: UInt64 = 0
  /// Whole records behind the position up to which the log is believed without a key.
  public internal(set) var recordsNotChecked: UInt64 = 0

  /// Whether nothing had to be mended. It was then either closed cleanly or stopped between two groups.
  public var isEmpty: Bool { self == LogRecovery() }
}

/// What a log is opened for.
public enum LogAccess: Sendable {
  /// To append: a torn end is cut off. One at a time; the caller holds the home's lock.
  case write
  /// To read only, also beside a process that appends: nothing is changed, a torn or unfinished end is left out.
  case read
}
