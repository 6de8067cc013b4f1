import LetheLog
import LetheSystem
import LetheTesting
import Testing

@testable import lethe

/// What an opening found is told to whoever runs a command, though the command works.
@Suite struct OpeningNoteTests {
  private let files = LocalFileSystem()

  private static func clinic() async throws -> Clinic {
    let clinic = try await Clinic.made()
    let ran = await clinic.run("append", "patient-1", input: event("1", subject: "P-1"))
    #expect(ran.code == .success && ran.errors.isEmpty, "\(ran.errors)")
    return clinic
  }

  @Test func `a checkpoint that is missing in Keys is told once`() async throws {
    let clinic = try await Self.clinic()
    try files.remove(clinic.home + "/Keys/checkpoint")
    let audit = await clinic.run("audit", "verify")
    #expect(audit.code == .success && audit.out.contains("Keys/checkpoint is missing"), "\(audit)")
    // The audit's own opening made it again.
    try files.remove(clinic.home + "/Keys/checkpoint")
    let first = await clinic.run("read", "$all")
    #expect(first.code == .success && first.lines.count == 1)
    #expect(first.errorLines.count == 1 && first.errors.hasPrefix("lethe: Keys/checkpoint was not there, "), "\(first)")
    #expect(await clinic.run("read", "$all").errors.isEmpty)
  }

  @Test func `an end that was torn and cut off is told once`() async throws {
    let clinic = try await Self.clinic()
    let path = clinic.home + "/Log/" + LogLayout.segment(0)
    var bytes = try files.contents(ofFile: path)
    let end = try files.contentEnd(ofFile: path)
    // The next frame, of which the first bytes alone came to the disk.
    bytes.replaceSubrange(end..<end + 20, with: repeatElement(7, count: 20))
    try files.replace(path, with: bytes)
    let first = await clinic.run("read", "$all")
    #expect(first.code == .success && first.lines.count == 1)
    #expect(
      first.errorLines.count == 1
        && first.errors.hasPrefix("lethe: what a crash left at the log's end was cut off (0 whole records, "),
      "\(first)")
    #expect(await clinic.run("read", "$all").errors.isEmpty)
  }
}
