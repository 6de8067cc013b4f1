import LetheSystem
import Testing

@testable import lethe

@Suite struct ScenarioTests {
  static let folder = #filePath.parentPath + "/Scenarios"

  static func names() throws -> [String] { try LocalFileSystem().contents(of: folder) }

  @Test(arguments: try names())
  func `the commands answer as the scenario says`(name: String) async throws {
    let text = String(decoding: try LocalFileSystem().contents(ofFile: "\(Self.folder)/\(name)"), as: UTF8.self)
    let scenario = try Scenario(text)
    #expect(!scenario.steps.isEmpty)
    let clinic = Clinic()
    var bindings = Bindings()
    for step in scenario.steps {
      let words = Scenario.words(bindings.replacing(step.command))
      switch step.program {
      case .lethe: break
      case .cp:
        try Self.copy(words[0], to: words[1])
        continue
      case .rm:
        try Self.remove(words[0])
        continue
      }
      let input = step.input.map { "\($0)\n" }.joined()
      let ran = await clinic.run(words, input: input)
      let place = "\(name):\(step.line): \(step.sentence)"
      #expect(ran.code.rawValue == step.code, "\(place)")
      Self.compare(ran.lines, step.output, &bindings, "\(place) (output)")
      Self.compare(ran.errorLines, step.errors, &bindings, "\(place) (errors)")
    }
  }

  /// A folder with all that is in it.
  private static func copy(_ path: String, to target: String) throws {
    let files = LocalFileSystem()
    for entry in try FolderTree.files(in: path) {
      let place = "\(target)/\(entry.name)"
      try files.createDirectory(place.parentPath)
      try files.copyFile("\(path)/\(entry.name)", to: place)
    }
  }

  private static func remove(_ folder: String) throws {
    for entry in try FolderTree.files(in: folder) { try LocalFileSystem().remove("\(folder)/\(entry.name)") }
  }

  private static func compare(_ lines: [String], _ patterns: [String], _ bindings: inout Bindings, _ place: String) {
    #expect(lines.count == patterns.count, "\(place): \(lines.joined(separator: "\n"))")
    for (line, pattern) in zip(lines, patterns) {
      let isAsTold = bindings.match(line, pattern)
      #expect(isAsTold, "\(place): \(line)")
    }
  }

  @Test func `names in patterns stand for the same everywhere`() {
    var bindings = Bindings()
    func matches(_ line: String, _ pattern: String) -> Bool { bindings.match(line, pattern) }
    #expect(matches("a=12, b=12", "a=‹x›, b=‹x›"))
    #expect(bindings.replacing("--at ‹x›") == "--at 12")
    #expect(!matches("a=13", "a=‹x›"))
    #expect(matches("from here to there", "from … to …"))
    #expect(!matches("from here", "from … to …"))
  }

  @Test func `words are split as a shell does`() {
    #expect(Scenario.words("read '$all'  --from=3 \"two words\" ''") == ["read", "$all", "--from=3", "two words", ""])
  }
}
