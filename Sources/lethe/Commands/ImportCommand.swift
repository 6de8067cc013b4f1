internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe import`.
enum ImportCommand {
  private static let skipBad = Option(
    "--skip-bad", "N", "How many lines that cannot be parsed are skipped and counted; none unless given.")

  static let command = Command(
    "import", "Appends events from a file or a pipe, each by itself, and can be run again safely.",
    operands: [
      Operand("FILE", "CloudEvents with `stream`, one a line or one JSON array; - reads standard input.")
    ],
    options: [
      Option("--acks", "Writes {\"acknowledged\":n} to standard error whenever n events are durable."),
      skipBad,
    ],
    example: "lethe import events.ndjson --json", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let skipLimit = try invocation.arguments.number(skipBad.name)
    let source = try InputFile.open(invocation)
    let clock = ContinuousClock.now
    invocation.interruption.prepare()
    var counts = Importer.Counts()
    var ending = Importer.Ending.complete
    var failure: LetheError?
    do {
      try await invocation.withStore { (store) async throws(LetheError) in
        var importer = Importer(
          into: store, console: invocation.console, acknowledges: invocation.arguments.switches.contains("--acks"),
          skippingUpTo: skipLimit ?? 0, isInterrupted: invocation.interruption.isRequested)
        defer { counts = importer.counts }
        ending = try await importer.run(source)
      }
    } catch {
      failure = error
    }
    let elapsed = ContinuousClock.now - clock
    return try report(invocation, counts, skipping: skipLimit != nil, ending, failure, elapsed)
  }

  private static func report(
    _ invocation: Invocation, _ counts: Importer.Counts, skipping isSkipping: Bool, _ ending: Importer.Ending,
    _ failure: LetheError?, _ elapsed: Duration
  ) throws(LetheError) -> ExitCode {
    if let failure { invocation.console.note(ErrorReport.line(failure)) }
    if failure == nil, ending == .interrupted {
      invocation.console.note(
        "lethe: the import was interrupted; what is counted is durable, and the same import again goes on from there")
    }
    var json = JSONValue.object([
      "events": .int(counts.events), "duplicates": .int(counts.duplicates), "refused": .int(counts.refused),
      "subjects": .int(counts.subjects), "streams": .int(counts.streams), "seconds": .decimal(elapsed.inSeconds),
    ])
    if isSkipping { json = json.adding(["skipped": .int(counts.skipped)]) }
    if let failure { json = json.adding(["error": ErrorReport.json(failure)]) }
    if failure == nil, ending == .interrupted { json = json.adding(["interrupted": .bool(true)]) }
    try invocation.result(
      json,
      "Appended \(counts.events.counted("event")) in \(elapsed.inSeconds.withThreeDecimals) s; "
        + "\(counts.duplicates.counted("duplicate")), \(counts.refused.grouped) refused\(isSkipping ? ", \(counts.skipped.grouped) skipped" : ""); "
        + "the input named "
        + "\(counts.subjects.counted("subject")) and \(counts.streams.counted("stream")).")
    if let failure { return ExitCode(failure.code) }
    return ending == .complete && counts.refused + counts.skipped == 0 ? .success : .failed
  }
}
