internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe bench forget`.
enum BenchForgetCommand {
  static let command = Command(
    "bench forget", "Measures how long a forget takes in a new home and in one of some size, and what that costs.",
    options: [BenchOptions.events, BenchOptions.subjects, BenchOptions.payload, BenchOptions.forgets],
    example: "lethe bench forget --events 1000000 --forgets 100", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let arguments = invocation.arguments
    let load = BenchLoad.importing(try BenchOptions.several(arguments), try BenchOptions.eventCount(arguments))
    let forgetCount = try arguments.count(BenchOptions.forgets.name) ?? 21
    let tools = BenchTools(invocation)
    let report = try await BenchFolder.measure(for: invocation) { (folder) throws(LetheError) in
      try tools.tell("forgets in a new home")
      let first = try await forgetsInNewHome(folder + "/new", load.events, forgetCount, tools)
      try tools.tell("appending")
      var home = try BenchHome(in: folder, load.events, tools)
      let bytesPerEvent = try await home.fill(load).bytesPerEvent
      let measured = try await HomeMeasurement(of: &home, forgetting: forgetCount) { _ in }
      return HomeReport(
        homes: [measured], forgetsInNewHome: first, bytesPerEvent: bytesPerEvent,
        paddedLength: IdealShapes(of: load.events, count: load.eventCount).meanPaddedLength)
    }
    try invocation.result(
      report.adding(to: .object(["events": .int(load.eventCount), "subjects": .int(load.events.subjects)])),
      lines: report.lines)
    return .success
  }

  /// Forgets where the same subjects have an event each, but for some whose streams are read.
  private static func forgetsInNewHome(
    _ folder: String, _ events: BenchEvents, _ forgetCount: Int, _ tools: BenchTools
  ) async throws(LetheError) -> Latencies {
    var home = try BenchHome(in: folder, events, tools)
    _ = try await home.fill(.importing(events, 0))
    let store = try home.open()
    let use = try HomeUse(of: store, events, forgetting: forgetCount, tools.interruption)
    try store.close()
    try BenchFolder.removeLargeFiles(in: folder)
    return use.forgets
  }
}
