import LethePolicies
import LetheSystem
import LetheTesting
import Testing

@testable import lethe

@Suite struct AuditTests {
  private func forget(_ clinic: Clinic, _ subject: String) async {
    let ran = await clinic.run(
      "forget", "now", subject, "--ground", "17-1-b", "--by", "j.doe", "--approver", "m.lee")
    #expect(ran.code == .success, "\(ran.errors)")
  }

  private func copy(_ clinic: Clinic, _ names: (String) -> Bool) throws -> String {
    let files = LocalFileSystem()
    let target = clinic.folder.path("backup")
    for folder in ["Keys", "Log"] {
      try files.createDirectory("\(target)/\(folder)")
      for name in try files.contents(of: "\(clinic.home)/\(folder)") where names(name) {
        let path = "\(clinic.home)/\(folder)/\(name)"
        guard !files.exists(path + "/.") else { continue }
        try files.replace("\(target)/\(folder)/\(name)", with: try files.contents(ofFile: path))
      }
    }
    return target
  }

  @Test(arguments: [false, true])
  func `a drill says what opens, and fails if the copy holds an old root cell`(isCareless: Bool) async throws {
    let clinic = try await Clinic.made()
    for subject in ["P-1", "P-2"] {
      _ = await clinic.run("append", "patient-\(subject)", input: event("e", subject: subject))
    }
    let backup = try copy(clinic) { $0 != "root.cell" || isCareless }
    await forget(clinic, "P-1")
    let ran = await clinic.run("audit", "drill", "--backup", backup, "--json")
    let counts =
      #""living":{"opened":4,"of":4},"shredded":{"opened":0,"of":4},"aloneOpened":0,"rootCellFound":"#
      + (isCareless ? #"true,"rootCellOpens":4,"reasons":["the copy holds"# : #"false,"rootCellOpens":0,"reasons":[]}"#)
    #expect(ran.lines.last?.hasPrefix("{\"ok\":\(!isCareless),\(counts)") == true, "\(ran.out)")
    #expect(ran.code == (isCareless ? .failed : .success))
    let told = await clinic.run("audit", "drill", "--backup", backup)
    #expect(told.out.contains(isCareless ? "destroy that copy's root.cell" : "verdict                   pass"))
  }

  @Test func `a damaged home fails the audit with exit code 1 and names the place`() async throws {
    let clinic = try await Clinic.made()
    _ = await clinic.run("append", "patient-1", input: event("e", subject: "P-1"))
    let path = clinic.home + "/Log/00000000000000000000.segment"
    var bytes = try LocalFileSystem().contents(ofFile: path)
    bytes[1500] ^= 1
    try LocalFileSystem().replace(path, with: bytes)
    let ran = await clinic.run("audit", "verify")
    #expect(ran.code == .failed)
    #expect(ran.lines.first?.contains("FAIL") == true && ran.lines.first?.contains("position ") == true)
    #expect(ran.lines.last == "1 check of 7 failed: A1; not checked: A5, A6, A7, A9, A10, A13.")
  }

  @Test func `a proof that was written to a file is proven by the key that the status gives, and by no other`()
    async throws
  {
    let (clinic, other) = (try await Clinic.made(), try await Clinic.made())
    _ = await clinic.run("append", "patient-1", input: event("e", subject: "P-1"))
    await forget(clinic, "P-1")
    func vkey(_ clinic: Clinic) async throws -> String {
      let status = await clinic.run("key", "status").out.split(separator: "\n")
      return String(try #require(status.first { $0.hasPrefix("vkey") }).dropFirst(4).drop { $0 == " " })
    }
    let events = await clinic.run("read", "$all").out
    let position = try #require(events.split(separator: #""position":"#).last?.prefix { $0.isNumber })
    let proof = await clinic.run("audit", "proof", String(position))
    #expect(proof.code == .success && proof.out.hasPrefix("c2sp.org/tlog-proof@v1\nextra "))
    let file = clinic.folder.path("record.tlog-proof")
    try LocalFileSystem().replace(file, with: Array(proof.out.utf8))
    let key = try await vkey(clinic)
    let proven = await other.run("audit", "check-proof", file, "--vkey", key)
    #expect(proven.code == .success && proven.out.hasPrefix("Proven: at position \(position) of the log lethe/"))
    #expect(proven.out.contains("revision 0, with 1 sealed part"))
    let json = await other.run("audit", "check-proof", file, "--vkey", key, "--json")
    #expect(json.code == .success && json.out.hasPrefix(#"{"ok":true,"origin":"lethe/"#))
    let refused = await clinic.run("audit", "check-proof", file, "--vkey", try await vkey(other))
    #expect(refused.code == .failed)
    #expect(refused.out == "Not proven: its checkpoint is of another log than the key.\n")
  }
}
