import Foundation
import LetheSystem
import LetheTesting
import Testing

/// Forgets by the real tool, killed at any time; `LETHE_EXHAUSTIVE=1` kills 200.
@Suite(.timeLimit(.minutes(20))) struct ForgetKillTests {
  @Test func `P4 killed forgets are finished from ForgetStarted on, or leave no trace`() throws {
    let folder = TemporaryDirectory()
    let home = folder.path("home")
    let tool = try ProcessTests.tool()
    #expect(try SpawnedProcess(tool, ["init", "--home", home]).finish().code == 0)
    let kills = Exhaustive.count(5, of: 200)
    // Two events each, and some more people who are only there to live.
    let people = kills + 10
    let lines = (0..<2 * people).map { number in
      event("e-\(number)", stream: "p-\(number % people)", subject: "P-\(number % people)") + "\n"
    }
    let file = folder.path("events.ndjson")
    try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: file))
    #expect(try SpawnedProcess(tool, ["import", file, "--home", home]).finish().code == 0)
    let replica = ["replica", "add", folder.path("replica"), "--home", home]
    #expect(try SpawnedProcess(tool, replica).finish().code == 0)
    let ids = try KilledHome.eventIDs(tool, home)
    try #require(ids.count == 2 * people)

    // How long one takes when nobody kills it; the kills fall anywhere in that time.
    let clock = ContinuousClock()
    var answered: Set<Int> = []
    let start = clock.now
    #expect(try SpawnedProcess(tool, Self.forget(0, home)).finish().code == 0)
    let whole = clock.now - start
    answered.insert(0)
    var random = SeededGenerator(seed: 200)
    var shredded: Set<Int> = []
    var (killedCount, finishedCount) = (0, 0)
    for person in 1...kills {
      let child = try SpawnedProcess(tool, Self.forget(person, home))
      let delay = whole * Double.random(in: 0.2...1.2, using: &random)
      let (_, wasKilled) = KilledHome.kill(child, after: delay)
      if !wasKilled, child.waitUntilExit() == .exited(0) { answered.insert(person) }
      killedCount += wasKilled ? 1 : 0
      guard person % 10 == 0 || person == kills else { continue }
      let now = try Self.shredded(tool, home, ids, people)
      #expect(shredded.isSubset(of: now) && answered.isSubset(of: now), "kill \(person)")
      shredded = now
    }
    finishedCount = shredded.subtracting(answered).count
    #expect(shredded.allSatisfy { $0 <= kills })
    let facts = try KilledHome.lines(tool, ["read", "$all", "--system", "--home", home])
    for name in ["ForgetStarted", "KeysDestroyed"] {
      #expect(facts.count { $0["fact"] as? String == name } == shredded.count)
    }
    #expect(try SpawnedProcess(tool, ["audit", "verify", "--home", home]).finish().code == 0)
    if Exhaustive.isAsked {
      print("\(killedCount) of \(kills) killed; \(answered.count) answered, \(finishedCount) finished by later starts")
    }
  }

  private static func forget(_ person: Int, _ home: String) -> [String] {
    ["forget", "now", "P-\(person)", "--ground", "17-1-b", "--by", "alice", "--approver", "bob", "--home", home]
  }

  /// Who is shredded: both of their events, or neither. All others read as before.
  private static func shredded(_ tool: String, _ home: String, _ ids: [String], _ people: Int) throws -> Set<Int> {
    let lines = try KilledHome.lines(tool, ["read", "$all", "--home", home])
    try #require(lines.count == ids.count)
    var gone: [Int: Int] = [:]
    for (number, line) in lines.enumerated() {
      if line["lethestate"] as? String == "shredded" {
        gone[number % people, default: 0] += 1
      } else {
        #expect(line["lethestate"] == nil && line["id"] as? String == ids[number])
      }
    }
    #expect(gone.values.allSatisfy { $0 == 2 })
    return Set(gone.keys)
  }
}
