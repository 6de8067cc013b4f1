internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// `lethe append`.
enum AppendCommand {
  static let command = Command(
    "append", "Appends one event, or all of an array or none, to a stream.",
    operands: [
      Operand("STREAM", "The stream's name."),
      Operand("FILE", .optional, "One CloudEvent as JSON or an array of them; standard input unless given, or for -."),
    ],
    options: [
      Option(
        "--expect", "any|none|exists|N",
        "What the stream must be like: anything, not there, there, or at revision N; any unless given.")
    ],
    naming: .operand("STREAM"), example: "lethe append patient-1042 event.json --expect none", run: run)

  private static func run(_ invocation: Invocation) async throws(LetheError) -> ExitCode {
    let stream = try StreamArgument.name(invocation.arguments.operand("STREAM") ?? "")
    let expected = try expectation(invocation.arguments.value(of: "--expect") ?? "any")
    let events = try CloudEvent.events(json: InputFile.events(invocation))
    guard events.allSatisfy({ $0.stream == nil || $0.stream == stream }) else {
      throw LetheError(.usage, "an event names another stream than the command; correct one of them")
    }
    let request = AppendRequest(to: stream, events, expecting: expected)
    let receipt = try await invocation.withStore { (store) async throws(LetheError) in try await store.append(request) }
    let revisions =
      receipt.firstRevision == receipt.lastRevision
      ? "revision \(receipt.firstRevision)" : "revisions \(receipt.firstRevision) to \(receipt.lastRevision)"
    let count = events.count.counted("event")
    let place = "\(revisions), position \(receipt.position)"
    try invocation.result(
      .object([
        "stream": .string(stream.text),
        "firstRevision": .int(receipt.firstRevision),
        "lastRevision": .int(receipt.lastRevision),
        "position": .int(receipt.position),
      ]), receipt.outcome == .appended ? "Appended \(count): \(place)." : "Nothing new: \(count) known as \(place).")
    return .success
  }

  private static func expectation(_ text: String) throws(LetheError) -> ExpectedRevision {
    switch text {
    case "any": return .any
    case "none": return .noStream
    case "exists": return .streamExists
    case let text:
      guard let revision = UInt64(text) else {
        throw LetheError(.usage, "--expect takes any, none, exists or a revision from 0; write one of them")
      }
      return .exactly(revision)
    }
  }
}
