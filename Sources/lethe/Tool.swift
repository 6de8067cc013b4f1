internal import LetheCrypto
internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// The command-line tool, but for the process around it: arguments in, an exit code out.
struct Tool: Sendable {
  let console: Console
  let world: World
  let interruption: Interruption
  /// Whether this machine lets secrets be kept from swap.
  let secretMemory: @Sendable () -> SecretMemory.Status

  init(
    console: Console, world: World = World(), interruption: Interruption,
    secretMemory: @escaping @Sendable () -> SecretMemory.Status = { SecretMemory.status }
  ) {
    self.console = console
    self.world = world
    self.interruption = interruption
    self.secretMemory = secretMemory
  }

  /// Runs one command; every error is told before it returns.
  ///
  /// - Parameter arguments: without the tool's own name.
  func run(_ arguments: [String]) async -> ExitCode {
    do {
      let code = try await perform(arguments)
      try console.flush()
      return code
    } catch {
      return report(error, wantsJSON: arguments.contains(GlobalOptions.json.name))
    }
  }

  private func perform(_ arguments: [String]) async throws(LetheError) -> ExitCode {
    // Swift puts U+FFFD in the place of bytes that are no UTF-8, which would make one name of several.
    if let number = arguments.firstIndex(where: { $0.unicodeScalars.contains("\u{FFFD}") }) {
      throw LetheError(.usage, "argument \(number + 1) is not UTF-8; write it in UTF-8")
    }
    switch try ArgumentParser(commands: Commands.all).parse(arguments) {
    case .help(let words):
      try console.print(HelpText.text(for: words, among: Commands.all).dropLast().description)
    case .version(let parsed):
      let json = JSONValue.object(["version": .string(HelpText.version)])
      try console.print(parsed.has(GlobalOptions.json) ? json.compactText : Array("lethe \(HelpText.version)".utf8))
    case .run(let command, let parsed):
      return try await command.run(
        Invocation(
          parsed, console: console, world: world, interruption: interruption, secretMemory: secretMemory))
    }
    return .success
  }

  private func report(_ error: LetheError, wantsJSON: Bool) -> ExitCode {
    // What cannot be told on one stream is told on the other; where nothing can be written, the exit code alone tells.
    var isTold = true
    do throws(LetheError) {
      if wantsJSON { try console.print(JSONValue.object(["error": ErrorReport.json(error)]).compactText) }
      try console.flush()
    } catch { isTold = false }
    do throws(LetheError) { try console.note(ErrorReport.line(error)) } catch { isTold = false }
    guard isTold else { return .couldNotRun }
    return console.isReaderGone && error.code == .io ? .success : ExitCode(error.code)
  }
}
