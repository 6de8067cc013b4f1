internal import LetheCrypto
internal import LethePolicies
internal import LetheStore
internal import LetheSystem
internal import LetheTesting

@testable internal import lethe

/// What a command did.
struct Ran {
  let code: ExitCode
  let out: String
  let errors: String

  var lines: [String] { out.split(separator: "\n").map(String.init) }
  var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

  /// The last line of the output as JSON.
  func json() throws -> JSONValue { try JSONValue(parsing: Array((lines.last ?? "").utf8)) }
}

/// A home of a test's own and the tool to work on it, in this process.
struct Clinic: Sendable {
  let folder = TemporaryDirectory()
  let clock = ManualClock()

  var home: String { folder.path("home") }

  /// Runs a command on the home.
  func run(_ arguments: String..., input: String = "") async -> Ran { await run(arguments, input: input) }

  func run(_ arguments: [String], input: String = "") async -> Ran {
    await run(arguments, source: HeldBytes(Array(input.utf8)), Interruption())
  }

  /// Runs it in a world of the test's own.
  func run(_ arguments: [String], in world: World) async -> Ran {
    await run(arguments, source: HeldBytes([]), Interruption(), in: world)
  }

  func run(
    _ arguments: [String], source: any ByteSource, _ interruption: Interruption, output: MemorySink = MemorySink(),
    in world: World? = nil
  ) async -> Ran {
    let errors = MemorySink()
    let tool = Tool(
      console: Console(input: source, output: output, errors: errors), world: world ?? World(clock: clock),
      interruption: interruption, secretMemory: { .locked })
    let code = await tool.run(["--home", home] + arguments)
    return Ran(code: code, out: output.text, errors: errors.text)
  }

  /// A home that is made already.
  static func made() async throws -> Clinic {
    let clinic = Clinic()
    let ran = await clinic.run("init")
    guard ran.code == .success else { throw LetheError(.io, ran.errors) }
    return clinic
  }
}

/// An event as its sender writes it.
func event(
  _ id: String, stream: String? = nil, subject: String? = nil, type: String = "SymptomReported", data: String = "{}"
) -> String {
  let streamMember = stream.map { ",\"stream\":\"\($0)\"" } ?? ""
  let subjectMember = subject.map { ",\"datasubject\":\"\($0)\"" } ?? ""
  return
    "{\"specversion\":\"1.0\",\"id\":\"\(id)\",\"source\":\"test\",\"type\":\"\(type)\"\(streamMember)\(subjectMember),"
    + "\"data\":\(data)}"
}
