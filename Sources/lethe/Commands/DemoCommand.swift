internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe demo`.
enum DemoCommand {
  static let command = Command(
    "demo", "Tells the whole life of a home with made-up patients, and checks every step while it tells it.",
    options: [
      Option("--keep", "DIR", "A new folder in which home and backup are left; nothing is left unless given."),
      Option("--subjects", "N", "How many patients; 200 unless given."),
      Option("--events", "N", "How many events, at least 10 and one for each patient; 4000 unless given."),
    ],
    example: "lethe demo", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let arguments = invocation.arguments
    let subjects = try arguments.count("--subjects") ?? 200
    let clinic = DemoClinic(subjects: subjects, events: try arguments.count("--events") ?? max(4000, subjects + 10))
    let folders = try DemoFolders(keeping: arguments.value(of: "--keep"))
    let start = ContinuousClock.now
    var story = DemoStory(clinic, in: folders, console: invocation.console, world: invocation.world)
    var failure: LetheError?
    do { try await story.tell() } catch { failure = error }
    try folders.remove()
    return try report(story.teller, clinic, failure, ContinuousClock.now - start, invocation)
  }

  private static func report(
    _ teller: DemoTeller, _ clinic: DemoClinic, _ failure: LetheError?, _ elapsed: Duration, _ invocation: Invocation
  ) throws(LetheError) -> ExitCode {
    let isOK = failure == nil && teller.isAsTold
    var json = JSONValue.object([
      "ok": .bool(isOK), "steps": .int(teller.stepCount), "failed": .array(teller.failed.map { .string($0) }),
      "events": .int(clinic.lines.count), "subjects": .int(clinic.patients.count),
      "seconds": .decimal(elapsed.inSeconds),
    ])
    if let failure {
      json = json.adding(["error": ErrorReport.json(failure)])
      invocation.console.note(ErrorReport.line(failure))
    }
    let text =
      isOK
      ? "All \(teller.stepCount) steps were as told, in \(elapsed.inSeconds.withThreeDecimals) s."
      : "Not everything was as told; run `lethe audit verify` on a home that you keep, and report this."
    try invocation.console.print("")
    try invocation.result(json, text)
    if let failure { return ExitCode(failure.code) }
    return isOK ? .success : .failed
  }
}
