internal import LetheCrypto
internal import LetheLog
internal import LetheSystem

/// What a checkpoint that the store's key signed is to a log.
enum CheckpointRelation {
  /// Of this log, over records that it has: the tree must agree.
  case contained
  /// Of a log that ended, over records of which some were lost, as the log itself says.
  case superseded
  /// Of this log, or one that it goes on from, over more records than it knows of.
  case longer
  /// Of an origin that a later restore began.
  case newerOrigin
  /// Of an origin that another restore began, which the log knows nothing of: both went on from copies of one log.
  case otherOrigin
  case foreign
}

extension LogIndex {
  /// - Parameter count: records that the log has.
  func relation(to checkpoint: Checkpoint, count: UInt64) -> CheckpointRelation {
    guard let current = signing?.origin else { return .foreign }
    if checkpoint.origin == current { return checkpoint.size <= count ? .contained : .longer }
    for (beginning, ended, position) in origins.reversed() {
      let isEnded = checkpoint.origin == ended
      if isEnded, checkpoint.size <= position { return .contained }
      let former = beginning.knownFormer
      if let former, checkpoint.origin == former.origin {
        // Nobody signed over more than the newest checkpoint that was known when the log went on.
        return checkpoint.size <= former.size ? .superseded : .longer
      }
      if isEnded { return former == nil ? .longer : .superseded }
    }
    let first = "lethe/\(signing?.storeID.hex ?? "")"
    guard checkpoint.origin == first || checkpoint.origin.hasPrefix(first + "/") else { return .foreign }
    let (number, own) = (OriginName.number(of: checkpoint.origin), OriginName.number(of: current))
    // A restore that knew of a lower number took a higher one; of an equal one it cannot have known.
    return number > own ? .newerOrigin : number == own ? .otherOrigin : .superseded
  }
}

extension OriginBeginning {
  /// The checkpoint of the log that ended, or nil if none was known or it cannot be read.
  var knownFormer: Checkpoint? {
    do throws(LetheError) { return try formerCheckpoint() } catch { return nil }
  }
}
