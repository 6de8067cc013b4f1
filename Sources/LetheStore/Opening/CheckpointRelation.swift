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

/// Opens the log and holds it against what the store signed.
struct LogOpening {
  let log: FileLog
  let index: LogIndex

  /// Opens the log of a home for writing.
  ///
  /// - Parameters:
  ///   - directory: where it lies.
  ///   - checkpoints: what it is held against, each with its place; the first also tells damage from torn writes.
  /// - Throws: `rolled-back` if it is older than one of them; `damage`, `io`, `format`.
  init(
    _ directory: String, _ world: World, holdingAgainst checkpoints: [(checkpoint: Checkpoint, place: String)]
  ) throws(LetheError) {
    let storeID = try FileLog.storeID(in: directory, fileSystem: world.files)
    let newest = checkpoints.first
    do throws(LetheError) {
      log = try FileLog.open(in: directory, fileSystem: world.files, storeID: storeID, atLeast: newest?.checkpoint)
    } catch {
      // A checkpoint of a log that ended in a restore covers other records than this one has at its size.
      guard let newest, let found = try Self.reading(directory, world, storeID, after: error) else { throw error }
      switch found.index.relation(to: newest.checkpoint, count: found.log.count) {
      case .superseded: log = try FileLog.open(in: directory, fileSystem: world.files, storeID: storeID)
      case .newerOrigin, .otherOrigin:
        try CheckpointFiles.check(newest.checkpoint, newest.place, found.log, found.index)
        throw error
      case .contained, .longer, .foreign: throw error
      }
    }
    index = try LogIndex(scanning: log)
    for (beginning, _, position) in index.origins {
      try beginning.check(at: position, rootHash: log.rootHash(size: position))
    }
    for (checkpoint, place) in checkpoints where index.count > 0 {
      try CheckpointFiles.check(checkpoint, place, log, index)
    }
  }

  /// The log and its index as they are without a checkpoint; nil if that is not to be read.
  private static func reading(
    _ directory: String, _ world: World, _ storeID: [UInt8], after first: LetheError
  ) throws(LetheError) -> (log: FileLog, index: LogIndex)? {
    do throws(LetheError) {
      let log = try FileLog.open(in: directory, fileSystem: world.files, storeID: storeID, access: .read)
      return (log, try LogIndex(scanning: log))
    } catch {
      // Then what was found first is the one to tell; but as long as the log is not read, nobody knows that it was rolled
      // back.
      guard error.code != .io || first.code != .rolledBack else { throw error }
      return nil
    }
  }
}
