internal import LetheLog
internal import LetheSystem

/// Opens the log and holds it against what the store signed.
struct LogOpening {
  let log: FileLog
  let index: LogIndex

  /// Opens the log of a home for writing; for reading alone if nobody seals.
  ///
  /// - Parameters:
  ///   - directory: where it lies.
  ///   - patience: how long to wait for the segment that takes records, which is locked then; nil locks nothing.
  ///   - sealing: tells what counts behind the newest checkpoint; nil if the key for that cannot be had. Then nothing does.
  ///   - checkpoints: what it is held against, each with its place.
  /// - Throws: `rolled-back` if it is older than one of them; `damage`, `io`, `format`.
  init(
    _ directory: String, _ world: World, locking patience: Duration? = nil, sealing: (any GroupSealing)?,
    holdingAgainst checkpoints: [(checkpoint: Checkpoint, place: String)]
  ) throws(LetheError) {
    let storeID = try FileLog.storeID(in: directory, fileSystem: world.files)
    // Behind the folders' locks nobody else has it; a log that was open before in this process may just be giving it back.
    let options = patience.map { world.logOptions.locking(waiting: max($0, .seconds(2))) } ?? world.logOptions
    let newest = checkpoints.newest
    do throws(LetheError) {
      log = try FileLog.open(
        in: directory, fileSystem: world.files, storeID: storeID, atLeast: newest?.checkpoint,
        believing: sealing.map { .sealed($0) } ?? .upTo(newest?.checkpoint.size ?? 0),
        access: sealing == nil ? .read : .write, noting: FactNotes(), options: options)
    } catch {
      // A checkpoint of a log that ended in a restore covers other records than this one has at its size.
      guard let newest, let found = try Self.reading(directory, world, storeID, after: error) else { throw error }
      switch found.index.relation(to: newest.checkpoint, count: found.log.count) {
      case .superseded, .newerOrigin, .otherOrigin:
        try CheckpointFiles.check(newest.checkpoint, newest.place, found.log, found.index)
        throw error
      case .contained, .longer, .foreign: throw error
      }
    }
    index = try LogIndex(of: log)
    for (beginning, _, position) in index.origins {
      try beginning.check(at: position, rootHash: log.rootHash(size: position))
    }
    for (checkpoint, place) in checkpoints where index.count > 0 {
      try CheckpointFiles.check(checkpoint, place, log, index)
    }
  }

  /// The log and its index as they are, whoever wrote them, to tell what is wrong; nil if that is not to be read.
  private static func reading(
    _ directory: String, _ world: World, _ storeID: [UInt8], after first: LetheError
  ) throws(LetheError) -> (log: FileLog, index: LogIndex)? {
    do throws(LetheError) {
      let log = try FileLog.open(
        in: directory, fileSystem: world.files, storeID: storeID, believing: .everything, access: .read,
        noting: FactNotes())
      return (log, try LogIndex(of: log))
    } catch {
      // Then what was found first is the one to tell; but as long as the log is not read, nobody knows that it was rolled
      // back.
      guard error.code != .io || first.code != .rolledBack else { throw error }
      return nil
    }
  }
}

extension [(checkpoint: Checkpoint, place: String)] {
  /// That of the newest origin, and of these the one that covers most.
  var newest: Element? {
    func rank(_ checkpoint: Checkpoint) -> (UInt64, UInt64) {
      (OriginName.number(of: checkpoint.origin), checkpoint.size)
    }
    return self.max { rank($0.checkpoint) < rank($1.checkpoint) }
  }
}

extension LetheError {
  static var logIsEmpty: LetheError {
    LetheError(
      .damage,
      "the log is empty: it was cut, so put back a copy of Log/, or making this home was interrupted, so run `lethe init` again"
    )
  }
}
