import LetheSystem
import LetheTesting
import Testing

@testable import lethe

/// Every command where a standard stream takes nothing: a full disk behind it, or a descriptor that is closed.
@Suite(.timeLimit(.minutes(20))) struct UnwritableStreamTests {
  private static let commands = (FailingCallTests.looks + FailingCallTests.changes)
    .filter { $0.beginning != .none && $0.beginning != .withoutPages }

  /// The trial's home with a read model that owes a purge, so that every opening has something to note.
  private func owing(_ trial: FailingCallTests.Trial) async throws -> SimulatedHome {
    let home = try await SimulatedHome.made(trial.beginning)
    let whole = try home.files.contents(of: SimulatedHome.path + "/ReadModels")
    #expect(whole.contains("medication.sqlite"))
    try home.files.replace(SimulatedHome.path + "/ReadModels/broken.sqlite", with: [UInt8](repeating: 7, count: 5000))
    let ran = await home.run("forget now P-3 --ground 17-1-b --by alice --approver bob")
    try #require(ran.code == .failed && ran.errors.contains("the read model broken owes a purge"), "\(ran)")
    return home
  }

  @Test(arguments: commands)
  func `a note that cannot be written is lost, and the command does its work`(trial: FailingCallTests.Trial)
    async throws
  {
    let home = try await owing(trial)
    let (heard, unheard) = (home.killed(), home.killed())
    let expected = await heard.run(trial.line, input: trial.input)
    let ran = await unheard.run(trial.line, input: trial.input, errors: .full)
    #expect(ran.code == expected.code && ran.lines.count == expected.lines.count, "\(ran) instead of \(expected)")
    let (found, done) = (await Standing(of: unheard.killed()), await Standing(of: heard.killed()))
    #expect(found.difference(from: done) == nil)
  }

  @Test(arguments: [
    ("append patient-P-1 --expect none", ExitCode.failed), ("append patient-P-1 --expect what", .usage),
    ("read patient-nobody", .failed), ("audit proof 99999", .couldNotRun), ("restore --from /nowhere", .couldNotRun),
  ])
  func `an error that cannot be written on either stream ends with its own exit code`(line: String, code: ExitCode)
    async throws
  {
    for form in ["", " --json"] {
      for (output, errors) in [(MemorySink.full, MemorySink()), (MemorySink(), .full), (.full, .full)] {
        let home = try await SimulatedHome.made(.closed)
        let input = event("9", subject: "P-1")
        #expect(await home.run(line + form, input: input).code == code)
        let ran = await home.run(line + form, input: input, output: output, errors: errors)
        #expect(ran.code == code, "\(line)\(form): \(ran)")
      }
    }
  }
}
