/// What went wrong, in one sentence that says what to do; the only error type that leaves Lethe's modules.
///
/// Two errors are equal if their codes are. No error holds personal data or key material: streams, subjects and events
/// are named by position, line number or stream id, never by name or id.
public struct LetheError: Error, Sendable {
  /// The stable name of a kind of failure, as scripts see it.
  public enum Code: String, Sendable, CaseIterable {
    // A check failed or a request was refused; nothing was written.
    case revisionConflict = "revision-conflict"
    case idConflict = "id-conflict"
    case shredded
    case restricted
    case held
    case policy
    case unknownStream = "unknown-stream"
    case refused
    // It could not run.
    case locked
    case damage
    case missingKey = "missing-key"
    case rolledBack = "rolled-back"
    case io
    case input
    case format
    // The command line was not understood.
    case usage
  }

  public let code: Code
  /// One sentence: what is wrong and what to do.
  public let message: String
  /// Where: a file, a position, a line number; never a name or an id of a person.
  public let place: String?
  /// What lay beneath, as the C library told it.
  public let cause: Cause?
  /// What stands although the operation failed; nil if it failed before it changed anything, or changes nothing.
  public private(set) var kept: Kept?

  public init(_ code: Code, _ message: String, place: String? = nil, cause: Cause? = nil) {
    self.code = code
    self.message = message
    self.place = place
    self.cause = cause
  }

  /// The same failure, told by an operation that knows what it left behind.
  ///
  /// An outer operation knows more than the parts it is made of, so its word replaces theirs.
  package func keeping(_ kept: Kept) -> LetheError {
    var error = self
    error.kept = kept
    return error
  }
}

extension LetheError {
  /// The C function that failed and everything that it left in its library's error queue.
  public struct Cause: Sendable, CustomStringConvertible {
    public let function: String
    /// `errno`, SQLite's extended result code or zero.
    public let number: Int32
    /// The library's own words, oldest first.
    public let queue: [String]
    /// `errno`, also where `number` is a library's own; 0 where it is not known.
    let systemNumber: Int32

    /// - Parameter system: `errno` as the library found it; unless given, `number` where the library has no words of its
    ///   own.
    public init(function: String, number: Int32 = 0, queue: [String] = [], system: Int32? = nil) {
      self.function = function
      self.number = number
      self.queue = queue
      systemNumber = system ?? (queue.isEmpty ? number : 0)
    }

    public var description: String {
      let words = queue.isEmpty ? "" : ": " + queue.joined(separator: "; ")
      return number == 0 ? "\(function)\(words)" : "\(function) (\(number))\(words)"
    }
  }
}

extension LetheError {
  /// Whether a sync failed (`fsync(2)`, `fdatasync(2)`): what was written before it may be in memory alone, though it reads
  /// back, and a later sync would not tell.
  package var isFailedSync: Bool { cause.map { $0.function == "fsync" || $0.function == "fdatasync" } ?? false }
}

extension LetheError: Equatable {
  public static func == (left: LetheError, right: LetheError) -> Bool { left.code == right.code }
}

extension LetheError: CustomStringConvertible {
  public var description: String {
    var text = kept.map { "\($0.sentence(after: self)): \(message)" } ?? message
    if let place { text += " [\(place)]" }
    if let cause { text += " (\(cause))" }
    return text
  }
}
