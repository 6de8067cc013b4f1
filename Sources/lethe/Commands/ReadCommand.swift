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
      Option("--follow", "Then waits for what others append, until it is interrupted."),
      Option("--system", "System facts too; with '$all' only."),
    ],
    naming: .operand("STREAM"), example: "lethe read patient-1042 --since P30D", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let arguments = invocation.arguments
    let selection = try StreamArgument.selection(arguments.operand("STREAM") ?? "")
    let facts: ReadOptions.Facts = arguments.switches.contains("--system") ? .included : .hidden
    guard facts == .hidden || selection == .all else {
      throw LetheError(.usage, "--system goes with '$all' only, since no stream has system facts; read '$all'")
    }
    let now = invocation.world.clock.now()
    let options = ReadOptions(
      start: try arguments.number("--from"), limit: try arguments.count("--limit"),
      since: try arguments.moment("--since", now: now), sinceEventTime: try arguments.moment("--since-event", now: now),
      direction: arguments.switches.contains("--backwards") ? .backwards : .forwards, facts: facts, cores: .two)
    let console = invocation.console
    let lines = ReadOutput(home: invocation.home, files: invocation.world.files)
    if arguments.switches.contains("--follow") {
      try follow(invocation, selection, options, lines)
      return .success
    }
    try await invocation.withStore { (store) throws(LetheError) in
      // Lines that are held back when a record turns out to be damaged are good, and are written before the error.
      try store.read(selection, options) { (item) throws(LetheError) in
        try console.print(lines.line(for: item))
        return console.isReaderGone ? .stop : .continue
      }
    }
    return .success
  }

  /// Nothing of the home is held while nothing comes, so an interrupt may just end the process.
  private static func follow(
    _ invocation: Invocation, _ selection: Selection, _ options: ReadOptions, _ lines: ReadOutput
  ) throws(LetheError) {
    let console = invocation.console
    invocation.interruption.letDie()
    let end = FollowEnd()
    // Who takes no more lines is not to be noticed only at the next one.
    try console.watchReader { end.call() }
    var isOpened = false
    try HomeFollowing(invocation.home, selection, options, waiting: invocation.patience, in: invocation.world).run(
      until: end,
      told: { (moment) throws(LetheError) in
        switch moment {
        case .opened(let store):
          if isOpened { try invocation.settleForgets(store) } else { try invocation.tellOfHome(store) }
          isOpened = true
        case .waiting: try console.flush()
        case .locked(let error): console.note("lethe: \(error.message); what it appends is read then")
        }
      },
      { (item) throws(LetheError) in
        try console.print(lines.line(for: item))
        return console.isReaderGone ? .stop : .continue
      })
  }
}
