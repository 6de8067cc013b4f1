internal import LetheSQLite
internal import LetheSystem
internal import LetheVault

/// Brings one read model up to the end of the log; used by one thread at a time.
struct ProjectionRunner {
  /// Records in one transaction, unless their parts are large.
  static let recordLimit = 1_000
  /// Bytes of parts in one transaction, give or take the last record.
  static let byteLimit = 16 << 20

  let model: any ReadModel
  let path: String
  let source: any ProjectionSource
  var files: any FileSystem = LocalFileSystem()
  var recordLimit = Self.recordLimit

  /// Applies what the log holds beyond the bookmark; a file that does not fit store, log or model is rebuilt.
  ///
  /// If another process blocks the scrub, it stays due.
  ///
  /// - Throws: `missingKey` and `damage` that the source names, after everything before was applied; what the model
  ///   throws; `io`. Bookmark and rows always tell of the same place in the log.
  func run() throws(LetheError) -> ProjectionSummary {
    let (file, reason) = try fittingFile()
    return try run(file, reason)
  }

  /// Removes the file and makes it anew from the whole log.
  func rebuild() throws(LetheError) -> ProjectionSummary {
    // The old file goes first: if this fails, nothing is kept.
    let file = try create()
    do throws(LetheError) { return try run(file, .requested) } catch { throw error.keeping(.readModel) }
  }

  /// Puts an empty file in the place of whatever is there, to be filled by the next run.
  func empty() throws(LetheError) { _ = try create() }

  private func create() throws(LetheError) -> ReadModelFile {
    try ReadModelFile.create(
      path, ReadModelFile.Identity(model, storeID: source.storeID), swept: source.count, in: files)
  }

  private func run(_ file: ReadModelFile, _ reason: RebuildReason?) throws(LetheError) -> ProjectionSummary {
    var run = Run(rebuilt: reason)
    // Also what an interrupted run has left to do.
    try file.scrubUnlessHeld()
    do throws(LetheError) {
      while try transaction(on: file, &run) == .continue {}
    } catch {
      // Should this fail as well, the file still says that it is to be done.
      do { try file.scrub() } catch {}
      throw error.keeping(.readModel)
    }
    try file.scrubUnlessHeld()
    return ProjectionSummary(
      projection: model.name, position: try file.progress().position, events: run.events, skipped: run.skipped,
      rebuilt: run.rebuilt)
  }

  // MARK: The file

  private func fittingFile() throws(LetheError) -> (ReadModelFile, RebuildReason?) {
    let opened: (file: ReadModelFile, identity: ReadModelFile.Identity)?
    do { opened = try ReadModelFile.open(path, in: files) } catch {
      guard error.code == .damage else { throw error }
      return (try create(), .damage)
    }
    guard let (file, identity) = opened else { return (try create(), nil) }
    if let reason = try misfit(file, identity) {
      try file.database.close()
      return (try create(), reason)
    }
    return (file, nil)
  }

  private func misfit(
    _ file: ReadModelFile, _ identity: ReadModelFile.Identity
  ) throws(LetheError) -> RebuildReason? {
    let expected = ReadModelFile.Identity(model, storeID: source.storeID)
    guard identity.storeID == expected.storeID else { return .otherStore }
    guard identity == expected else { return .changedModel }
    return try file.continues(source) ? nil : .otherLog
  }

  // MARK: One transaction

  private struct Run {
    var events: UInt64 = 0
    var skipped: UInt64 = 0
    var rebuilt: RebuildReason?
  }

  /// How far one transaction has come.
  private struct Step {
    var progress: ReadModelFile.Progress
    var records = 0
    var bytes = 0
    var events: UInt64 = 0
    var skipped: UInt64 = 0
    /// Nodes whose parts are to be given again once the reading has stopped.
    var returned: [KeyNode] = []
    var startsAgain = false
    /// What the model or its file threw; nothing of the transaction is kept.
    var failure: LetheError?
    /// What the source threw; what it gave before is kept.
    var obstacle: LetheError?
  }

  private func transaction(on file: ReadModelFile, _ run: inout Run) throws(LetheError) -> Iteration {
    let step = try file.database.transaction { () throws(LetheError) -> Step in
      let start = try file.progress()
      var step = Step(progress: start)
      do throws(LetheError) {
        try source.read(from: start.position) { (delivery) throws(LetheError) in
          do throws(LetheError) { return try take(delivery, file, &step) } catch {
            step.failure = error
            return .stop
          }
        }
      } catch { step.obstacle = error }
      if let failure = step.failure { throw failure }
      if !step.returned.isEmpty { try replay(step.returned, before: step.progress.position - 1, file) }
      if step.startsAgain {
        try file.table.removeAll()
        step.progress = .init(swept: source.count, needsScrub: true)
      }
      if step.progress != start { try file.setProgress(step.progress) }
      return step
    }
    run.events += step.events
    run.skipped += step.skipped
    if step.startsAgain { run = Run(rebuilt: run.rebuilt ?? .forget) }
    if let obstacle = step.obstacle { throw obstacle }
    return step.records == 0 ? .stop : .continue
  }

  private func take(
    _ delivery: Delivery, _ file: ReadModelFile, _ step: inout Step
  ) throws(LetheError) -> Iteration {
    var verdict = Iteration.continue
    switch delivery.content {
    case .event(let parts, let openness):
      for part in parts {
        try apply(part, file)
        step.bytes += part.json.count
      }
      switch openness {
      case .whole: step.events += 1
      case .lacking: step.skipped += 1
      }
    case .withdrawn(let nodes) where delivery.position >= step.progress.swept:
      switch file.forgetting {
      case .purgesRows:
        try file.purge(nodes, &step.progress, sweptThrough: delivery.position)
      case .rebuilds: (step.startsAgain, verdict) = (true, .stop)
      }
    case .returned(let nodes) where delivery.position >= step.progress.swept:
      switch file.forgetting {
      case .purgesRows:
        try file.purge(nodes, &step.progress, sweptThrough: delivery.position)
        (step.returned, verdict) = (nodes, .stop)
      case .rebuilds: (step.startsAgain, verdict) = (true, .stop)
      }
    case .withdrawn, .returned, .other: break
    }
    step.progress.position = delivery.position + 1
    step.progress.mark = delivery.mark
    step.records += 1
    return step.records >= recordLimit || step.bytes >= Self.byteLimit ? .stop : verdict
  }

  private func apply(_ part: DeliveredPart, _ file: ReadModelFile) throws(LetheError) {
    let owner: RowOwner =
      switch file.forgetting {
      case .purgesRows: .kid(part.kid)
      case .rebuilds: .everybody
      }
    try model.apply(part, to: PartRows(file.table, owner, position: part.position))
  }

  /// Gives again, from the beginning, the parts under nodes that open again.
  private func replay(_ nodes: [KeyNode], before end: UInt64, _ file: ReadModelFile) throws(LetheError) {
    try source.read(from: 0) { (delivery) throws(LetheError) in
      guard delivery.position < end else { return .stop }
      if case .event(let parts, _) = delivery.content {
        for part in parts where nodes.contains(where: { $0.contains(part.kid) }) { try apply(part.replayed, file) }
      }
      return .continue
    }
  }
}
