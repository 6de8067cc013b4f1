internal import LetheStore
internal import LetheSystem

/// `lethe bench subjects`.
enum BenchSubjectsCommand {
  static let command = Command(
    "bench subjects", "Measures what a store of many subjects costs: to register, look up, forget, and rebuild.",
    options: [
      Option("--subjects", "N", "How many subjects are registered, each with a stream; 100000 unless given."),
      Option("--batch", "N", "How many events each of them has; 1 unless given."),
      Option("--payload", "BYTES", "How long an event's `data` is; 200 unless given."),
    ],
    example: "lethe bench subjects --subjects 1000000", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let arguments = invocation.arguments
    let subjects = try arguments.count("--subjects") ?? 100_000
    let batch = try arguments.count("--batch") ?? 1
    let load = AppendLoad(
      events: subjects * batch, subjects: subjects, writers: 1, batch: batch,
      payloadByteCount: try arguments.count("--payload") ?? 200)
    guard load.batch <= 1000 else { throw LetheError(.usage, "--batch takes at most 1000") }
    guard load.payloadByteCount <= 1 << 16 else { throw LetheError(.usage, "--payload takes at most 65536 bytes") }
    let measured = try await BenchFolder.measure(for: invocation) { (folder) throws(LetheError) in
      try await SubjectMeasurement(of: load, in: folder, world: invocation.world)
    }
    try report(measured, load, invocation)
    return .success
  }

  private static func report(
    _ measured: SubjectMeasurement, _ load: AppendLoad, _ invocation: Invocation
  ) throws(LetheError) {
    let (lookup, forget) = (measured.lookups, measured.forgets)
    let megabytes = measured.peakResidentByteCount >> 20
    try invocation.result(
      .object([
        "subjects": .object([
          "subjects": .int(load.subjects),
          "registrationsPerSecond": .decimal(measured.registrationsPerSecond),
          "closeSeconds": .decimal(measured.closing.inSeconds),
          "openSeconds": .decimal(measured.opening.inSeconds),
          "lookupMilliseconds": .decimal(lookup.middle.inSeconds * 1000),
          "slowestLookupMilliseconds": .decimal((lookup.last ?? .zero).inSeconds * 1000),
          "forgetMilliseconds": .decimal(forget.middle.inSeconds * 1000),
          "slowestForgetMilliseconds": .decimal((forget.last ?? .zero).inSeconds * 1000),
          "rebuildSeconds": .decimal(measured.rebuilding.inSeconds),
          "peakResidentBytes": .int(measured.peakResidentByteCount),
          "logBytes": .int(measured.logByteCount),
        ])
      ]),
      "register \(Int(measured.registrationsPerSecond).grouped) subjects/s: \(load.subjects.counted("subject")), each with "
        + "a stream and \(load.batch.counted("event"))",
      "open     \(measured.opening.inSeconds.withThreeDecimals) s, close \(measured.closing.inSeconds.withThreeDecimals) s",
      "look up  \((lookup.middle.inSeconds * 1000).withThreeDecimals) ms in the middle, "
        + "\(((lookup.last ?? .zero).inSeconds * 1000).withThreeDecimals) ms at most, of \(lookup.count.grouped) never asked for before",
      "forget   \((forget.middle.inSeconds * 1000).withThreeDecimals) ms in the middle, "
        + "\(((forget.last ?? .zero).inSeconds * 1000).withThreeDecimals) ms at most, of \(forget.count.grouped) whole cases",
      "rebuild  \(measured.rebuilding.inSeconds.withThreeDecimals) s: opening without a directory",
      "memory   \(megabytes.grouped) MiB resident at most")
  }
}

extension [Duration] {
  /// The one in the middle of ascending durations.
  fileprivate var middle: Duration { isEmpty ? .zero : self[count / 2] }
}
