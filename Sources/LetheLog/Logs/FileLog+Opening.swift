internal import LetheCrypto
public import LetheSystem
internal import Synchronization

extension LetheError {
  static var firstSegmentIsMissing: LetheError {
    LetheError(
      .damage,
      "the log's first segment is missing; put it back with `lethe restore` from a backup, or from a copy of Log/",
      place: LogLayout.segment(0))
  }

  static var noSegments: LetheError {
    LetheError(
      .io, "there is no segment in Log/; put the log back with `lethe restore` from a backup, or from a copy of Log/",
      place: LogLayout.segment(0))
  }
}

extension LetheError {
  static var hasForeignBytesWithin: LetheError {
    LetheError(
      .damage, "between the records at the log's end lies what the store did not write; put back another copy of Log/")
  }

  static var checkpointIsNotTheNewest: LetheError {
    LetheError(
      .rolledBack,
      "the newest checkpoint is lost, and behind the one that is there lie records that only it covered; put back "
        + "Keys/checkpoint, or the newest Log/checkpoint")
  }
}

extension FileLog {
  /// Whether a log was created in the directory, to its end. What a crash left of one that was not counts as none.
  ///
  /// - Throws: `io`.
  public static func exists(in directory: String, fileSystem: some FileSystem) throws(LetheError) -> Bool {
    guard fileSystem.exists(directory) else { return false }
    let path = "\(directory)/\(LogLayout.segment(0))"
    guard fileSystem.exists(path) else {
      // One whose first segment is missing is a log that is damaged.
      return try fileSystem.contents(of: directory).contains { LogLayout.firstPosition(ofSegment: $0) != nil }
    }
    let file = try fileSystem.open(path, .read, as: .segment)
    let head = try file.read(count: LogFileHeader.byteCount, at: 0)
    return try LogFileHeader.read(head, as: .segment, ofFileWith: file.size()) != .unfinished
  }

  /// The id of the store that a log belongs to, by its head alone.
  ///
  /// - Throws: `io` if there is no log; `damage` if its first segment is missing; `damage` or `format` if its head cannot be
  ///   read.
  public static func storeID(in directory: String, fileSystem: some FileSystem) throws(LetheError) -> [UInt8] {
    let name = LogLayout.segment(0)
    guard fileSystem.exists("\(directory)/\(name)") else {
      let isRest = try fileSystem.contents(of: directory).contains { LogLayout.isSegment($0) }
      throw isRest ? .firstSegmentIsMissing : .noSegments
    }
    return try LogFileHeader.load(
      fileSystem.open("\(directory)/\(name)", .read, as: .segment), as: .segment, name: name, isFormerTaken: true
    )
    .storeID
  }

  /// Makes an empty log in a directory, which is made if it is missing. Durable at return.
  ///
  /// - Throws: `refused` if there is one already, which is left alone; `io`.
  package static func create(
    in directory: String, fileSystem: some FileSystem, storeID: [UInt8], sealing: any GroupSealing,
    noting: any RecordNoting = NoNotes(), options: LogOptions = .usual
  ) throws(LetheError) -> FileLog {
    precondition(storeID.count == 16, "a store id has 16 bytes")
    guard try !exists(in: directory, fileSystem: fileSystem) else {
      throw LetheError(.refused, "a log is here already; choose another home", place: LogLayout.segment(0))
    }
    try fileSystem.createDirectory(directory)
    let file = try fileSystem.open("\(directory)/\(LogLayout.segment(0))", .create, as: .segment)
    try file.truncate(to: 0)
    try LogFileHeader(kind: .segment, storeID: storeID, firstPosition: 0).write(to: file)
    file.tryToCoarsenTime(after: nil)
    try file.synchronize()
    return try open(
      in: directory, fileSystem: fileSystem, storeID: storeID, believing: .sealed(sealing), noting: noting,
      options: options)
  }

  /// Opens a log: reads the heads of sealed segments, and all of those that are not; cuts off what does not count at its
  /// end, and makes again what is missing of indexes and tiles.
  ///
  /// - Parameters:
  ///   - storeID: 16 bytes; those of the keys that go with the log.
  ///   - checkpoint: the newest that was signed for this log; all that it covers must be there unchanged.
  ///   - belief: what of the records counts. Without `sealed` nothing is appended, whatever the access.
  /// - Throws: `damage` with position and byte if anything is broken that was once durable; `rolledBack` if records are
  ///   missing at the end that were once durable; `input` if the log belongs to another store; `format` if the file is
  ///   none of ours or from a newer program; `io` if there is no log. Nothing is changed then, but for tiles that had to
  ///   be made again.
  package static func open(
    in directory: String, fileSystem: some FileSystem, storeID: [UInt8], atLeast checkpoint: Checkpoint? = nil,
    believing belief: LogBelief, access: LogAccess = .write, noting: any RecordNoting = NoNotes(),
    options: LogOptions = .usual
  ) throws(LetheError) -> FileLog {
    func read() throws(LetheError) -> FileLogOpening {
      var opening = FileLogOpening(
        directory, fileSystem, storeID, checkpoint, belief, access, access == .write ? options.locking : .none, noting)
      try opening.read()
      try opening.check()
      return opening
    }
    var opening = try read()
    var recovery = opening.recovery
    if opening.isScattered {
      guard access == .write else { throw .hasForeignBytesWithin }
      try opening.rewrite()
      opening = try read()
    }
    recovery = recovery.isEmpty ? opening.recovery : recovery
    if access == .write { try opening.mend() }
    let workshop: any Workshop
    if let given = options.workshop { workshop = given } else { workshop = try ThreadWorkshop() }
    let log = FileLog(
      directory, fileSystem, storeID: storeID, noting: noting, options, view: try opening.view,
      entries: opening.entries,
      tiles: opening.tiles,
      workshop: workshop, sealing: belief.sealing, access: access, recovery: recovery,
      newestRun: opening.newestRun, endsInNewestRun: opening.endsInNewestRun)
    if access == .write {
      if let last = opening.last { log.times.note(last.segment, opening.modified) }
      log.sealLeftSegments()
    }
    return log
  }

  /// Seals what a crash left unsealed, and writes the tiles that it left unwritten.
  private func sealLeftSegments() {
    let frozen = view.withLock { view in
      view.closed.compactMap { segment -> FrozenSegment? in
        guard case .frozen(let frozen) = segment else { return nil }
        return frozen
      }
    }
    for segment in frozen { give { (log) throws(LetheError) in try log.seal(segment) } }
    give { (log) throws(LetheError) in
      try log.entries.writeFullBundles(log.subtreeRoots)
      try log.tiles.removeLeftPartials(before: log.entries.bundlesInFiles)
    }
  }

  /// Removes the tiles of a log that goes on from fewer records than they were made of; they are made again.
  ///
  /// - Throws: `io`.
  public static func removeTiles(in directory: String, fileSystem: some FileSystem) throws(LetheError) {
    try TileFiles(directory: directory, files: fileSystem).removeAll()
  }
}
