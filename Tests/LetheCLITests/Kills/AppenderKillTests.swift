import Foundation
import LetheSystem
import LetheTesting
import Testing

/// A process that appends with 64 tasks at once, killed again and again; `LETHE_EXHAUSTIVE=1` kills it 200 times.
@Suite(.timeLimit(.minutes(30))) struct AppenderKillTests {
  /// Small enough that some come to be full between two kills.
  private static let segmentByteCount = 64 << 10

  @Test func `P1 kills amid 64 appenders and rotations lose nothing acknowledged and double nothing`() throws {
    let folder = TemporaryDirectory()
    let home = folder.path("home")
    let tool = try ProcessTests.tool()
    let appender = tool.parentPath + "/LetheAppender"
    #expect(try SpawnedProcess(tool, ["init", "--home", home]).finish().code == 0)
    var random = SeededGenerator(seed: 64)
    var acknowledged: Set<String> = []
    let kills = Exhaustive.count(3, of: 200)
    var rotations: [Int] = []
    for run in 0..<kills {
      let before = try Self.segmentCount(home)
      let child = try SpawnedProcess(appender, [home, "\(run)", "64", "\(Self.segmentByteCount)"])
      // Let it open and come into its work, then listen for a random number of answers.
      let patience = Int.random(in: 1...400, using: &random)
      var heard = Data()
      while heard.count(where: { $0 == 10 }) < patience {
        let more = child.output.availableData
        if more.isEmpty { break }
        heard += more
      }
      let (rest, wasKilled) = KilledHome.kill(child, after: .microseconds(Int.random(in: 0..<4000, using: &random)))
      #expect(wasKilled, "kill \(run)")
      let lines = String(decoding: heard + rest, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      // What stands behind the last end of a line was cut.
      acknowledged.formUnion(lines.dropLast().map(String.init))
      rotations.append(try Self.segmentCount(home) - before)
      let found = try KilledHome.eventIDs(tool, home)
      #expect(Set(found).count == found.count, "kill \(run)")
      #expect(acknowledged.isSubset(of: found), "kill \(run)")
      let audit = try SpawnedProcess(tool, ["audit", "verify", "--home", home]).finish()
      #expect(audit.code == 0, "kill \(run): \(audit.out)\(audit.errors)")
    }
    #expect(acknowledged.count > kills)
    #expect(rotations.reduce(0, +) > kills / 2, "\(rotations)")
    if Exhaustive.isAsked {
      let rotated = rotations.count { $0 > 0 }
      print("\(kills) kills, \(acknowledged.count) events acknowledged")
      print("\(rotations.reduce(0, +)) rotations, in \(rotated) of the \(kills) runs; \(rotations.max() ?? 0) at most")
    }
  }

  private static func segmentCount(_ home: String) throws -> Int {
    let names = try LocalFileSystem().contents(of: home + "/Log")
    return names.count { $0.hasSuffix(".segment") && $0 != "spare.segment" }
  }
}
