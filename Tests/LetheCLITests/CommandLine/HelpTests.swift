import LetheSystem
import Testing

@testable import lethe

@Suite struct HelpTests {
  static let golden = #filePath.parentPath.parentPath + "/Golden"

  /// Shown against the files in Golden/, which are read when help is changed on purpose.
  static func text(_ name: String) throws -> String {
    String(decoding: try LocalFileSystem().contents(ofFile: "\(golden)/\(name).txt"), as: UTF8.self)
  }

  @Test func `the list of commands is as agreed`() throws {
    #expect(HelpText.text(for: [], among: Commands.all) == (try Self.text("lethe")))
  }

  @Test(arguments: Commands.all.map(\.words))
  func `a command's help is as agreed`(words: [String]) throws {
    #expect(HelpText.text(for: words, among: Commands.all) == (try Self.text(words.joined(separator: "-"))))
  }

  @Test(arguments: Commands.advice.keys)
  func `help of a group of commands that has advice is as agreed`(words: [String]) throws {
    #expect(HelpText.text(for: words, among: Commands.all) == (try Self.text(words.joined(separator: "-"))))
  }

  @Test func `every agreed text belongs to a command`() throws {
    let names = try LocalFileSystem().contents(of: Self.golden).map { String($0.dropLast(4)) }
    #expect(
      Set(names)
        == Set((Commands.all.map(\.words) + Commands.advice.keys).map { $0.joined(separator: "-") } + ["lethe"]))
  }

  @Test(arguments: Commands.all.map(\.name))
  func `a command's example is one of it`(name: String) throws {
    let command = try #require(Commands.all.first { $0.name == name })
    let arguments = command.example.split(separator: " ").dropFirst().map(String.init)
    guard case .run(let found, _) = try ArgumentParser(commands: Commands.all).parse(arguments) else {
      Issue.record("the example runs nothing")
      return
    }
    #expect(found.name == name)
  }

  @Test func `every sentence ends with a full stop`() {
    for command in Commands.all {
      let sentences = [command.summary] + command.operands.map(\.help) + command.options.map(\.help)
      #expect(sentences.allSatisfy { $0.hasSuffix(".") }, "\(command.name)")
    }
  }
}
