internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// The writer keeps the directory's memory small.
extension StoreWriter {
  enum FlushTime { case ifFull, always }

  /// Puts what the directory noted into its shards. Shards that grew too large are cut by a vault commit; while a
  /// replica or too many cells are away they stay as they are.
  func flushDirectory(_ time: FlushTime) throws(LetheError) {
    guard time == .always || parts.directory.isFull else { return }
    // What was noted of a group that failed is not in the log.
    try demandRunning()
    try parts.directory.flush(upTo: { parts.log.count }, reshape: reshape)
  }

  private func reshape(_ change: ShardLayout.Change) throws(LetheError) -> Directory.Reshaping {
    do throws(LetheError) {
      if parts.vault.holdup != nil {
        if parts.vault.awayReplica != nil { try parts.vault.catchUpReplicas() }
        try parts.vault.settleCells()
        // Before anything is written for a commit that cannot be made.
        if parts.vault.holdup != nil { return .notNow }
      }
      try settleBrokenChange()
      let request = CommitRequest(
        touchedShards: Array(change.contents.keys), droppedShards: Array(change.dropped))
      try carryOut(parts.vault.begin(request), turning: ShardTurn(change: change, removed: []))
      return .done
    } catch {
      guard parts.vault.holdup != nil else { throw error }
      return .notNow
    }
  }
}
