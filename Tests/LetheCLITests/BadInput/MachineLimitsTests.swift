import Foundation
import LetheSystem
import LetheTesting
import Synchronization
import Testing

@testable import lethe

/// What a machine may refuse without the tool refusing its work, and what the tool itself refuses of too much.
@Suite(.timeLimit(.minutes(20))) struct MachineLimitsTests {
  /// Root may lock whatever it likes, so the right to do so is taken away from it.
  private static let withoutLocking =
    #"ulimit -l 0; if [ $EUID = 0 ]; then exec setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock "$@"; fi; exec "$@""#

  @Test(.disabled(if: Sanitizer.isActive, "a sanitizer's mlock does nothing, and says it did"))
  func `where no memory can be locked it is told once, and key status shows it`() async throws {
    let home = try await BadHome.copied()
    func run(_ words: String..., input: String = "") throws -> (code: Int32, out: String, errors: String) {
      let arguments = ["-c", Self.withoutLocking, "bash", try ProcessTests.tool(), "--home", home.path] + words
      return try SpawnedProcess("/bin/bash", arguments, giving: Array(input.utf8)).finish()
    }
    let ran = try run("append", "patient-1", input: event("1", subject: "P-1"))
    #expect(ran.code == 0)
    #expect(
      ran.errors
        == "lethe: secrets may be written to swap, since the machine refuses to lock memory for them; "
        + "raise its limit (ulimit -l)\n")
    let status = try run("key", "status", "--json")
    #expect(status.code == 0 && status.errors.isEmpty && status.out.contains(#""memory":"unlocked""#))
    #expect(try run("key", "status").out.contains("\nmemory   secrets cannot be locked in it"))
    #expect(try await home.events().count == 3)
  }

  @Test(.enabled(if: PrivateMount.isPossible, "needs a file system without O_DIRECT, mounted without rights (unshare)"))
  func `where caches cannot be passed by the root cell is level L0 and works`() throws {
    let mount = try PrivateMount(.withoutDirectAccess)
    let tool = try ProcessTests.tool()
    func run(_ words: String..., input: String = "") throws -> (code: Int32, out: String, errors: String) {
      try mount.run([tool, "--home", "\(mount.path)/home"] + words, input: Array(input.utf8))
    }
    #expect(try run("init").code == 0)
    #expect(try !LocalFileSystem().open("\(mount.outerPath)/home/Keys/root.cell", .direct).isDirect)
    for id in ["P-1", "P-2"] {
      #expect(try run("append", "patient-\(id)", input: event("1", subject: id)).code == 0)
    }
    let forgotten = try run("forget", "now", "P-1", "--ground", "17-1-b", "--by", "alice", "--approver", "bob")
    #expect(forgotten.code == 0 && forgotten.errors.isEmpty)
    #expect(try run("key", "status", "--json").out.contains(#""cells":[{"kind":"file","level":"L0","#))
    #expect(try run("read", "patient-P-2").out.split(separator: "\n").count == 1)
    #expect(try run("audit", "verify").code == 0)
  }

  /// A line of 100 MB that is made while it is read.
  private final class LongLine: ByteSource {
    let byteCount: Int? = nil
    let isReady = true
    private let given = Mutex(0)

    var givenByteCount: Int { given.withLock { $0 } }

    func read(upTo count: Int, unless isInterrupted: () -> Bool) -> [UInt8] {
      given.withLock { given in
        let next = min(count, 100_000_000 - given)
        given += next
        return [UInt8](repeating: UInt8(ascii: "a"), count: next)
      }
    }
  }

  /// How much of it a command may take before it refuses: the limit, and what is read at once.
  @Test(arguments: [("import -", 16 << 20 + 1 << 20), ("append patient-1", 66 << 20)])
  func `of a line of 100 MB no more is taken than the limit`(command: String, limit: Int) async throws {
    let clinic = try await Clinic.made()
    let line = LongLine()
    let ran = await clinic.run(Scenario.words(command), source: line, Interruption())
    #expect(ran.code == .couldNotRun && ran.errorLines.count == 1)
    #expect(line.givenByteCount <= limit)
  }

  @Test(.disabled(if: Sanitizer.isActive, "a sanitizer's shadow is larger than any limit on memory"))
  func `a line of 100 MB is refused within 256 MiB of address space more than a short one needs`() throws {
    let folder = TemporaryDirectory()
    let tool = try ProcessTests.tool()
    let home = folder.path("home")
    #expect(try SpawnedProcess(tool, ["init", "--home", home]).finish().code == 0)
    let limit = try Self.addressSpace(ofImportInto: home) + 256 << 10
    let line = #"ulimit -v \#(limit); head -c 100000000 /dev/zero | tr '\0' a | "$@""#
    let ran = try SpawnedProcess("/bin/bash", ["-c", line, "bash", tool, "import", "-", "--home", home]).finish()
    #expect(ran.code == 2)
    #expect(ran.errors.hasPrefix("lethe: The event is longer than 16 MiB;"), "\(ran.errors)")
  }

  /// The most that an import of one short line had until the line was durable, in KiB.
  private static func addressSpace(ofImportInto home: String) throws -> Int {
    let child = try SpawnedProcess(ProcessTests.tool(), ["import", "-", "--home", home, "--acks"])
    try child.write(event("1", stream: "patient-1", subject: "P-1") + "\n")
    let acknowledgement = child.errors.availableData
    #expect(acknowledgement == Data("{\"acknowledged\":1}\n".utf8))
    let path = "/proc/\(child.processIdentifier)/status"
    let status = String(decoding: try LocalFileSystem().open(path, .read).read(count: 1 << 16, at: 0), as: UTF8.self)
    let peak = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmPeak:") })
    try child.input.close()
    #expect(try child.finish().code == 0)
    return try #require(Int(peak.filter(\.isNumber)))
  }
}
