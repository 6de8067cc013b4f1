internal import LetheStore
internal import LetheSystem

/// `lethe bench subjects`.
enum BenchSubjectsCommand {
  static let command = Command(
    "bench subjects", "Measures what a store of many subjects costs: to register, look up, forget, and rebuild.",
    options: [
      Option("--subjects", "N", "How many subjects are registered, each with a stream; 100000 unless given."),
      Option("--batch", "N", "How many events each of them has; 1 unless given."),
      Option("--payload", "BYTES", "How long an event's `data` is on average; 300 unless given."),
    ],
    example: "lethe bench subjects --subjects 1000000", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let arguments = invocation.arguments
    let subjects = try arguments.count("--subjects") ?? 100_000
    let batch = try arguments.count("--batch") ?? 1
    let payload = try arguments.count("--payload") ?? 300
    guard batch <= 1000 else { throw LetheError(.usage, "--batch takes at most 1000") }
    guard payload <= 1 << 16 else { throw LetheError(.usage, "--payload takes at most 65536 bytes") }
    guard batch * (payload * 13 / 10 + 512) <= 1 << 20 else {
      throw LetheError(.usage, "a subject's events would be longer than 1 MiB; lower --batch or --payload")
    }
    let events = BenchEvents(subjects: subjects, payloadByteCount: payload)
    let measured = try await BenchFolder.measure(for: invocation) { (folder) throws(LetheError) in
      try await SubjectMeasurement(of: events, eventCount: batch, in: folder, BenchTools(invocation))
    }
    try report(measured, subjects, batch, invocation)
    return .success
  }

  private static func report(
    _ measured: SubjectMeasurement, _ subjects: Int, _ batch: Int, _ invocation: Invocation
  ) throws(LetheError) {
    let (lookup, forget) = (measured.lookups, measured.forgets)
    let megabytes = measured.peakResidentByteCount >> 20
    try invocation.result(
      .object([
        "subjects": .object([
          "subjects": .int(subjects),
          "registrationsPerSecond": .decimal(measured.registrationsPerSecond),
          "closeSeconds": .decimal(measured.closing.inSeconds),
          "openSeconds": .decimal(measured.opening.inSeconds),
          "lookupMilliseconds": .decimal(lookup.middle.inMilliseconds),
          "slowestLookupMilliseconds": .decimal(lookup.longest.inMilliseconds),
          "forgetMilliseconds": .decimal(forget.middle.inMilliseconds),
          "slowestForgetMilliseconds": .decimal(forget.longest.inMilliseconds),
          "rebuildSeconds": .decimal(measured.rebuilding.inSeconds),
          "peakResidentBytes": .int(measured.peakResidentByteCount),
          "logBytes": .int(measured.logByteCount),
        ])
      ]),
      "register \(Int(measured.registrationsPerSecond).grouped) subjects/s: \(subjects.counted("subject")), each with "
        + "a stream and \(batch.counted("event"))",
      "open     \(measured.opening.inSeconds.withThreeDecimals) s, close \(measured.closing.inSeconds.withThreeDecimals) s",
      "look up  \(lookup.middle.inMilliseconds.withThreeDecimals) ms in the middle, "
        + "\(lookup.longest.inMilliseconds.withThreeDecimals) ms at most, of \(lookup.count.grouped) never asked for before",
      "forget   \(forget.middle.inMilliseconds.withThreeDecimals) ms in the middle, "
        + "\(forget.longest.inMilliseconds.withThreeDecimals) ms at most, of \(forget.count.grouped) whole cases",
      "rebuild  \(measured.rebuilding.inSeconds.withThreeDecimals) s: opening without a directory",
      "memory   \(megabytes.grouped) MiB resident at most")
  }
}
