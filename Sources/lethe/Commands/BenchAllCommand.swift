internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe bench all`.
enum BenchAllCommand {
  static let command = Command(
    "bench all", "Measures appends, replays, opening, forgets and streams, several times, and gives the medians.",
    options: [
      BenchOptions.events,
      Option("--runs", "N", "How often everything is measured; 5 unless given."),
      Option("--seconds", "N", "How long each kind of append is measured at most; 3 unless given."),
      BenchOptions.subjects, BenchOptions.payload, BenchOptions.forgets,
    ],
    example: "lethe bench all --events 1000000 --runs 3", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let arguments = invocation.arguments
    let runs = try arguments.count("--runs") ?? 5
    let plan = BenchRound.Plan(
      events: try BenchOptions.several(arguments), eventCount: try BenchOptions.eventCount(arguments),
      limit: .seconds(try arguments.count("--seconds") ?? 3),
      forgetCount: try arguments.count(BenchOptions.forgets.name) ?? 21)
    guard plan.events.payloadByteCount <= 1 << 15 else {
      throw LetheError(.usage, "--payload takes at most 32768 bytes where batches of 1000 are measured")
    }
    let tools = BenchTools(invocation)
    let shapes = IdealShapes(of: plan.events, count: plan.eventCount)
    let rounds = try await BenchFolder.measure(for: invocation) { (folder) throws(LetheError) in
      var rounds: [BenchRound] = []
      for number in 1...runs {
        let name = "run \(number) of \(runs)"
        rounds.append(try await BenchRound(of: plan, shapes, in: "\(folder)/run-\(number)", tools, named: name))
      }
      return rounds
    }
    let report = RoundsReport(plan: plan, rounds: rounds, paddedLength: shapes.meanPaddedLength)
    try invocation.result(report.json, lines: report.lines)
    return .success
  }
}
