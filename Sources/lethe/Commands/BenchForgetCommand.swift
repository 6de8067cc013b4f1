internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe bench forget`.
enum BenchForgetCommand {
  static let command = Command(
    "bench forget", "Measures how long a forget takes in a home of some size, and what such a home costs.",
    options: [BenchOptions.events, BenchOptions.subjects, BenchOptions.payload, BenchOptions.forgets],
    example: "lethe bench forget --events 1000000 --forgets 100", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let arguments = invocation.arguments
    let load = BenchLoad.importing(try BenchOptions.several(arguments), try BenchOptions.eventCount(arguments))
    let forgetCount = try arguments.count(BenchOptions.forgets.name) ?? 21
    let tools = BenchTools(invocation)
    let report = try await BenchFolder.measure(for: invocation) { (folder) throws(LetheError) in
      try tools.tell("appending")
      var home = try BenchHome(in: folder, load.events, tools)
      let bytesPerEvent = try await home.fill(load).bytesPerEvent
      let measured = try await HomeMeasurement(of: &home, forgetting: forgetCount) { _ in }
      return HomeReport(
        homes: [measured], bytesPerEvent: bytesPerEvent,
        paddedLength: IdealShapes(of: load.events, count: load.eventCount).meanPaddedLength)
    }
    try invocation.result(
      report.adding(to: .object(["events": .int(load.eventCount), "subjects": .int(load.events.subjects)])),
      lines: report.lines)
    return .success
  }
}
