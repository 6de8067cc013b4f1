public import LetheSystem

/// What the log's index keeps of a record beyond what its header says.
public struct RecordNote: Sendable, Equatable {
  /// The stream that a fact is about, so that it is found with the stream.
  public var stream: StreamID?
  /// Whether each opening gives the record to the log's owner again: for facts that are few and always at hand.
  public var isLandmark: Bool

  public init(stream: StreamID? = nil, isLandmark: Bool = false) {
    self.stream = stream
    self.isLandmark = isLandmark
  }

  public static let none = RecordNote()
}

/// Tells what the index keeps of records; the same for the same record at any time.
public protocol RecordNoting: Sendable {
  /// - Throws: `damage` or `format` for a record that cannot be understood.
  func note(of record: Record) throws(LetheError) -> RecordNote
}

/// Nothing beyond the headers.
public struct NoNotes: RecordNoting {
  public init() {}
  public func note(of record: Record) -> RecordNote { .none }
}
