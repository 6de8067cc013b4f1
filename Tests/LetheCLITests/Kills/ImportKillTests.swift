import Foundation
import LetheSystem
import LetheTesting
import Testing

/// The real tool, killed in the middle of its work; `LETHE_EXHAUSTIVE=1` kills it 50 times.
@Suite(.timeLimit(.minutes(20))) struct ImportKillTests {
  @Test func `P1 kills in the middle of an import lose nothing acknowledged and double nothing`() throws {
    let folder = TemporaryDirectory()
    let home = folder.path("home")
    let tool = try ProcessTests.tool()
    #expect(try SpawnedProcess(tool, ["init", "--home", home]).finish().code == 0)
    let ids = (0..<4000).map { "e-\($0)" }
    let lines = ids.enumerated().map { event($1, stream: "patient-\($0 % 300)", subject: "P-\($0 % 300)") + "\n" }
    let file = folder.path("events.ndjson")
    try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: file))
    var random = SeededGenerator(seed: 20)
    for number in 0..<Exhaustive.count(5, of: 50) {
      let child = try SpawnedProcess(tool, ["import", file, "--home", home, "--acks"])
      // Killed at some byte of the acknowledgements, so before, between and after groups alike.
      let patience = Int.random(in: 0...120, using: &random)
      var heard = Data()
      while heard.count < patience {
        let more = child.errors.availableData
        if more.isEmpty { break }
        heard += more
      }
      child.kill(SIGKILL)
      let acknowledged = try acknowledgements(heard + (child.errors.readToEnd() ?? Data()))
      child.waitUntilExit()
      let found = try KilledHome.eventIDs(tool, home)
      #expect(Set(found).count == found.count, "kill \(number)")
      #expect(Set(ids.prefix(acknowledged)).isSubset(of: found), "kill \(number)")
    }
    #expect(try SpawnedProcess(tool, ["import", file, "--home", home]).finish().code == 0)
    #expect(try KilledHome.eventIDs(tool, home).sorted() == ids.sorted())
  }

  /// The newest whole acknowledgement.
  private func acknowledgements(_ heard: Data) throws -> Int {
    let whole = String(decoding: heard, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .dropLast()
    return whole.compactMap { Int($0.filter(\.isNumber)) }.max() ?? 0
  }
}
