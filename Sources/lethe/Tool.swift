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

  /// Runs one command as the system hands it over.
  ///
  /// - Parameter arguments: the bytes of each, without the tool's own name. Only UTF-8 is taken, and all of it: names that
  ///   differ in one byte are different names.
  func run(bytes arguments: [[UInt8]]) async -> ExitCode {
    var texts: [String] = []
    for (place, bytes) in arguments.enumerated() {
      guard let text = String(validating: bytes, as: UTF8.self) else {
        return report(
          LetheError(.usage, "argument \(place + 1) is not UTF-8; write it in UTF-8"),
          wantsJSON: arguments.contains(Array(GlobalOptions.json.name.utf8)))
      }
      texts.append(text)
    }
    return await run(texts)
  }

  private func perform(_ arguments: [String]) async throws(LetheError) -> ExitCode {
    switch try ArgumentParser(commands: Commands.all).parse(arguments) {
    case .help(let words):
      try console.print(HelpText.text(for: words, among: Commands.all).dropLast().description)
    case .version(let parsed):
      let json = JSONValue.object(["version": .string(HelpText.version)])
      try console.print(parsed.has(GlobalOptions.json) ? json.compactText : Array("lethe \(HelpText.version)".utf8))
    case .run(let command, let parsed):
      let arguments = try NameFile.resolve(parsed, of: command, console)
      return try await command.run(
        Invocation(
          arguments, console: console, world: world, interruption: interruption, secretMemory: secretMemory))
    }
    return .success
  }

  private func report(_ error: LetheError, wantsJSON: Bool) -> ExitCode {
    // What cannot be told on one stream is told on the other; where nothing can be written, the exit code alone tells.
    if wantsJSON { try? console.print(JSONValue.object(["error": ErrorReport.json(error)]).compactText) }
    try? console.flush()
    console.note(ErrorReport.line(error))
    return ExitCode(error.code)
  }
}
