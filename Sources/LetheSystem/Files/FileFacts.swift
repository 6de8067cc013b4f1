/// What a file system says of a file, without its content.
public struct FileFacts: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    case file, directory, link, pipe, socket, device
  }

  /// What becomes of a link at the end of a path.
  public enum Links: Sendable, Equatable {
    case followed, refused
  }

  /// Which file it is, whatever its names.
  public struct Identity: Sendable, Hashable {
    public let device: UInt64
    public let number: UInt64

    public init(device: UInt64, number: UInt64) {
      self.device = device
      self.number = number
    }
  }

  public let identity: Identity
  public let kind: Kind
  public let byteCount: Int
  /// Bytes that the file takes on its disk: fewer than it has if there are holes in it.
  public let allocatedByteCount: Int
  /// The nine bits of `chmod(1)`, and the three above them.
  public let permissions: UInt32
  public let owner: UInt32
  public let group: UInt32
  /// Names that lead to it.
  public let nameCount: Int
  public let modified: FileTime

  public init(
    identity: Identity, kind: Kind, byteCount: Int, allocatedByteCount: Int, permissions: UInt32, owner: UInt32,
    group: UInt32,
    nameCount: Int, modified: FileTime
  ) {
    self.identity = identity
    self.kind = kind
    self.byteCount = byteCount
    self.allocatedByteCount = allocatedByteCount
    self.permissions = permissions
    self.owner = owner
    self.group = group
    self.nameCount = nameCount
    self.modified = modified
  }
}

/// When a file was last changed, as its file system says.
public struct FileTime: Sendable, Hashable, Comparable {
  /// Since 1970-01-01T00:00:00Z.
  public let seconds: Int64
  /// From 0 to 999,999,999.
  public let nanoseconds: Int64

  public init(seconds: Int64, nanoseconds: Int64 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  public static func < (left: FileTime, right: FileTime) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }

  /// The time to give to a file, so that it does not tell when somebody wrote: the full hour, or one second after the time
  /// before if that is later. Tools that compare size and time, as `rsync` does, see every change all the same; they
  /// compare whole seconds.
  ///
  /// - Parameter previous: the time that the file had before the change; nil for a new file.
  public static func coarse(at now: Timestamp, after previous: FileTime?) -> FileTime {
    let hour = FileTime(seconds: now.hour * 3600)
    guard let previous, previous.seconds < .max else { return hour }
    return max(hour, FileTime(seconds: previous.seconds + 1))
  }
}
