import LetheSystem
import Testing

@testable import lethe

@Suite struct ArgumentParserTests {
  static let fruit = Command(
    "fruit pick", "Picks fruit.", operands: [Operand("TREE", "A tree."), Operand("BASKET", .optional, "A basket.")],
    options: [
      Option("--count", "N", "How many."), Option("--ripe", "Only ripe ones."),
      Option("--kind", "K", .repeated, "Which."), Option("--by", "WHO", .required, "Who."),
    ], example: "lethe fruit pick oak"
  ) { _ in .success }
  static let water = Command("water", "Waters.", example: "lethe water") { _ in .success }
  static let parser = ArgumentParser(commands: [fruit, water])

  static func parsed(_ line: String) throws -> ParsedArguments {
    guard case .run(_, let parsed) = try parser.parse(line.split(separator: " ").map(String.init)) else {
      throw LetheError(.usage, "not a command")
    }
    return parsed
  }

  static func message(_ line: String) -> String {
    do { _ = try parser.parse(line.split(separator: " ").map(String.init)) } catch { return error.message }
    return "accepted"
  }

  @Test(arguments: [
    "--home H --json fruit pick oak --by me --count 3", "fruit --json pick --count=3 oak --by=me --home=H",
    "fruit pick --by me --count 3 oak --home H --json", "fruit pick --json --home H --by me --count 3 -- oak",
  ])
  func `options of every command stand anywhere`(line: String) throws {
    let parsed = try Self.parsed(line)
    #expect(parsed.value(of: "--home") == "H" && parsed.has(GlobalOptions.json))
    #expect(parsed.operand("TREE") == "oak" && parsed.operand("BASKET") == nil)
    #expect(try parsed.count("--count") == 3 && parsed.value(of: "--by") == "me")
  }

  @Test func `a value may follow or stand behind an equals sign`() throws {
    #expect(try Self.parsed("fruit pick t --by=a=b").value(of: "--by") == "a=b")
    #expect(try Self.parsed("fruit pick t --by -").value(of: "--by") == "-")
    #expect(try Self.parsed("fruit pick t --by=--odd").value(of: "--by") == "--odd")
  }

  @Test func `two hyphens end the options`() throws {
    let parsed = try Self.parsed("fruit pick --by me -- --ripe -x")
    #expect(parsed.operand("TREE") == "--ripe" && parsed.operand("BASKET") == "-x")
    #expect(!parsed.switches.contains("--ripe"))
  }

  @Test func `a hyphen alone is an operand`() throws {
    #expect(try Self.parsed("fruit pick - --by me").operand("TREE") == "-")
  }

  @Test func `only options that say so may come more than once`() throws {
    #expect(try Self.parsed("fruit pick t --by a --kind x --kind=y").values(of: "--kind") == ["x", "y"])
    #expect(Self.message("fruit pick t --by a --by b") == "--by is given twice; keep one")
  }

  @Test(arguments: [
    ("", "no command is given; see `lethe --help`"),
    ("fruit", "`lethe fruit` needs one more word; write `pick` behind it"),
    ("watr", "there is no such command; did you mean `lethe water`?"),
    ("fruit pik t", "there is no such command; did you mean `lethe fruit pick`?"),
    ("fruit P-1234567", "there is no such command; see `lethe fruit --help`"),
    ("secret-person", "there is no such command; see `lethe --help`"),
    ("water --jsn", "argument 2 is an unknown option; did you mean --json?"),
    ("water --person-4711", "argument 2 is an unknown option; see `lethe water --help`"),
    ("water -x", "argument 2 is an unknown option; see `lethe water --help`"),
    ("--count 3 fruit pick t", "argument 1 is an option of a command; write it behind the command"),
    ("fruit pick t --by", "--by needs a value; write --by WHO"),
    ("fruit pick t --by --ripe", "--by needs a value; write --by WHO"),
    ("fruit pick t", "--by is missing; add --by WHO"),
    ("fruit pick --by me", "TREE is missing; see `lethe fruit pick --help`"),
    ("water --json=yes", "--json takes no value; leave out what follows the ="),
    (
      "fruit pick a b c --by me",
      "there is 1 more argument than `lethe fruit pick` takes; put quotes around values with spaces"
    ),
  ])
  func `what is not understood is explained without repeating it`(line: String, message: String) {
    #expect(Self.message(line) == message)
  }

  @Test func `help and version win over what is missing`() throws {
    for (line, words) in [
      ("--help", []), ("fruit --help", ["fruit"]), ("fruit pick --help", ["fruit", "pick"]),
      ("--help water", ["water"]),
    ] {
      guard case .help(let found) = try Self.parser.parse(line.split(separator: " ").map(String.init)) else {
        Issue.record("\(line) is no help")
        continue
      }
      #expect(found == words)
    }
    guard case .version = try Self.parser.parse(["--version"]) else {
      Issue.record("no version")
      return
    }
  }

  @Test func `numbers that are none are refused without repeating them`() throws {
    for line in ["fruit pick t --by a --count many", "fruit pick t --by a --count=-1", "fruit pick t --by a --count 0"]
    {
      let parsed = try Self.parsed(line)
      #expect(throws: LetheError(.usage, "")) { try parsed.count("--count") }
    }
  }
}
