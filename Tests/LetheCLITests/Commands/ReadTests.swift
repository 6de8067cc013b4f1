import LethePolicies
import LetheSystem
import LetheTesting
import Testing

@testable import lethe

@Suite struct ReadTests {
  @Test func `recorded and own times select events`() async throws {
    let clinic = try await Clinic.made()
    for (id, own) in [("early", "2025-01-01T00:00:00Z"), ("late", "2020-01-01T00:00:00Z")] {
      let text = event(id, subject: "P-1").replacing("\"data\"", with: "\"time\":\"\(own)\",\"data\"")
      #expect(await clinic.run("append", "patient-1", input: text).code == .success)
      clinic.clock.advance(by: .seconds(7200))
    }
    // The clock is at 04:00; the events were recorded at 00:00 and 02:00.
    for (options, ids) in [
      (["--since", "PT3H"], ["late"]), (["--since", "2026-01-01T01:30:00Z"], ["late"]),
      (["--since", "P1D"], ["early", "late"]),
      (["--since-event", "2024-01-01T00:00:00Z"], ["early"]), (["--since", "PT1M"], []),
    ] {
      let ran = await clinic.run(["read", "patient-1"] + options)
      #expect(ran.code == .success)
      #expect(ran.lines.map { $0.contains("\"id\":\"early\"") ? "early" : "late" } == ids, "\(options)")
    }
  }

  @Test func `a reader that goes ends it quietly`() async throws {
    let clinic = try await Clinic.made()
    let lines = (0..<3000).map { event("e\($0)", stream: "patient-1", subject: "P-1") }.joined(separator: "\n")
    _ = await clinic.run("import", "-", input: lines)
    let sink = MemorySink(capacity: 1000)
    let ran = await clinic.run(["read", "$all"], source: HeldBytes([]), Interruption(), output: sink)
    #expect(ran.code == .success && ran.errors.isEmpty)
    #expect(sink.text.utf8.count < 200_000)
  }

  @Test func `lines before a damaged record are written, then the place is named`() async throws {
    let clinic = try await Clinic.made()
    var positions: [Int] = []
    for number in 0..<4 {
      let text = event("e\(number)", subject: "P-\(number)", data: "\"\(String(repeating: "x", count: 5000))\"")
      let ran = await clinic.run("append", "patient-\(number)", "--json", input: text)
      guard case .number(let position)? = try ran.json()["position"] else {
        Issue.record("no position: \(ran.out)")
        return
      }
      positions.append(try #require(Int(position.text)))
    }
    try Self.damage(clinic, after: positions[1])
    let ran = await clinic.run("read", "$all", "--json")
    #expect(ran.code == .couldNotRun, "\(ran.errors)")
    let last = try #require(ran.lines.last)
    #expect(last.hasPrefix("{\"error\":{\"code\":\""))
    #expect(!ran.errors.isEmpty)
  }

  /// Changes a byte in the segment's last quarter, where the last record's sealed part lies.
  private static func damage(_ clinic: Clinic, after position: Int) throws {
    let files = LocalFileSystem()
    let log = clinic.home + "/Log"
    let segment = try #require(
      try FolderTree.files(in: log).max { $0.byteCount < $1.byteCount }.map { "\(log)/\($0.name)" })
    var bytes = try files.contents(ofFile: segment)
    bytes[try files.contentEnd(ofFile: segment) * 7 / 8] ^= 1
    try files.replace(segment, with: bytes)
  }

  @Test func `another process that has the home open is named`() async throws {
    let clinic = try await Clinic.made()
    let lock = try FolderLock(clinic.home + "/Keys", note: clinic.home + "/Keys/lock", waiting: .zero)
    let ran = await clinic.run("read", "$all", "--wait", "PT0.1S", "--json")
    withExtendedLifetime(lock) {}
    #expect(ran.code == .couldNotRun && ran.out.hasPrefix("{\"error\":{\"code\":\"locked\""))
    #expect(ran.errors.contains("pid "))
  }
}
