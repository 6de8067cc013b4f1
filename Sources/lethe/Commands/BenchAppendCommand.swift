internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe bench append`.
enum BenchAppendCommand {
  static let command = Command(
    "bench append", "Measures how fast events are appended, beside what this machine can do at most.",
    options: [
      Option("--events", "N", "How many events are appended; 100000 unless given."),
      Option("--subjects", "N", "How many subjects they are about, each with a stream; 1000 unless given."),
      Option("--writers", "N", "How many tasks append at the same time; 4 unless given."),
      Option("--batch", "N", "How many events one append has; 100 unless given."),
      Option("--payload", "BYTES", "How long an event's `data` is; 200 unless given."),
    ],
    example: "lethe bench append --events 1000000 --writers 8", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let arguments = invocation.arguments
    let load = AppendLoad(
      events: try arguments.count("--events") ?? 100_000, subjects: try arguments.count("--subjects") ?? 1000,
      writers: try arguments.count("--writers") ?? 4, batch: try arguments.count("--batch") ?? 100,
      payloadByteCount: try arguments.count("--payload") ?? 200)
    guard load.batch <= AppendRequest.eventLimit else {
      throw LetheError(.usage, "--batch takes at most \(AppendRequest.eventLimit), the limit of one append")
    }
    guard load.writers <= 1000 else { throw LetheError(.usage, "--writers takes at most 1000") }
    guard load.payloadByteCount <= 1 << 20 else { throw LetheError(.usage, "--payload takes at most 1048576 bytes") }
    let measured = try await BenchFolder.measure(for: invocation) { (folder) throws(LetheError) in
      try await AppendMeasurement(of: load, in: folder, world: invocation.world)
    }
    try report(measured, load, invocation)
    return .success
  }

  private static func report(
    _ measured: AppendMeasurement, _ load: AppendLoad, _ invocation: Invocation
  ) throws(LetheError) {
    let seconds = measured.elapsed.inSeconds
    let json = JSONValue.object([
      "append": .object([
        "eventsPerSecond": .decimal(measured.eventsPerSecond),
        "limit": .decimal(measured.limit),
        "ratio": .decimal(measured.ratio),
        "sealsPerSecond": .decimal(measured.sealsPerSecond),
        "syncedEventsPerSecond": .decimal(measured.syncedEventsPerSecond),
        "events": .int(load.events),
        "writers": .int(load.writers),
        "batch": .int(load.batch),
        "bytesPerEvent": .int(measured.bytesPerEvent),
        "seconds": .decimal(seconds),
      ])
    ])
    try invocation.result(
      json,
      "append  \(Int(measured.eventsPerSecond).grouped) events/s: \(load.events.counted("event")) in "
        + "\(seconds.withThreeDecimals) s by \(load.writers.counted("writer")), \(load.batch) an append",
      "seal    \(Int(measured.sealsPerSecond).grouped) events/s: libcrypto alone, one core, the same padded length",
      "sync    \(Int(measured.syncedEventsPerSecond).grouped) events/s: write and fdatasync alone, "
        + "\((load.writers * load.batch).grouped) events of \(measured.bytesPerEvent.grouped) bytes at once",
      "ratio   \(measured.ratio.withThreeDecimals) of the lower limit")
  }
}
