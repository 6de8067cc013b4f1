internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe import`.
enum ImportCommand {
  static let command = Command(
    "import", "Appends events from a file or a pipe, each by itself, and can be run again safely.",
    operands: [
      Operand("FILE", "CloudEvents with `stream`, one a line or one JSON array; - reads standard input.")
    ],
    options: [Option("--acks", "Writes {\"acknowledged\":n} to standard error whenever n events are durable.")],
    example: "lethe import events.ndjson --json", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
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
          isInterrupted: invocation.interruption.isRequested)
        defer { counts = importer.counts }
        ending = try await importer.run(source)
      }
    } catch {
      failure = error
    }
    return try report(invocation, counts, ending, failure, ContinuousClock.now - clock)
  }

  private static func report(
    _ invocation: Invocation, _ counts: Importer.Counts, _ ending: Importer.Ending, _ failure: LetheError?,
    _ elapsed: Duration
  ) throws(LetheError) -> ExitCode {
    if let failure { try invocation.console.note(ErrorReport.line(failure)) }
    if failure == nil, ending == .interrupted {
      try invocation.console.note(
        "lethe: the import was interrupted; what is counted is durable, and the same import again goes on from there")
    }
    var json = JSONValue.object([
      "events": .int(counts.events), "duplicates": .int(counts.duplicates), "refused": .int(counts.refused),
      "subjects": .int(counts.subjects), "streams": .int(counts.streams), "seconds": .decimal(elapsed.inSeconds),
    ])
    if let failure { json = json.adding(["error": ErrorReport.json(failure)]) }
    if failure == nil, ending == .interrupted { json = json.adding(["interrupted": .bool(true)]) }
    try invocation.result(
      json,
      "Appended \(counts.events.counted("event")) in \(elapsed.inSeconds.withThreeDecimals) s; "
        + "\(counts.duplicates.counted("duplicate")), \(counts.refused.grouped) refused; the input named "
        + "\(counts.subjects.counted("subject")) and \(counts.streams.counted("stream")).")
    if let failure { return ExitCode(failure.code) }
    return ending == .complete && counts.refused == 0 ? .success : .failed
  }
}
