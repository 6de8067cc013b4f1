internal import LetheLog
internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe read`.
enum ReadCommand {
  static let command = Command(
    "read", "Reads events, one a line as JSON.",
    operands: [
      Operand("STREAM", "The stream's name, id: and its 32 digits, or '$all' for the whole log.")
    ],
    options: [
      Option("--from", "N", "The revision, or in $all the position, that comes first."),
      Option("--limit", "N", "How many lines at most."),
      Option("--since", "TIME|DURATION", "Only what was recorded at this time or later, or within this duration."),
      Option("--since-event", "TIME|DURATION", "Only events whose own time is this or later."),
      Option("--backwards", "Newest first."),
      Option("--follow", "Waits for more; needs a server, which this version has not."),
      Option("--system", "System facts too; with '$all' only."),
    ],
    example: "lethe read patient-1042 --since P30D", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let arguments = invocation.arguments
    let selection = try StreamArgument.selection(arguments.operand("STREAM") ?? "")
    guard !arguments.switches.contains("--follow") else {
      throw LetheError(
        .usage, "--follow needs a server that others append through, and there is none yet; read again with --from")
    }
    let facts: ReadOptions.Facts = arguments.switches.contains("--system") ? .included : .hidden
    guard facts == .hidden || selection == .all else {
      throw LetheError(.usage, "--system goes with '$all' only, since no stream has system facts; read '$all'")
    }
    let now = invocation.world.clock.now()
    let options = ReadOptions(
      start: try arguments.number("--from"), limit: try arguments.count("--limit"),
      since: try arguments.moment("--since", now: now), sinceEventTime: try arguments.moment("--since-event", now: now),
      direction: arguments.switches.contains("--backwards") ? .backwards : .forwards, facts: facts)
    let console = invocation.console
    let lines = ReadOutput(home: invocation.home, files: invocation.world.files)
    try await invocation.withStore { (store) throws(LetheError) in
      // Lines that are held back when a record turns out to be damaged are good, and are written before the error.
      try store.read(selection, options) { (item) throws(LetheError) in
        try console.print(lines.line(for: item))
        return console.isReaderGone ? .stop : .continue
      }
    }
    return .success
  }
}
