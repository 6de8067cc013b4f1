internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe bench replay`.
enum BenchReplayCommand {
  static let command = Command(
    "bench replay", "Measures how fast all events are read in order and opened, beside what one core can do at most.",
    options: [
      BenchOptions.events, BenchOptions.subjects, BenchOptions.payload,
      Option("--cores", "N", "On how many cores events are opened, 1 or 2; 1 unless given."),
    ],
    example: "lethe bench replay --events 1000000 --cores 2", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let arguments = invocation.arguments
    let cores = try arguments.count("--cores") ?? 1
    guard cores <= 2 else { throw LetheError(.usage, "--cores takes 1 or 2, as events are opened on no more") }
    let load = BenchLoad.filling(try BenchOptions.madeUp(arguments), try BenchOptions.eventCount(arguments))
    let tools = BenchTools(invocation)
    let (replays, limit) = try await BenchFolder.measure(for: invocation) { (folder) throws(LetheError) in
      try await measure(load, cores, in: folder, tools)
    }
    let measured = replays.map { replay in
      var rates = BenchRates()
      rates.add(replay.eventsPerSecond, of: limit)
      return (replay: replay, rates: rates)
    }
    let json = measured.map { replay, rates in
      rates.json.adding([
        "cores": .int(cores), "pass": .string(replay.pass.rawValue), "events": .int(replay.eventCount),
        "seconds": .decimal(replay.elapsed.inSeconds),
      ])
    }
    try invocation.result(
      .object(["replay": json[1].adding(["cases": .array(json)])]),
      lines: [BenchTable.head] + measured.map { replay, rates in rates.line("replay", replay.words) })
    return .success
  }

  private static func measure(
    _ load: BenchLoad, _ cores: Int, in folder: String, _ tools: BenchTools
  ) async throws(LetheError) -> ([ReplayMeasurement], limit: Double) {
    try tools.tell("appending")
    var home = try BenchHome(in: folder, load.events, tools)
    let appended = try await home.fill(load)
    try tools.tell("reading")
    let store = try home.open()
    let first = try await ReplayMeasurement(of: store, cores: cores, .first, tools)
    let again = try await ReplayMeasurement(of: store, cores: cores, .again, tools)
    try store.close()
    let shapes = IdealShapes(of: load.events, count: load.eventCount)
    let ideal = try IdealRun(of: load, shapes, bytesPerEvent: appended.bytesPerEvent, in: folder, tools)
    return ([first, again], try ideal.replay(tools))
  }
}
