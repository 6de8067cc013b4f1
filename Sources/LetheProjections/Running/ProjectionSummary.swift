/// What a run, or a look, found.
public struct ProjectionSummary: Sendable, Equatable {
  public let projection: String
  /// The position of the next record to apply.
  public let position: UInt64
  /// Events of this run that were applied whole.
  public let events: UInt64
  /// Events of this run of which something does not open; what is retained of them was applied.
  public let skipped: UInt64
  /// Why this run began at position 0, if it did so over an earlier file.
  public let rebuilt: RebuildReason?
}

/// Why a read model was made anew.
public enum RebuildReason: String, Sendable, CaseIterable {
  case requested
  case otherStore = "other-store"
  case otherLog = "other-log"
  case changedModel = "changed-model"
  case damage
  case forget

  /// What to tell whoever started the run.
  public var sentence: String {
    switch self {
    case .requested: "the read model was rebuilt as asked"
    case .otherStore: "the file was another store's; it was rebuilt"
    case .otherLog: "the log no longer holds what the read model was made from; it was rebuilt"
    case .changedModel: "the model has another version or other columns than the file; it was rebuilt"
    case .damage: "the file was damaged; it was rebuilt"
    case .forget: "a forget emptied the read model, whose rows belong to no single person; it was rebuilt"
    }
  }
}
