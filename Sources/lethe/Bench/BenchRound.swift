internal import LetheStore
internal import LetheSystem

/// Everything that is measured, once.
struct BenchRound: Sendable {
  let appends: [AppendMeasurement]
  let replays: [ReplayMeasurement]
  /// Events that an ideal log reads and opens in a second, on one core.
  let replayLimit: Double
  let home: HomeMeasurement
  /// Of the home that was filled.
  let bytesPerEvent: Double

  /// What is measured, in this order.
  struct Plan: Sendable {
    let events: BenchEvents
    let eventCount: Int
    /// How long single appends are measured, at most.
    let limit: Duration
    let forgetCount: Int

    /// Each has a home of its own.
    var passing: [BenchLoad] {
      [load(1, 1), load(16, 1), load(64, 1), load(1, 100), load(1, 1000, .oneStream)]
    }
    /// All events; its home stays for what comes then.
    var filling: BenchLoad { BenchLoad.filling(events, eventCount) }

    private func load(_ writers: Int, _ batch: Int, _ batching: BenchLoad.Batching = .manyStreams) -> BenchLoad {
      BenchLoad(
        events: events, eventCount: eventCount, limit: limit, writers: writers, batch: batch, batching: batching)
    }
  }

  /// Measures in a new folder, of which little stays.
  ///
  /// - Parameter name: of the round, for whoever watches.
  init(
    of plan: Plan, _ shapes: IdealShapes, in folder: String, _ tools: BenchTools, named name: String
  ) async throws(LetheError) {
    try LocalFileSystem().createDirectory(folder)
    var appends: [AppendMeasurement] = []
    for load in plan.passing {
      try tools.tell("\(name): \(load.words)")
      let folder = "\(folder)/append-\(appends.count)"
      appends.append(try await AppendMeasurement(of: load, shapes, in: folder, tools))
    }
    let folder = folder + "/home"
    try tools.tell("\(name): \(plan.filling.words)")
    var home = try BenchHome(in: folder, plan.events, tools)
    let appended = try await home.fill(plan.filling)
    let ideal = try IdealRun(of: plan.filling, shapes, bytesPerEvent: appended.bytesPerEvent, in: folder, tools)
    appends.append(AppendMeasurement(of: plan.filling, appended, ideal))
    replayLimit = try ideal.replay(tools)
    var replays: [ReplayMeasurement] = []
    self.home = try await HomeMeasurement(of: &home, forgetting: plan.forgetCount) { (store) throws(LetheError) in
      for (cores, pass) in [(1, ReplayMeasurement.Pass.first), (1, .again), (2, .again)] {
        try tools.tell("\(name): replay with \(cores.counted("core"))")
        replays.append(try await ReplayMeasurement(of: store, cores: cores, pass, tools))
      }
    }
    (self.appends, self.replays, bytesPerEvent) = (appends, replays, appended.bytesPerEvent)
    try BenchFolder.removeLargeFiles(in: folder)
  }
}

extension BenchLoad {
  /// `16 writers x 1`.
  var words: String {
    "\(writers.counted("writer")) x \(batch.grouped)\(batching == .oneStream ? ", one stream" : "")"
  }
}
