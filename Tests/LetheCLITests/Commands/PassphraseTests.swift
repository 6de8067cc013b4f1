import Foundation
import LetheCrypto
import LetheStore
import LetheSystem
import LetheTesting
import Synchronization
import Testing

@testable import lethe

@Suite(.timeLimit(.minutes(20))) struct PassphraseTests {
  /// Somebody at a terminal, and what they were asked.
  private final class Typist: Sendable {
    private let state: Mutex<(answers: [String?], questions: [String])>
    init(_ answers: [String?]) { state = Mutex((answers, [])) }
    var questions: [String] { state.withLock { $0.questions } }

    @Sendable func ask(_ question: String) throws(LetheError) -> Secret? {
      let answer = state.withLock { state in
        state.questions.append(question)
        return state.answers.isEmpty ? nil : state.answers.removeFirst()
      }
      guard let answer else { return nil }
      return try Secret(copying: Array(answer.utf8).span.bytes)
    }
  }

  private static func text(_ secret: borrowing Secret) -> String {
    secret.withBytes { String(decoding: [UInt8](copying: $0), as: UTF8.self) }
  }

  @Test func `it is asked for once, and again before a new cell is sealed by it`() throws {
    let typist = Typist(["dawn", "dawn"])
    let question = PassphraseQuestion(typist.ask)
    for _ in 0..<3 { #expect(try Self.text(question.answer(.opening)) == "dawn") }
    #expect(typist.questions.count == 1)
    for _ in 0..<2 { #expect(try Self.text(question.answer(.sealing)) == "dawn") }
    #expect(typist.questions.count == 2 && typist.questions.allSatisfy { $0.hasSuffix(": ") })
  }

  @Test(
    arguments: [
      ([nil], LetheError.Code.missingKey), ([""], .input), (["dawn", "down"], .input), (["dawn", nil], .missingKey),
    ] as [([String?], LetheError.Code)])
  func `who declines, or types nothing or two things, is not asked again`(
    answers: [String?], code: LetheError.Code
  ) throws {
    let typist = Typist(answers + ["dawn", "dawn"])
    let question = PassphraseQuestion(typist.ask)
    for _ in 0..<2 {
      let error = #expect(throws: LetheError.self) { _ = try question.answer(.sealing) }
      #expect(error?.code == code && error?.message.contains(";") == true)
      #expect(error?.message.contains("dawn") == false)
    }
    #expect(typist.questions.count == answers.count)
  }

  @Test func `a wrong passphrase leaves its cell away, and without anybody to ask the file is named`() async throws {
    let clinic = try await Clinic.made()
    func run(_ answers: [String?], _ arguments: String...) async -> (Ran, Int) {
      let typist = Typist(answers)
      let question = PassphraseQuestion(typist.ask)
      let world = World(
        clock: clinic.clock, passphrasePrompt: question,
        sealingCost: Scrypt.Cost(rounds: 10, blocks: 8, lanes: 1))
      return (await clinic.run(arguments, in: world), typist.questions.count)
    }
    let cell = clinic.folder.path("cell-2")
    let (refused, _) = await run(["dawn", "down"], "key", "cell", "add", cell, "--passphrase")
    #expect(refused.code == .couldNotRun && refused.errors.contains("the two passphrases differ"))
    #expect(!LocalFileSystem().exists(cell))
    let (added, questions) = await run(["dawn", "dawn"], "key", "cell", "add", cell, "--passphrase")
    #expect(added.code == .success && questions == 2, "\(added)")
    let (right, asked) = await run(["dawn"], "subject", "show", "P-1")
    #expect(right.out.hasPrefix("unknown") && right.errors.isEmpty && asked == 1)
    let (wrong, _) = await run(["dusk"], "subject", "show", "P-1")
    #expect(wrong.errors.contains("cell 2 does not open with this passphrase"))
    let nobody = await clinic.run("subject", "show", "P-1")
    #expect(nobody.errors.contains("cell 2 is sealed by a passphrase; name the file"))
  }

  /// `script` of util-linux gives the tool a terminal, and shows what it shows.
  @Test func `at a terminal the passphrase is typed unseen, an interrupt declines, and the terminal is as before`()
    throws
  {
    let folder = TemporaryDirectory()
    let (home, cell, tool) = (folder.path("home"), folder.path("cell-2"), try ProcessTests.tool())
    #expect(try SpawnedProcess(tool, ["init", "--home", home]).finish().code == 0)

    /// Runs a command between two looks at the terminal, and types each answer once it is asked for.
    func typing(_ answers: [String], _ command: String) throws -> (code: Int32, shown: String) {
      let line =
        "stty -a | grep -o '[-]*echo '; '\(tool)' --home '\(home)' \(command); code=$?; "
        + "stty -a | grep -o '[-]*echo '; exit $code"
      let child = try SpawnedProcess(
        "/usr/bin/env", ["-u", World.passphraseVariable, "script", "-qec", line, "/dev/null"])
      var shown = ""
      for answer in answers {
        let before = Self.questions(in: shown)
        while Self.questions(in: shown) == before {
          let more = child.output.availableData
          if more.isEmpty { break }
          shown += String(decoding: more, as: UTF8.self)
        }
        try child.write(answer)
      }
      let ran = try child.finish()
      return (ran.code, shown + ran.out)
    }

    let secret = "rosy-fingered-dawn"
    let added = try typing(["\(secret)\n", "\(secret)\n"], "key cell add '\(cell)' --passphrase")
    #expect(added.code == 0 && added.shown.contains("2 cells"), "\(added)")
    let shown = try typing(["\(secret)\n"], "subject show P-1")
    #expect(shown.shown.contains("unknown") && !shown.shown.contains("cell 2"), "\(shown)")
    let declined = try typing(["ros\u{3}"], "subject show P-1")
    #expect(declined.shown.contains("no passphrase was given"), "\(declined)")
    for ran in [added, shown, declined] {
      #expect(!ran.shown.contains("rosy") && !ran.shown.contains("-echo"))
      #expect(ran.shown.split(separator: "echo", omittingEmptySubsequences: false).count == 3, "\(ran)")
    }
    // What is no terminal is not asked.
    let piped = try SpawnedProcess(
      "/usr/bin/env", ["-u", World.passphraseVariable, tool, "--home", home, "subject", "show", "P-1"])
    try piped.input.close()
    #expect(try piped.finish().errors.contains("cell 2 is sealed by a passphrase; name the file"))
  }

  private static func questions(in text: String) -> Int {
    text.split(separator: "cells: ", omittingEmptySubsequences: false).count
      + text.split(separator: "new cell: ", omittingEmptySubsequences: false).count
  }
}
