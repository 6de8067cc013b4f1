import Foundation
import LetheSystem
import LetheTesting
import Testing

@testable import lethe

/// `read --follow` in a process of its own, beside others that append.
@Suite(.timeLimit(.minutes(20))) struct FollowTests {
  private static func follower(_ clinic: Clinic, _ arguments: String...) throws -> SpawnedProcess {
    try SpawnedProcess(ProcessTests.tool(), ["--home", clinic.home, "read"] + arguments + ["--follow"])
  }

  private static func append(_ clinic: Clinic, _ id: String, to stream: String) async throws {
    let ran = await clinic.run(["append", stream], input: event(id, subject: "P-1"))
    #expect(ran.code == .success, "\(ran.errors)")
  }

  /// The next line; empty at the end.
  private static func line(_ child: SpawnedProcess) -> String {
    var bytes = Data()
    while true {
      let next = child.output.readData(ofLength: 1)
      if next.isEmpty || next == Data([10]) { return String(decoding: bytes, as: UTF8.self) }
      bytes += next
    }
  }

  @Test(arguments: ["$all", "patient-1"])
  func `what others append is given, from the first event on`(selection: String) async throws {
    let clinic = try await Clinic.made()
    let child = try Self.follower(clinic, selection)
    for number in 0..<4 {
      try await Self.append(clinic, "e\(number)", to: "patient-1")
      #expect(Self.line(child).contains("\"id\":\"e\(number)\""))
    }
    // Its reader goes, and so does it, though nothing more comes.
    try child.output.close()
    #expect(child.waitUntilExit() == .exited(0))
  }

  @Test func `from, limit and other streams' events are minded`() async throws {
    let clinic = try await Clinic.made()
    for number in 0..<3 { try await Self.append(clinic, "e\(number)", to: "patient-1") }
    let child = try Self.follower(clinic, "patient-1", "--from", "1", "--limit", "3")
    #expect(Self.line(child).contains("\"id\":\"e1\""))
    #expect(Self.line(child).contains("\"id\":\"e2\""))
    try await Self.append(clinic, "other", to: "visit-1")
    try await Self.append(clinic, "e3", to: "patient-1")
    #expect(Self.line(child).contains("\"id\":\"e3\""))
    let ran = try child.finish()
    #expect(ran.code == 0 && ran.out.isEmpty, "\(ran)")
  }

  @Test(.disabled(if: Sanitizer.isActive, "a sanitizer may have a thread of its own that never rests"))
  func `an idle follower holds no lock and does nothing at all`() async throws {
    let clinic = try await Clinic.made()
    let child = try Self.follower(clinic, "$all")
    try await Self.append(clinic, "e0", to: "patient-1")
    #expect(Self.line(child).contains("\"id\":\"e0\""))
    // It comes to rest: no thread of it is scheduled any more, so it makes no call and takes no time.
    var (before, rests) = (try Self.switches(child), 0)
    for _ in 0..<600 where rests < 5 {
      try await Task.sleep(for: .milliseconds(200))
      let now = try Self.switches(child)
      rests = now == before ? rests + 1 : 0
      before = now
    }
    #expect(rests == 5)
    let lock = try FolderLock(clinic.home + "/Keys", note: clinic.home + "/Keys/lock", waiting: .zero)
    lock.release()
    child.kill(SIGTERM)
    #expect(child.waitUntilExit() == .killed(bySignal: SIGTERM))
  }

  /// How often each thread was scheduled, by thread.
  private static func switches(_ child: SpawnedProcess) throws -> [String: [Substring]] {
    let files = LocalFileSystem()
    let tasks = "/proc/\(child.processIdentifier)/task"
    var counts: [String: [Substring]] = [:]
    for task in try files.contents(of: tasks) {
      // A thread may end before it is looked at.
      guard let status = try? Data(contentsOf: URL(fileURLWithPath: "\(tasks)/\(task)/status")) else { continue }
      let text = String(decoding: status, as: UTF8.self)
      counts[task] = text.split(separator: "\n").filter { $0.contains("ctxt_switches") }
    }
    return counts
  }

  @Test func `while another process keeps the home open, it says so and waits for its end`() async throws {
    let clinic = try await Clinic.made()
    let child = try Self.follower(clinic, "$all", "--wait", "PT2S")
    try await Self.append(clinic, "e0", to: "patient-1")
    #expect(Self.line(child).contains("\"id\":\"e0\""))
    // An import that is not told the end of its input keeps the home.
    let other = try SpawnedProcess(ProcessTests.tool(), ["--home", clinic.home, "import", "-", "--acks"])
    try other.write(event("e1", stream: "patient-1", subject: "P-1") + "\n")
    let note = "lethe: another process (pid \(other.processIdentifier)) has this home open; "
    var told = ""
    while !told.contains(note) {
      let more = child.errors.availableData
      if more.isEmpty { break }
      told += String(decoding: more, as: UTF8.self)
    }
    #expect(told.contains(note), "\(told)")
    try other.input.close()
    #expect(Self.line(child).contains("\"id\":\"e1\""))
    #expect(try other.finish().code == 0)
    try child.output.close()
    child.waitUntilExit()
  }

  @Test func `it cannot be read backwards`() async throws {
    let clinic = try await Clinic.made()
    let ran = await clinic.run("read", "$all", "--follow", "--backwards")
    #expect(ran.code == .usage && ran.errors.contains("leave out one"))
  }
}
