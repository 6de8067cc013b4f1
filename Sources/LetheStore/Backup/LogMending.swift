internal import LetheCrypto
internal import LetheLog
internal import LetheSystem

/// Mends a log that lost segments, or bytes of them, with what a copy has of the same segments. Records that the copy does
/// not reach stay the home's own.
struct LogMending {
  private let home: Home
  private let copy: Home
  private let files: any FileSystem
  private let theirs: CopiedLog
  private let sealing: RestoreSealing?

  /// What there is to be taken.
  private struct CopiedLog {
    let storeID: [UInt8]
    /// By the names of segments, how many bytes count.
    var byteCounts: [String: Int] = [:]
  }

  /// - Returns: nil if the folder has no log of the kind.
  /// - Throws: `io`.
  init?(
    _ home: Home, from copy: Home, _ sealing: RestoreSealing?, _ files: any FileSystem
  ) throws(LetheError) {
    (self.home, self.copy, self.sealing, self.files) = (home, copy, sealing, files)
    guard files.exists(copy.log), try files.contents(of: copy.log).contains(LogLayout.segment(0)) else { return nil }
    do throws(LetheError) {
      let storeID = try FileLog.storeID(in: copy.log, fileSystem: files)
      let log = try FileLog.open(
        in: copy.log, fileSystem: files, storeID: storeID, believing: .everything, access: .read, noting: FactNotes())
      var found = CopiedLog(storeID: storeID)
      for name in try files.contents(of: copy.log) where LogLayout.isSegment(name) {
        guard let byteCount = try files.facts(of: "\(copy.log)/\(name)", .followed)?.byteCount else { continue }
        // Behind its end the last one has zeros, where the home's may have records.
        found.byteCounts[name] = name == log.tail.segmentName ? log.tail.end : byteCount
      }
      theirs = found
    } catch {
      // A copy that is damaged itself mends nothing; what is wrong with the home's log is the one to tell.
      guard error.code != .io else { throw error }
      return nil
    }
  }

  /// The names of the segments to be taken from the copy, so that the log is whole; none if it is already.
  ///
  /// Takes one only where the home has none, or where its own turns out to be broken, and reads the whole log each time.
  ///
  /// - Throws: what is broken of a segment, with all that the copy can give. What is wrong otherwise is not for a copy of
  ///   segments to mend, and is found again where the log is opened.
  func needed(known: [RestoredLog.SignedCheckpoint]) throws(LetheError) -> [String] {
    let own = try files.contents(of: home.log)
    var taken = theirs.byteCounts.filter { !own.contains($0.key) }
    while true {
      do throws(LetheError) {
        try check(taken, known)
        return taken.keys.sorted()
      } catch {
        guard let name = error.place.map({ String($0.prefix { $0 != "," }) }), LogLayout.isSegment(name) else {
          return []
        }
        guard taken[name] == nil, let byteCount = theirs.byteCounts[name] else { throw error }
        taken[name] = byteCount
      }
    }
  }

  private func check(_ taken: [String: Int], _ known: [RestoredLog.SignedCheckpoint]) throws(LetheError) {
    let spliced = SplicedFiles(base: files, log: home.log, copy: copy.log, taken: taken)
    func opened(_ checkpoint: Checkpoint?) throws(LetheError) -> FileLog {
      try FileLog.open(
        in: home.log, fileSystem: spliced, storeID: theirs.storeID, atLeast: checkpoint,
        believing: sealing.map { .sealed($0) } ?? .upTo(checkpoint?.size ?? 0), access: .read, noting: FactNotes())
    }
    // A checkpoint tells a broken end from a torn one; one of another origin covers other records.
    var log: FileLog
    let newest = known.first?.checkpoint
    do throws(LetheError) { log = try opened(newest) } catch {
      guard let newest, error.code == .damage || error.code == .rolledBack, let other = try? opened(nil),
        let index = try? LogIndex(of: other), index.signing?.origin != newest.origin
      else { throw error }
      log = other
    }
    try log.verify()
    let index = try LogIndex(of: log)
    for found in known { try CheckpointFiles.check(found.checkpoint, found.place, log, index) }
  }

  /// Puts segments in their places, each in one step. Interrupted, it can be done again.
  func install(_ names: [String]) throws(LetheError) {
    let folder = RestoredLog.stagingFolder(home)
    let spliced = SplicedFiles(base: files, log: home.log, copy: copy.log, taken: theirs.byteCounts)
    try files.createDirectory(folder)
    for name in names {
      try files.copy(spliced.open("\(home.log)/\(name)", .read, as: .segment), to: "\(folder)/\(name)")
      try files.supplant("\(home.log)/\(name)", by: "\(folder)/\(name)")
    }
    try files.synchronizeDirectory(home.log)
  }
}
