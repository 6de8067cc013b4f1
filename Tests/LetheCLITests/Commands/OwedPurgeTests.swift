import LethePolicies
import LetheSystem
import LetheTesting
import Testing

@testable import lethe

/// What commands say of read models that owe a purge, and of checks that nobody could make.
@Suite struct OwedPurgeTests {
  private let files = LocalFileSystem()

  private static func clinic() async throws -> Clinic {
    let clinic = try await Clinic.made()
    let data = #"{"code":"A10","description":"d","start":"2026-01-01"}"#
    for subject in ["P-1", "P-2"] {
      let event = event("e", subject: subject, type: "MedicationPrescribed", data: data)
      #expect(await clinic.run("append", "patient-\(subject)", input: event).code == .success)
    }
    #expect(await clinic.run("projection", "run").code == .success)
    return clinic
  }

  private func forget(_ clinic: Clinic, _ subject: String, _ more: String...) async -> Ran {
    await clinic.run(["forget", "now", subject, "--ground", "17-1-b", "--by", "a", "--approver", "b"] + more)
  }

  @Test func `of read models that cannot be listed it is said that any may owe a purge`() async throws {
    let clinic = try await Self.clinic()
    #expect(await forget(clinic, "P-1").code == .success)
    let folder = clinic.home + "/ReadModels"
    for name in try files.contents(of: folder) { try files.remove("\(folder)/\(name)") }
    try files.removeDirectory(folder)
    try files.replace(folder, with: [1])
    let shown = await clinic.run("subject", "show", "P-2")
    #expect(shown.code == .success && shown.errorLines.count == 1, "\(shown)")
    #expect(
      shown.errors.hasPrefix(
        "lethe: ReadModels/ cannot be listed, so that any read model may owe a purge of the forgotten, which the next "
          + "command tries again: "), "\(shown)")
  }

  @Test func `a forget names each read model, and one that owes is named by every command until it does not`()
    async throws
  {
    let clinic = try await Self.clinic()
    let broken = clinic.home + "/ReadModels/broken.sqlite"
    try files.replace(broken, with: [UInt8](repeating: 7, count: 5000))
    // Before the first forget there is nothing to owe.
    #expect(await clinic.run("subject", "show", "P-1").errors.isEmpty)
    let ran = await forget(clinic, "P-1", "--json")
    let recipients = #""recipients":[{"name":"broken","state":"owed"},{"name":"medication","state":"acknowledged"}]}"#
    #expect(ran.code == .failed && ran.lines.last?.hasSuffix(recipients) == true, "\(ran)")
    #expect(ran.errorLines.count == 1 && ran.errors.hasPrefix("lethe: the read model broken owes a purge"), "\(ran)")
    for command in [
      ["subject", "show", "P-2"], ["append", "patient-P-2", "-"], ["projection", "show", "medication"],
    ] {
      let other = await clinic.run(command, input: event("f", subject: "P-2"))
      #expect(other.code == .success && other.errors.contains("the read model broken owes a purge"), "\(other)")
    }
    let shown = await clinic.run("projection", "show", "medication", "--subject", "P-1")
    #expect(shown.errors.contains("may still be in broken, which owes its purge"), "\(shown)")
    let audit = await clinic.run("audit", "verify")
    #expect(audit.code == .failed && audit.lines.last == "1 check of 7 failed: A9.", "\(audit)")
    try files.remove(broken)
    #expect(await clinic.run("subject", "show", "P-2").errors.isEmpty)
    #expect(await clinic.run("audit", "verify").code == .success)
  }

  @Test func `a forget that a replica holds up has its rows purged, and the command that finishes it says so`()
    async throws
  {
    let clinic = try await Self.clinic()
    let (replica, away) = (clinic.folder.path("replica"), clinic.folder.path("away"))
    #expect(await clinic.run("replica", "add", replica).code == .success)
    try files.rename(replica, to: away)
    #expect(await forget(clinic, "P-1").code == .couldNotRun)
    let shown = await clinic.run("projection", "show", "medication", "--json")
    #expect(try shown.json()["rows"]?.isEquivalent(to: .int(1)) == true, "\(shown)")
    try files.rename(away, to: replica)
    let next = await clinic.run("subject", "show", "P-2")
    #expect(next.code == .success && next.errorLines.count == 1, "\(next)")
    #expect(next.errors.hasPrefix("lethe: the forget of case ") && next.errors.hasSuffix("is finished\n"), "\(next)")
    #expect(await clinic.run("audit", "verify").code == .success)
  }

  @Test func `an audit without the root cell ends with 3 and says of each check what it answers`() async throws {
    let clinic = try await Self.clinic()
    #expect(await forget(clinic, "P-1").code == .success)
    try files.rename(clinic.home + "/Keys/root.cell", to: clinic.folder.path("root.cell"))
    let ran = await clinic.run("audit", "verify", "--json")
    #expect(ran.code == .notChecked && ran.errorLines.count == 1, "\(ran)")
    let json = try ran.json()
    #expect(json["ok"]?.isEquivalent(to: .bool(true)) == true)
    guard case .array(let checks)? = json["checks"] else { throw LetheError(.io, ran.out) }
    let answers = checks.map { check -> String in
      guard case .string(let answer)? = check["answer"] else { return "" }
      return answer
    }
    #expect(
      answers == ["proven", "not-checked", "proven", "not-checked", "attested", "proven", "proven"], "\(ran.out)")
    let told = await clinic.run("audit", "verify")
    #expect(told.lines.last == "No check failed; not checked: A5, A7.", "\(told)")
  }
}
