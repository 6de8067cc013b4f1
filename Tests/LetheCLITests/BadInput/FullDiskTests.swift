import LetheSystem
import LetheTesting
import Testing

@testable import lethe

/// A disk that is full at any moment of a command: it stops with a sentence, what was acknowledged stays, and space that
/// comes back is all that is needed to go on. `LETHE_EXHAUSTIVE=1` tries more moments.
@Suite(
  .enabled(if: PrivateMount.isPossible, "needs a file system of a size, mounted without rights (unshare)"),
  .timeLimit(.minutes(20)))
struct FullDiskTests {
  /// A home on a disk of its own that can be filled up.
  private struct Disk {
    let mount: PrivateMount
    let tool: String

    init() throws {
      mount = try PrivateMount(.sized(byteCount: 8 << 20))
      tool = try ProcessTests.tool()
    }

    func run(_ words: String..., input: String = "") throws -> Answer { try run(words, input: input) }

    func run(_ words: [String], input: String = "") throws -> Answer {
      let (code, out, errors) = try mount.run(
        [tool, "--home", "\(mount.path)/home"] + words, input: Array(input.utf8))
      return Answer(code: code, out: out, errors: errors)
    }

    private var ballast: String { "\(mount.outerPath)/ballast" }

    /// Leaves no more than so many bytes free.
    func fill(leaving byteCount: Int) throws {
      let file = try LocalFileSystem().open(ballast, .createNew)
      let block = [UInt8](repeating: 7, count: 4096)
      var size = 0
      do throws(LetheError) {
        while true {
          try file.write(block.span.bytes, at: size)
          size += block.count
        }
      } catch {
        #expect(error.cause?.number == 28)
      }
      try file.truncate(to: max(0, size - byteCount))
    }

    func free() throws { try LocalFileSystem().remove(ballast) }
  }

  private struct Answer {
    let code: Int32
    let out: String
    let errors: String

    var lines: [String] { out.split(separator: "\n").map(String.init) }
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
    /// It could not run, and said in one sentence that space is wanted.
    var asksForSpace: Bool {
      let told = errorLines.filter { $0.hasPrefix("lethe: ") }
      return code == 2 && told.count == 1 && told[0].contains("free some space")
    }
  }

  /// Free blocks of 4 KiB: none, so few that opening the home fails, and more and more of the import's own.
  @Test(arguments: Exhaustive.some([0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89], every: 2))
  func `P1 an import that fills the disk up goes on when there is space`(blocks: Int) throws {
    let disk = try Disk()
    #expect(try disk.run("init").code == 0)
    let lines = (0..<700).map { event("e\($0)", stream: "patient-\($0 % 50)", subject: "P-\($0 % 50)") }
    let text = lines.joined(separator: "\n")
    #expect(try disk.run("import", "-", input: lines[..<10].joined(separator: "\n")).code == 0)
    try disk.fill(leaving: blocks * 4096)
    let full = try disk.run("import", "-", "--acks", input: text)
    // There may have been room for all events, and none for what closing writes.
    #expect(full.asksForSpace || full.code == 0 && full.errors.contains("free some space"), "\(full.errors)")
    let acknowledged =
      full.errorLines.filter { $0.hasPrefix("{\"acknowledged\":") }.compactMap { Int($0.filter(\.isNumber)) }.max() ?? 0
    try disk.free()
    let read = try disk.run("read", "$all")
    let least = full.code == 0 ? 700 : max(10, acknowledged)
    #expect(read.code == 0 && read.lines.count >= least, "\(read.errors)")
    let again = try disk.run("import", "-", input: text)
    #expect(again.code == 0 && again.errors.isEmpty, "\(again.errors)")
    #expect(try disk.run("read", "$all").lines.count == 700)
    #expect(try disk.run("audit", "verify").code == 0)
  }

  @Test(arguments: Exhaustive.some([0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 32], every: 2))
  func `P4 a forget that fills the disk up loses nobody, and is finished when there is space`(blocks: Int) throws {
    let disk = try Disk()
    #expect(try disk.run("init").code == 0)
    for subject in ["P-1", "P-2"] {
      #expect(try disk.run("append", "patient-\(subject)", input: event("1", subject: subject)).code == 0)
    }
    try disk.fill(leaving: blocks * 4096)
    let words = ["forget", "now", "P-1", "--ground", "17-1-b", "--by", "alice", "--approver", "bob"]
    let full = try disk.run(words)
    #expect(full.code == 0 || full.asksForSpace, "\(full.errors)")
    try disk.free()
    // Whatever was begun is finished by the next start; a forget that left no trace is asked for again.
    let state = try disk.run("subject", "show", "P-1", "--json")
    #expect(state.code == 0, "\(state.errors)")
    let wasBegun = state.out.contains("shredded")
    #expect(wasBegun || (full.code != 0 && state.out.contains("live")), "\(state.out)")
    if !wasBegun { #expect(try disk.run(words).code == 0) }
    #expect(try disk.run("read", "patient-P-2").lines.count == 1)
    #expect(try disk.run("append", "patient-P-1", input: event("2", subject: "P-1")).code == 1)
    #expect(try disk.run("audit", "verify").code == 0)
  }

  @Test func `a home on a disk that takes no writes is read, shown and audited`() async throws {
    let clinic = try await Clinic.made()
    #expect(await clinic.run("append", "patient-P-1", input: event("1", subject: "P-1")).code == .success)
    let mount = try PrivateMount(.readOnly(of: clinic.home))
    let looks = [
      "read $all", "read $all --since P30D", "subject show P-1", "projection list", "projection show medication",
      "key status", "replica list", "audit verify", "audit proof 0",
    ]
    for words in looks {
      let command = words.split(separator: " ").map(String.init)
      let (code, out, errors) = try mount.run([ProcessTests.tool(), "--home", mount.path] + command)
      #expect(code == 0 && errors.split(separator: "\n").count <= 1, "\(words): \(errors)")
      if words == "read $all" { #expect(out.split(separator: "\n").count == 1 && out.contains("\"id\":\"1\"")) }
    }
  }

  @Test(arguments: Exhaustive.some([0, 4, 8, 16, 24, 32], every: 2))
  func `a home that could not be made whole is made when there is space`(blocks: Int) throws {
    let disk = try Disk()
    try disk.fill(leaving: blocks * 4096)
    let full = try disk.run("init")
    if full.code != 0 {
      #expect(full.asksForSpace, "\(full.errors)")
      try disk.free()
      #expect(try disk.run("init").code == 0)
    }
    #expect(try disk.run("append", "patient-1", input: event("1", subject: "P-1")).code == 0)
  }
}
