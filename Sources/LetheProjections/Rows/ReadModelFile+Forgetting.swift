internal import LetheSQLite
internal import LetheSystem
internal import LetheVault

extension ReadModelFile {
  /// Removes the rows under the nodes that the fact at a position names; the file is scrubbed after the commit.
  func purge(
    _ nodes: [KeyNode], _ progress: inout Progress, sweptThrough position: UInt64
  ) throws(LetheError) {
    for node in nodes { try table.purge(node) }
    progress.swept = position + 1
    // Even where no row was left: the file may still hold bytes of rows that were removed or written over before.
    progress.needsScrub = true
  }

  /// Whether the log still holds what the file was made from.
  func continues(_ log: any ForgetLog) throws(LetheError) -> Bool { try progress().continues(log) }

  /// Sees to the forgets that the file has not seen yet, without the model's code and without moving the bookmark.
  ///
  /// From a forget on nothing more opens under its nodes, so that the model can be brought up to the log later.
  /// - Throws: `refused` if the file is of another store or log.
  func sweep(_ log: any ForgetLog, _ identity: Identity) throws(LetheError) {
    var progress = try progress()
    if let misfit = try progress.misfit(path, identity, log) { throw misfit }
    let end = log.count
    let changes = try log.changes(from: progress.swept).filter { $0.position < end }
    guard !changes.isEmpty else { return try scrub() }
    try database.transaction { () throws(LetheError) in
      switch forgetting {
      case .purgesRows:
        for change in changes where change.kind == .withdrawn {
          try purge(change.nodes, &progress, sweptThrough: change.position)
        }
        // What came back can only be given again by the model itself, which finds it beyond this place.
        progress.swept = changes.first { $0.kind == .returned }?.position ?? end
      case .rebuilds:
        try table.removeAll()
        progress = Progress(swept: end, needsScrub: true)
      }
      try setProgress(progress)
    }
    try scrub()
  }
}

extension ReadModelFile.Progress {
  /// Whether the log still holds the record before the bookmark, and has come as far as the forgets that were seen to.
  func continues(_ log: any ForgetLog) throws(LetheError) -> Bool {
    guard position <= log.count, swept <= log.count else { return false }
    return position == 0 ? true : try log.mark(of: position - 1) == mark
  }

  /// Why what the file says of forgets cannot be about this log; nil if it can.
  func misfit(
    _ path: String, _ identity: ReadModelFile.Identity, _ log: any ForgetLog
  ) throws(LetheError) -> LetheError? {
    if identity.storeID == log.storeID, try continues(log) { return nil }
    let name = path.lastPathComponent
    return LetheError(
      .refused, "\(name): the read model is not of this log; rebuild it by its application or delete it", place: name)
  }
}
