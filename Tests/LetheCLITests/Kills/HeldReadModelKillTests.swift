import Foundation
import LetheSQLite
import LetheSystem
import LetheTesting
import Testing

/// Forgets by the real tool, killed at any time, while another process holds a read model; `LETHE_EXHAUSTIVE=1` kills 200.
@Suite(.timeLimit(.minutes(30))) struct HeldReadModelKillTests {
  private let folder = TemporaryDirectory()
  private var home: String { folder.path("home") }
  private var model: String { home + "/ReadModels/medication.sqlite" }

  private func run(_ words: String...) throws -> (code: Int32, out: String, errors: String) {
    try SpawnedProcess(ProcessTests.tool(), words + ["--home", home]).finish()
  }

  private func canary(_ person: Int) -> String { "canary~\(person)~yranac" }

  private func fill(_ people: Int) throws {
    try #require(try run("init").code == 0)
    let lines = (0..<people).map { number in
      let data = #"{"code":"c","description":"\#(canary(number)) tablet","start":"2026-01-01"}"#
      return event(
        "e-\(number)", stream: "p-\(number)", subject: "P-\(number)", type: "MedicationPrescribed", data: data) + "\n"
    }
    let file = folder.path("events.ndjson")
    try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: file))
    try #require(try run("import", file).code == 0)
    try #require(try run("projection", "run").code == 0)
  }

  /// Names of files of ReadModels/ that hold a person's text or id.
  private func residue(_ person: Int) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: home + "/ReadModels").filter { name in
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(home)/ReadModels/\(name)"))
      return [canary(person), "P-\(person)\""].contains { bytes.range(of: Data($0.utf8)) != nil }
    }
  }

  /// Another process, as the tool sees it. Nobody may open the file otherwise in this one meanwhile.
  private func hold(_ isWriting: Bool) throws -> Database {
    let database = try Database(path: model, mode: .readWrite)
    try database.run(isWriting ? "BEGIN IMMEDIATE" : "BEGIN")
    _ = try database.rows("SELECT kid FROM \"rows\"") { (row) throws(LetheError) in try row.integer(0) }
    return database
  }

  @Test func `P6 nothing of the forgotten is left in ReadModels once nobody holds a file and a command has run`() throws
  {
    let kills = Exhaustive.count(4, of: 200)
    try fill(kills + 3)
    let clock = ContinuousClock()
    var random = SeededGenerator(seed: 400)
    // How long one takes; kills fall anywhere in that time, which follows what the machine does.
    var whole = Duration.milliseconds(200)
    var (killedCount, begunCount, owedCount) = (0, 0, 0)
    for person in 0...kills {
      let holder = try hold(person.isMultiple(of: 2))
      let start = clock.now
      let child = try SpawnedProcess(
        ProcessTests.tool(),
        ["forget", "now", "P-\(person)", "--ground", "17-1-b", "--by", "a", "--approver", "b", "--wait", "PT0S"]
          + ["--home", home])
      if person == 0 {
        // One that nobody kills ends with 1, since a purge is due.
        #expect(try child.finish().code == 1)
        whole = clock.now - start
      } else {
        let delay = whole * Double.random(in: 0.4...1.3, using: &random)
        let wasKilled = KilledHome.kill(child, after: delay).wasKilled
        killedCount += wasKilled ? 1 : 0
        whole = whole * (wasKilled ? 1.1 : 0.8)
      }

      let subject = try run("subject", "show", "P-\(person)")
      let hasBegun = !subject.out.hasPrefix("live")
      let shown = try run("projection", "show", "medication")
      #expect(shown.code == 0, "\(shown)")
      #expect(
        shown.out.contains(canary(kills + 1)) && shown.out.contains(canary(person)) != hasBegun, "person \(person)")
      let audit = try run("audit", "verify")
      if hasBegun {
        begunCount += 1
        owedCount += audit.code == 1 ? 1 : 0
        #expect(audit.code == 1 && audit.out.contains("medication owes a purge"), "person \(person): \(audit)")
        #expect(subject.code == 0 && subject.errors.contains("medication"), "person \(person): \(subject)")
      } else {
        #expect(audit.code == 0, "person \(person): \(audit)")
      }

      try holder.run("ROLLBACK")
      try holder.close()
      let next = try run("subject", "show", "P-\(kills + 1)")
      #expect(next.code == 0 && next.errors.isEmpty, "person \(person): \(next)")
      #expect(try residue(person).isEmpty == hasBegun, "person \(person)")
    }
    #expect(try run("audit", "verify").code == 0)
    #expect(try residue(kills + 1) == ["medication.sqlite"])
    if Exhaustive.isAsked {
      print("\(killedCount) of \(kills) killed; \(begunCount) forgets had begun; \(owedCount) purges were named as due")
    }
  }
}
