internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe bench append`.
enum BenchAppendCommand {
  private static let oneStream = Option(
    "--one-stream",
    "Has the events of a batch be one append to one stream, all or none, not each an append of its own.")

  static let command = Command(
    "bench append", "Measures how fast events are appended, beside what this machine can do at most.",
    options: [
      BenchOptions.events,
      Option("--seconds", "N", "How long is measured at most; as long as the events take unless given."),
      BenchOptions.subjects,
      Option("--writers", "N", "How many tasks append at the same time, each waiting for its answer; 4 unless given."),
      Option("--batch", "N", "How many events a writer hands over at once, durable by one sync; 100 unless given."),
      oneStream,
      BenchOptions.payload,
    ],
    example: "lethe bench append --seconds 10 --writers 64 --batch 1", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let load = try load(invocation.arguments)
    let tools = BenchTools(invocation)
    let shapes = IdealShapes(of: load.events, count: load.eventCount)
    let (measured, seals, syncs) = try await BenchFolder.measure(for: invocation) { (folder) throws(LetheError) in
      try tools.tell("appending")
      let measured = try await AppendMeasurement(of: load, shapes, in: folder + "/append", tools)
      let seals = try MachineLimits.sealsPerSecond(paddedLength: Int(shapes.meanPaddedLength))
      let byteCount = max(1, Int(measured.bytesPerEvent) * load.eventsAtOnce)
      return (measured, seals, try MachineLimits.syncsPerSecond(byteCount: byteCount, in: folder))
    }
    try report(measured, seals, syncs * Double(load.eventsAtOnce), invocation)
    return .success
  }

  private static func load(_ arguments: ParsedArguments) throws(LetheError) -> BenchLoad {
    let seconds = try arguments.count("--seconds")
    // With a time alone, it is the time that ends the measurement.
    let isEndless = seconds != nil && arguments.value(of: BenchOptions.events.name) == nil
    let load = BenchLoad(
      events: try BenchOptions.madeUp(arguments),
      eventCount: isEndless ? .max : try BenchOptions.eventCount(arguments), limit: seconds.map { .seconds($0) },
      writers: try arguments.count("--writers") ?? 4, batch: try arguments.count("--batch") ?? 100,
      batching: arguments.has(oneStream) ? .oneStream : .manyStreams)
    guard load.batch <= AppendRequest.eventLimit else {
      throw LetheError(.usage, "--batch takes at most \(AppendRequest.eventLimit), the limit of one append")
    }
    guard load.writers <= 1000 else { throw LetheError(.usage, "--writers takes at most 1000") }
    let byteCount = load.events.payloadByteCount * 13 / 10 + 512
    guard load.batching == .manyStreams || load.batch * byteCount <= AppendRequest.byteLimit else {
      throw LetheError(.usage, "a batch would be longer than one append may be; lower --batch or --payload")
    }
    guard load.eventsAtOnce * byteCount <= 1 << 30 else {
      throw LetheError(.usage, "all writers' batches would take more than 1 GiB; lower --writers, --batch or --payload")
    }
    return load
  }

  private static func report(
    _ measured: AppendMeasurement, _ seals: Double, _ syncedEvents: Double, _ invocation: Invocation
  ) throws(LetheError) {
    let (load, seconds) = (measured.load, measured.elapsed.inSeconds)
    let json = JSONValue.object([
      "append": .object([
        "eventsPerSecond": .decimal(measured.eventsPerSecond),
        "limit": .decimal(measured.limit),
        "ratio": .decimal(measured.ratio),
        "sealsPerSecond": .decimal(seals),
        "syncedEventsPerSecond": .decimal(syncedEvents),
        "events": .int(measured.eventCount),
        "writers": .int(load.writers),
        "batch": .int(load.batch),
        "bytesPerEvent": .decimal(measured.bytesPerEvent),
        "seconds": .decimal(seconds),
      ])
    ])
    try invocation.result(
      json,
      "append  \(Int(measured.eventsPerSecond).grouped) events/s: \(measured.eventCount.counted("event")) in "
        + "\(seconds.withThreeDecimals) s by \(load.writers.counted("writer")), \(load.batch.grouped) at once",
      "ideal   \(Int(measured.limit).grouped) events/s: one thread that seals, hashes, writes and syncs as much, "
        + "\(load.eventsAtOnce.grouped) at once",
      "ratio   \(measured.ratio.withThreeDecimals)",
      "seal    \(Int(seals).grouped) events/s: libcrypto alone, one core, the same padded length",
      "sync    \(Int(syncedEvents).grouped) events/s: write and fdatasync alone, \(load.eventsAtOnce.grouped) events of "
        + "\(Int(measured.bytesPerEvent).grouped) bytes at once")
  }
}
