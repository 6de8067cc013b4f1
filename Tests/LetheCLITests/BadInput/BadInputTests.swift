import Glibc
import LethePolicies
import LetheSystem
import LetheTesting
import Testing

@testable import lethe

/// Whatever is wrong with what the tool is given: one sentence, the exit code that the contract names, nothing of
/// anybody in it, and everything that was acknowledged before is still there.
@Suite struct BadInputTests {
  @Test(arguments: try BadCase.all().filter { $0.circumstance == nil })
  func `it is told in one sentence and harms nothing`(bad: BadCase) async throws {
    let home = try await BadHome.copied()
    let before = try await BadHome.eventsBefore()
    let undo = try home.apply(bad.changes)
    for json in [false, true] {
      let ran = await home.run(bad.words(home.path, json: json), bad.input ?? [])
      bad.check(ran.code.rawValue, ran.out, ran.errors, json: json)
    }
    try undo()
    let after = try await home.events()
    #expect(after.starts(with: before) && after.count == before.count + bad.acknowledged, "\(bad.place)")
  }

  @Test func `there are at least sixty of them, each told once`() throws {
    let cases = try BadCase.all()
    #expect(cases.count >= 60)
    #expect(Set(cases.map(\.sentence)).count == cases.count)
    for bad in cases { #expect(bad.answers.count == 1 && bad.exit != 0, "\(bad.place)") }
  }

  @Test func `a notation stands for bytes`() throws {
    let event = String(decoding: try Notation.bytes(#"{…,"id":"1"}"#), as: UTF8.self)
    #expect(event.hasPrefix(#"{"specversion":"1.0","source":"#) && event.hasSuffix(#","data":"canary","id":"1"}"#))
    #expect(try Notation.bytes("a‹c0 af›b‹xy×3›") == [0x61, 0xC0, 0xAF, 0x62] + Array("xyxyxy".utf8))
    #expect(throws: LetheError(.input, "")) { try Notation.bytes("‹zz›") }
  }
}

extension BadCase {
  /// The command's arguments.
  func words(_ home: String, json: Bool) -> [String] {
    let words = Scenario.words(
      command.replacing("HOME", with: home).replacing("LONG", with: String(repeating: "a", count: 1025)))
    return (words.contains("--home") ? [] : ["--home", home]) + words + (json ? ["--json"] : [])
  }

  /// Holds what a command answered against the table.
  func check(_ given: Int32, _ out: String, _ errors: String, json: Bool) {
    let answers = answers.map { $0.replacing("PID", with: String(getpid())) }
    #expect(given == exit, "\(place): \(errors)")
    let lines = errors.split(separator: "\n").map(String.init)
    #expect(lines == answers.map { "lethe: \($0)" }, "\(place)")
    #expect(!out.lowercased().contains("canary") && !errors.lowercased().contains("canary"), "\(place)")
    guard json else { return }
    let last = out.split(separator: "\n").last.map(String.init) ?? ""
    guard let object = try? JSONValue(parsing: Array(last.utf8)) else {
      Issue.record("\(place): no JSON object on the last line: \(last)")
      return
    }
    guard let code, let answer = answers.first else {
      #expect(object["error"] == nil, "\(place)")
      return
    }
    let error = JSONValue.object(["code": .string(code), "message": .string(answer)])
    #expect(object["error"]?.isEquivalent(to: error) ?? false, "\(place): \(last)")
  }
}
