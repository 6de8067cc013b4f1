import Foundation
import LetheSystem
import LetheTesting
import Testing

/// Measurements by the real tool, which kills and is killed.
@Suite(.timeLimit(.minutes(20))) struct BenchProcessTests {
  @Test func `everything is measured, killed processes included, and nothing is left`() throws {
    let folder = TemporaryDirectory()
    let arguments = ["--events", "120", "--subjects", "9", "--forgets", "3", "--home", folder.path, "--json"]
    for command in [["forget"], ["all", "--runs", "2", "--seconds", "1"]] {
      let ran = try SpawnedProcess(ProcessTests.tool(), ["bench"] + command + arguments).finish()
      #expect(ran.code == 0 && ran.errors.isEmpty, "\(ran.errors)")
      let json = try #require(try JSONSerialization.jsonObject(with: Data(ran.out.utf8)) as? [String: Any])
      let open = try #require(json["open"] as? [String: Double])
      #expect(open.values.allSatisfy { $0 > 0 } && open.count == 3)
      #expect((json["forget"] as? [String: Double])?["subjects"] == 3)
      #expect((json["stream"] as? [String: Double])?["events"] == 50)
      #expect((json["bytes"] as? [String: Double])?["ratio"] ?? 0 > 1)
      guard command != ["forget"] else {
        #expect((json["forget"] as? [String: Double])?["newHomeMilliseconds"] ?? 0 > 0)
        continue
      }
      for (kind, count) in [("append", 6), ("replay", 3)] {
        let member = try #require(json[kind] as? [String: Any])
        let cases = try #require(member["cases"] as? [[String: Any]])
        #expect(cases.count == count && ([member] + cases).allSatisfy { $0["ratio"] as? Double ?? 0 > 0 })
      }
    }
    #expect(try LocalFileSystem().contents(of: folder.path) == [])
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
  func `a measurement that a signal ends leaves nothing, or leaves it to the next`(signal: Int32) throws {
    let folder = TemporaryDirectory()
    let arguments = ["bench", "append", "--subjects", "5", "--batch", "1", "--home", folder.path]
    let child = try SpawnedProcess(ProcessTests.tool(), arguments + ["--seconds", "600"])
    let files = LocalFileSystem()
    // Until its home is there, it may not have come to listen.
    while try !files.contents(of: folder.path).contains(where: { files.exists(folder.path("\($0)/append/home/Log")) }) {
      usleep(10_000)
    }
    child.kill(signal)
    #expect(try child.finish().code == (signal == SIGKILL ? 128 + SIGKILL : 1))
    #expect(try files.contents(of: folder.path).isEmpty == (signal != SIGKILL))
    #expect(try SpawnedProcess(ProcessTests.tool(), arguments + ["--events", "20"]).finish().code == 0)
    #expect(try files.contents(of: folder.path) == [])
  }
}
