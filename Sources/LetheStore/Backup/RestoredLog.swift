internal import LetheCrypto
internal import LetheLog
internal import LetheSystem

/// What a restore does with a log that is shorter than what is known of it.
public enum ShorterLogAnswer: Sendable {
  /// Changes nothing: a newer log may be found.
  case refuse
  /// Goes on from it under a new origin; what it lacks is lost.
  case accept
}

/// The log that a restore goes on from: the home's own, or a copy of the folder's. It is held against every checkpoint
/// that is at hand.
struct RestoredLog {
  let log: FileLog
  let index: LogIndex
  let source: RestoreSummary.LogSource
  /// The newest checkpoint that is known of the log or of one that it goes on from.
  let newest: SignedCheckpoint?
  /// Origins of all checkpoints that are known.
  let knownOrigins: [String]
  private(set) var needsNewOrigin: Bool
  /// Seals what is appended; nil if the key for that cannot be had.
  let sealing: RestoreSealing?
  private let home: Home
  private let files: any FileSystem
  /// Where the log is until it is put in place; nil if it is there already.
  private let staged: String?

  /// A checkpoint with its signatures.
  struct SignedCheckpoint {
    let checkpoint: Checkpoint
    let note: SignedNote
    let place: String
  }

  static func stagingFolder(_ home: Home) -> String { home.log + "/restoring" }

  /// - Throws: `rolled-back` for a log that is shorter than a checkpoint, unless that is accepted; `damage`; `io`.
  static func find(_ restoration: Restoration, _ key: VerifyingKey) throws(LetheError) -> RestoredLog {
    let (home, copy, files) = (restoration.home, restoration.copy, restoration.files)
    let hasFirst = files.exists("\(home.log)/\(LogLayout.segment(0))")
    let isRest =
      hasFirst || !files.exists(home.log)
      ? false : try files.contents(of: home.log).contains { LogLayout.isSegment($0) }
    // What is left of a log without its first segment is mended; one that is known to be shorter is copied whole.
    let isKept = hasFirst || isRest && restoration.answer == .refuse
    let origin = isKept ? home.log : copy.log
    guard isRest && isKept || files.exists("\(origin)/\(LogLayout.segment(0))") else {
      throw LetheError(
        .io, "there is no log, neither in the home nor in the folder; put the newest copy of Log/ into the home first")
    }
    var known: [SignedCheckpoint] = []
    for path in [home.trustedCheckpoint, home.checkpoint, copy.trustedCheckpoint, copy.checkpoint] {
      // What anybody may have written to a log's folder says nothing unless it is signed.
      let mayBeAnything = path == home.checkpoint || path == copy.checkpoint
      let whose = path == copy.trustedCheckpoint || path == copy.checkpoint ? "the copy's " : ""
      if let found = try Self.checkpoint(path, whose, key, files, mayBeAnything: mayBeAnything) { known.append(found) }
    }
    known.sort { ($0.order, $0.checkpoint.size) > ($1.order, $1.checkpoint.size) }
    let hasOwnCheckpoint = files.exists(home.trustedCheckpoint)
    let storeID: [UInt8]
    do throws(LetheError) { storeID = try FileLog.storeID(in: origin, fileSystem: files) } catch {
      // The home's first segment may be what is to be mended.
      guard isKept, let id = try? FileLog.storeID(in: copy.log, fileSystem: files) else { throw error }
      storeID = id
    }
    let seals = try restoration.sealKey(storeID: storeID, trustingCopy: !known.isEmpty)
    let folder = isKept && restoration.answer == .refuse ? nil : stagingFolder(home)
    if let folder { try stage(from: origin, in: folder, files) }
    switch restoration.answer {
    case .refuse:
      // Only of its own log a home knows which run was the last.
      let run = isKept && hasOwnCheckpoint ? try RunFile.read(home, files) : nil
      let sealing = seals.map {
        RestoreSealing(
          $0, origin: known.first?.checkpoint.origin ?? OriginName.first(of: storeID),
          // Where no checkpoint covers anything, the runs that follow one another are all there is.
          counting: run.map { .only($0) } ?? (known.isEmpty ? .all : .highest),
          hasNewestCheckpoint: hasOwnCheckpoint || !isKept)
      }
      let mended = isKept ? try mend(home, copy, known, sealing, files) : []
      let opening: LogOpening
      do throws(LetheError) {
        opening = try LogOpening(
          folder ?? home.log, restoration.world, sealing: sealing,
          holdingAgainst: known.map { ($0.checkpoint, $0.place) })
        try seals?.check(opening.index)
      } catch {
        throw error.code == .rolledBack ? error.ofLog(isKept ? "the home's log" : "the copy's log").withWayOn : error
      }
      return RestoredLog(
        log: opening.log, index: opening.index, source: !mended.isEmpty ? .mended : isKept ? .kept : .copied,
        newest: known.first,
        knownOrigins: known.map(\.checkpoint.origin), needsNewOrigin: false, sealing: sealing, home: home, files: files,
        staged: folder)
    case .accept:
      let (log, sealing, wasCut) = try openWhatIsThere(folder ?? home.log, origin, known, seals, restoration.world)
      let index = try LogIndex(of: log)
      try seals?.check(index)
      var found = RestoredLog(
        log: log, index: index, source: isKept ? .kept : .copied, newest: known.first,
        knownOrigins: known.map(\.checkpoint.origin), needsNewOrigin: wasCut, sealing: sealing, home: home,
        files: files, staged: folder)
      try found.compare(known)
      // Where nothing tells how long the log was, the word of who restores it counts, once.
      if !hasOwnCheckpoint, !index.isBeginningAnew { found.needsNewOrigin = true }
      return found
    }
  }

  /// Puts segments in place that the home's log lacks or has broken, if the copy has them; gives their names.
  private static func mend(
    _ home: Home, _ copy: Home, _ known: [SignedCheckpoint], _ sealing: RestoreSealing?, _ files: any FileSystem
  ) throws(LetheError) -> [String] {
    guard let mending = try LogMending(home, from: copy, sealing, files) else { return [] }
    let names: [String]
    do throws(LetheError) { names = try mending.needed(known: known) } catch {
      // Of a log that is known to have been longer there is another way on.
      guard error.code != .rolledBack else { return [] }
      throw error
    }
    if !names.isEmpty { try mending.install(names) }
    return names
  }

  private static func checkpoint(
    _ path: String, _ whose: String, _ key: VerifyingKey, _ files: any FileSystem, mayBeAnything: Bool
  ) throws(LetheError) -> SignedCheckpoint? {
    guard let bytes = try files.contents(ofFileIfThere: path, as: .checkpoint) else { return nil }
    let folder = path.parentPath.lastPathComponent
    let place = "\(whose)\(folder)/\(path.lastPathComponent)"
    do throws(LetheError) {
      let checkpoint = try CheckpointFiles.verified(bytes, key, place: place)
      return SignedCheckpoint(checkpoint: checkpoint, note: try SignedNote(parsing: bytes), place: place)
    } catch {
      guard mayBeAnything, error.code == .damage else { throw error }
      return nil
    }
  }

  private static func stage(from origin: String, in folder: String, _ files: any FileSystem) throws(LetheError) {
    try files.createDirectory(folder)
    for name in try files.contents(of: origin) where LogLayout.isSegmentOrIndex(name) {
      try files.copyFile("\(origin)/\(name)", to: "\(folder)/\(name)", as: .segment)
    }
  }

  /// Opens a staged log, which was copied without the tiles that may tell that it was longer.
  private static func openWhatIsThere(
    _ folder: String, _ origin: String, _ known: [SignedCheckpoint], _ seals: SealKey?, _ world: World
  ) throws(LetheError) -> (FileLog, RestoreSealing?, wasCut: Bool) {
    let names = try world.files.contents(of: folder)
    // An index whose segment is gone, or has none behind it, is of a log whose end is lost.
    let last = names.filter { LogLayout.isSegmentOrIndex($0) && LogLayout.segment(ofIndex: $0) == nil }.max()
    let strays = names.filter { name in
      LogLayout.segment(ofIndex: name).map { !names.contains($0) || $0 == last } ?? false
    }
    for name in strays { try world.files.remove("\(folder)/\(name)") }
    let storeID = try FileLog.storeID(in: folder, fileSystem: world.files)
    func sealing(_ basis: Checkpoint?) -> RestoreSealing? {
      // Where no checkpoint covers anything, the runs that follow one another are all there is.
      seals.map {
        RestoreSealing(
          $0, origin: basis?.origin ?? OriginName.first(of: storeID), counting: basis == nil ? .all : .highest)
      }
    }
    func open(_ basis: Checkpoint?, _ access: LogAccess) throws(LetheError) -> (FileLog, RestoreSealing?) {
      let sealing = sealing(basis)
      let log = try FileLog.open(
        in: folder, fileSystem: world.files, storeID: storeID, atLeast: basis,
        believing: sealing.map { .sealed($0) } ?? .upTo(basis?.size ?? 0), access: sealing == nil ? .read : access,
        noting: FactNotes(), options: world.logOptions)
      return (log, sealing)
    }
    let basis = try basis(known, of: folder, storeID, world) { (basis) throws(LetheError) in _ = try open(basis, .read)
    }
    let (log, sealing) = try open(basis, .write)
    let next = "\(origin)/\(LogLayout.entries(log.count / LogLayout.tileWidth))"
    return (log, sealing, !strays.isEmpty || world.files.exists(next))
  }

  /// The newest checkpoint that covers records of the log; nil if none does.
  ///
  /// A log whose end was changed rather than cut is damaged, which a checkpoint of its own tells before anything is mended.
  ///
  /// - Throws: `damage`, `io`, `format`.
  private static func basis(
    _ known: [SignedCheckpoint], of folder: String, _ storeID: [UInt8], _ world: World,
    _ open: (Checkpoint) throws(LetheError) -> Void
  ) throws(LetheError) -> Checkpoint? {
    let all = try FileLog.open(
      in: folder, fileSystem: world.files, storeID: storeID, believing: .everything, access: .read, noting: FactNotes())
    let origin = try LogIndex(of: all).signing?.origin
    for found in known {
      do throws(LetheError) {
        try open(found.checkpoint)
        return found.checkpoint
      } catch {
        // One of another origin covers other records.
        guard error.code == .rolledBack || error.code == .damage && found.checkpoint.origin != origin else {
          throw error
        }
      }
    }
    return nil
  }

  /// - Throws: `damage` if the log differs from what was signed; `rolled-back` for a checkpoint of another log.
  private mutating func compare(_ known: [SignedCheckpoint]) throws(LetheError) {
    for (beginning, _, position) in index.origins {
      try beginning.check(at: position, rootHash: log.rootHash(size: position))
    }
    for found in known {
      switch index.relation(to: found.checkpoint, count: log.count) {
      case .longer, .newerOrigin, .otherOrigin: needsNewOrigin = true
      case .contained, .superseded, .foreign: try CheckpointFiles.check(found.checkpoint, found.place, log, index)
      }
    }
  }

  /// Takes note of something that tells that records are lost.
  ///
  /// - Throws: `rolled-back` with the evidence, unless a shorter log is accepted.
  mutating func isShorter(_ evidence: String, _ answer: ShorterLogAnswer) throws(LetheError) {
    switch answer {
    case .refuse:
      throw LetheError(.rolledBack, "\(evidence): it was rolled back; put back the newest Log/").withWayOn
    case .accept: needsNewOrigin = true
    }
  }

  /// Whether the home gets another log than it has.
  var isNew: Bool { staged != nil && (source == .copied || needsNewOrigin) }

  /// Moves a staged log into the home. Tiles and indexes are made again, and old ones never stand beside new segments.
  func install() throws(LetheError) {
    guard let staged, isNew else { return }
    try log.finish()
    try FileLog.removeTiles(in: home.log, fileSystem: files)
    for name in try files.contents(of: home.log) where LogLayout.segment(ofIndex: name) != nil {
      try files.remove("\(home.log)/\(name)")
    }
    try files.synchronizeDirectory(home.log)
    var names = try files.contents(of: staged).filter { LogLayout.isSegmentOrIndex($0) }
    // Until a copied log's first segment is there, no log is, and the restore can be run again.
    if source == .copied { names = names.filter { $0 != LogLayout.segment(0) } + [LogLayout.segment(0)] }
    for name in names { try files.supplant("\(home.log)/\(name)", by: "\(staged)/\(name)") }
    try files.synchronizeDirectory(home.log)
  }

  /// Signs what a restore believed, once it is in place, under a run of its own: groups of the copy's runs count no more.
  ///
  /// - Parameter origin: under which the log goes on.
  func sign(_ origin: String, with key: SigningKey, in world: World) throws(LetheError) {
    let run = try RunFile.next(after: max(log.newestRun, RunFile.read(home, files) ?? 0))
    // What was appended bears the first number; the home's next run begins behind it. Written first, it tells a start
    // that stopped here that subject numbers may have been given that the log does not show.
    try RunFile.write(run + 1, home, files)
    let checkpoint = try Checkpoint(origin: origin, size: log.count, rootHash: log.rootHash(size: log.count))
    try CheckpointFiles.publish(checkpoint, key, home, world)
  }
}

extension RestoredLog.SignedCheckpoint {
  fileprivate var order: UInt64 { OriginName.number(of: checkpoint.origin) }
}

extension LetheError {
  /// Says whose log it speaks of.
  fileprivate func ofLog(_ name: String) -> LetheError {
    let subject = "the log "
    guard message.hasPrefix(subject) else { return self }
    return LetheError(code, "\(name) \(message.dropFirst(subject.count))", place: place, cause: cause)
  }

  static let wayOnEnding = ", and nothing was changed"

  /// With what to do if no newer log is left.
  fileprivate var withWayOn: LetheError {
    LetheError(
      code,
      message
        + "; if none is left, `lethe restore --from DIR --accept-shorter-log` goes on from this one under a new origin"
        + Self.wayOnEnding,
      place: place, cause: cause)
  }
}
