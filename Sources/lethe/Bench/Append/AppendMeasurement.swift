internal import LetheSystem

/// How fast events were appended, beside an ideal log of the same batches in the same folder.
struct AppendMeasurement: Sendable {
  let load: BenchLoad
  let eventCount: Int
  let elapsed: Duration
  /// Events that the ideal log makes durable in a second.
  let limit: Double
  /// Bytes that the log grew by for each event.
  let bytesPerEvent: Double

  var eventsPerSecond: Double { elapsed > .zero ? Double(eventCount) / elapsed.inSeconds : 0 }
  var ratio: Double { limit > 0 ? eventsPerSecond / limit : 0 }

  /// Appends to a new home in a folder of its own, then measures the limit there. Of the folder little stays.
  init(
    of load: BenchLoad, _ shapes: IdealShapes, in folder: String, _ tools: BenchTools
  ) async throws(LetheError) {
    var home = try BenchHome(in: folder, load.events, tools)
    let appended = try await home.fill(load)
    let ideal = try IdealRun(of: load, shapes, bytesPerEvent: appended.bytesPerEvent, in: folder, tools)
    self.init(of: load, appended, ideal)
    try BenchFolder.removeLargeFiles(in: folder)
  }

  init(of load: BenchLoad, _ appended: BenchHome.Appended, _ ideal: IdealRun) {
    self.load = load
    (eventCount, elapsed, bytesPerEvent) = (appended.eventCount, appended.elapsed, appended.bytesPerEvent)
    limit = ideal.eventsPerSecond
  }
}
