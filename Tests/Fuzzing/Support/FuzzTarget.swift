#if Fuzzing
  internal import LetheSystem

  /// One decoder, or a few that belong together, with the inputs that a search begins from.
  struct FuzzTarget: Sendable {
    let name: String
    let seeds: @Sendable () throws(LetheError) -> [[UInt8]]
    /// Stops the process if a property does not hold.
    let check: @Sendable ([UInt8]) -> Void

    static let all: [FuzzTarget] = [
      .fileHeader, .frame, .logEnd, .record, .segmentIndex, .tile, .note, .proof, .page, .rootSlot, .shard, .fact,
      .history,
      .places, .part, .policy, .event, .eventInput,
    ]
  }
#endif
