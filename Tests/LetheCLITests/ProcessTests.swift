import Foundation
import LetheSystem
import LetheTesting
import Testing

/// What only a process of its own can show: signals, pipes and exit codes.
@Suite(.timeLimit(.minutes(20))) struct ProcessTests {
  /// The tool lies beside the tests.
  static func tool() throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe").parentPath + "/lethe"
  }

  private static func home(_ folder: TemporaryDirectory) throws -> String {
    let home = folder.path("home")
    #expect(try SpawnedProcess(tool(), ["init", "--home", home]).finish().code == 0)
    return home
  }

  @Test func `exit codes reach the shell`() throws {
    for (arguments, code) in [(["--version"], 0), (["read"], 64), (["--home", "/nowhere", "read", "$all"], 2)]
      as [([String], Int32)]
    {
      let ran = try SpawnedProcess(Self.tool(), arguments).finish()
      #expect(ran.code == code && ran.errors.isEmpty == (code == 0))
    }
  }

  @Test func `an interrupt ends an import with its counts`() throws {
    let folder = TemporaryDirectory()
    let home = try Self.home(folder)
    let child = try SpawnedProcess(Self.tool(), ["import", "-", "--home", home, "--json", "--acks"])
    try child.write(event("1", stream: "patient-1", subject: "P-1") + "\n")
    // It is durable while more may come.
    var heard = ""
    while !heard.hasSuffix("\n") {
      heard += String(decoding: child.errors.availableData, as: UTF8.self)
    }
    #expect(heard == "{\"acknowledged\":1}\n")
    child.kill(SIGINT)
    let ran = try child.finish()
    #expect(ran.code == 1)
    #expect(ran.out.hasPrefix("{\"events\":1,\"duplicates\":0,\"refused\":0,\"subjects\":1,\"streams\":1,\"seconds\":"))
    #expect(ran.out.hasSuffix(",\"interrupted\":true}\n"))
    #expect(ran.errors.hasPrefix("lethe: the import was interrupted; "))
  }

  @Test func `a pipe that is closed ends a read quietly`() throws {
    let folder = TemporaryDirectory()
    let home = try Self.home(folder)
    let child = try SpawnedProcess(Self.tool(), ["import", "-", "--home", home])
    try child.write((0..<2000).map { event("\($0)", stream: "patient-1", subject: "P-1") + "\n" }.joined())
    try child.input.close()
    #expect(try child.finish().code == 0)
    let line = "'\(try Self.tool())' --home '\(home)' read '$all' | head -n 1; exit ${PIPESTATUS[0]}"
    let ran = try SpawnedProcess("/bin/bash", ["-c", line]).finish()
    #expect(ran.code == 0 && ran.errors.isEmpty)
    #expect(ran.out.split(separator: "\n").count == 1)
  }

  @Test func `an argument that is not UTF-8 is refused, not changed`() throws {
    let folder = TemporaryDirectory()
    let home = try Self.home(folder)
    let line = "'\(try Self.tool())' --home '\(home)' read $'x-\\xff'"
    let ran = try SpawnedProcess("/bin/bash", ["-c", line]).finish()
    #expect(ran.code == 64 && ran.errors.contains("is not UTF-8"))
  }
}
