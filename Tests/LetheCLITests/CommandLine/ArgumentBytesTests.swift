internal import LetheCrypto
internal import LetheStore
internal import LetheSystem
internal import LetheTesting
import Testing

@testable internal import lethe

@Suite struct ArgumentBytesTests {
  /// Runs the tool with arguments as the system gives them.
  static func run(_ clinic: Clinic, _ arguments: [[UInt8]]) async -> Ran {
    let (output, errors) = (MemorySink(), MemorySink())
    let tool = Tool(
      console: Console(input: HeldBytes([]), output: output, errors: errors), world: World(clock: clinic.clock),
      interruption: Interruption(), secretMemory: { .locked })
    let code = await tool.run(bytes: ["--home", clinic.home].map { Array($0.utf8) } + arguments)
    return Ran(code: code, out: output.text, errors: errors.text)
  }

  static func words(_ words: String...) -> [[UInt8]] { words.map { Array($0.utf8) } }

  @Test(arguments: ["P-\u{FFFD}", "\u{E9}", "e\u{301}", "\u{301}", "\u{10FFFF}"])
  func `an id of any UTF-8 is found by its bytes alone`(id: String) async throws {
    let clinic = try await Clinic.made()
    let imported = await clinic.run("import", "-", input: event("1", stream: "s-\(id)", subject: id))
    #expect(imported.code == .success)
    for other in ["P-\u{FFFD}", "\u{E9}", "e\u{301}", "\u{301}", "\u{10FFFF}"] {
      let shown = await Self.run(clinic, Self.words("subject", "show", other, "--json"))
      let isSame = other.utf8.elementsEqual(id.utf8)
      #expect(shown.out.contains(isSame ? "\"state\":\"live\"" : "\"state\":\"unknown\""), "\(other)")
    }
    #expect(await Self.run(clinic, Self.words("read", "s-\(id)")).lines.count == 1)
  }

  @Test(arguments: [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xEF, 0xBF], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]])
  func `bytes that are not UTF-8 are refused by their place`(bytes: [UInt8]) async throws {
    let clinic = Clinic()
    let ran = await Self.run(clinic, Self.words("subject", "show", "--json") + [bytes])
    #expect(ran.code == .usage && ran.errors == "lethe: argument 6 is not UTF-8; write it in UTF-8\n")
    #expect(ran.out.contains("\"code\":\"usage\""))
  }

  /// The address sanitizer needs it itself.
  @Test(.enabled(if: PrivateMount.isPossible && !Sanitizer.isActive)) func `a command needs no /proc`() throws {
    let script = "mount -t tmpfs none /proc && exec \"$@\""
    let words = ["--user", "--map-root-user", "--mount", "/bin/sh", "-c", script, "sh", try ProcessTests.tool()]
    let ran = try SpawnedProcess("/usr/bin/unshare", words + ["--version", "--json"]).finish()
    #expect(ran.code == 0 && ran.out == "{\"version\":\"\(HelpText.version)\"}\n", "\(ran.errors)")
  }

  @Test func `a mark that combines with a hyphen or an equals sign hides neither`() throws {
    let parser = ArgumentParserTests.parser
    guard case .run(_, let parsed) = try parser.parse(["fruit", "pick", "oak", "--by=\u{301}x"]) else {
      Issue.record("not a command")
      return
    }
    #expect(parsed.value(of: "--by")?.utf8.elementsEqual("\u{301}x".utf8) == true)
    #expect(throws: LetheError(.usage, "")) { try parser.parse(["fruit", "pick", "-\u{301}", "--by", "me"]) }
  }

  @Test func `a value that is empty is refused, wherever it stands`() {
    for arguments in [
      ["fruit", "pick", "oak", "--by", ""], ["fruit", "pick", "oak", "--by="], ["--home", "", "water"],
      ["fruit", "pick", "", "--by", "me"], ["fruit", "pick", "oak", "", "--by", "me"],
      ["fruit", "pick", "oak", "--by", "me", "--kind", ""], ["fruit", "pick", "--by", "me", "--", ""],
    ] {
      #expect(throws: LetheError(.usage, ""), "\(arguments)") { try ArgumentParserTests.parser.parse(arguments) }
    }
  }
}
