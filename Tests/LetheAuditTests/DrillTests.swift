import LetheAudit
import LetheLog
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@Suite struct DrillTests {
  @Test func `P3 a copy from before a forget opens all that lives and nothing that was forgotten`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert", "cleo")
    let copy = try home.copy("backup")
    try await home.forget("anna")
    try await home.use("dora")
    let report = try home.drill(copy)
    #expect(report.ok, "\(report)")
    // Three events, registration, slot and name of each subject.
    #expect(report.living.opened == 12 && report.living.of == 12)
    #expect(report.shredded.opened == 0 && report.shredded.of == 6)
    #expect(report.aloneOpened == 0)
    #expect(!report.rootCellFound && report.rootCellOpens == 0)
  }

  @Test func `P3 a backup and a replica's pages are worth no more than any other copy`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    let (backup, replica) = (home.home.path + "-backup", home.home.path + "-replica")
    try await home.session { store in
      _ = try store.addReplica(replica)
      _ = try store.backUp(to: backup)
    }
    let before = try home.drill(Home(backup))
    #expect(before.ok && before.aloneOpened > 0)
    try await home.forget("anna")
    let report = try home.drill(Home(backup))
    #expect(report.ok && report.aloneOpened == 0 && report.shredded.of > 0, "\(report)")
    // What the replica has of before and after, as if it were the copy's.
    try home.files.write(home.files.contents(ofFile: replica + "/vault.sqlite"), to: backup + "/Keys/vault.sqlite")
    let pooled = try home.drill(Home(backup))
    #expect(pooled.ok && pooled.shredded.opened == 0 && pooled.aloneOpened == pooled.living.of, "\(pooled)")
  }

  @Test func `P3 an old root cell in the copy opens the forgotten, so the drill fails and says why`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    let copy = try home.copy("backup", with: .taken)
    try await home.forget("anna")
    let report = try home.drill(copy)
    #expect(!report.ok)
    #expect(report.shredded.opened == 0 && report.living.opened == report.living.of)
    #expect(report.rootCellFound && report.rootCellOpens == 6)
    #expect(report.rootCellOpensShards > 0)
    #expect(
      report.reasons == [
        "the copy holds an old root cell: whoever has it can open 6 parts of forgotten subjects; destroy that copy's "
          + "root.cell"
      ])
  }

  @Test func `P3 a root cell is found wherever it lies in the copy`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    let copy = try home.copy("backup")
    try home.files.createDirectory("\(copy.path)/old/things")
    try home.files.write(try home.files.contents(ofFile: home.home.rootCell), to: "\(copy.path)/old/things/notes.txt")
    try home.files.write([UInt8](repeating: 3, count: 8192), to: "\(copy.path)/noise")
    try await home.forget("anna")
    let report = try home.drill(copy)
    #expect(report.rootCellFound && report.rootCellOpens == 6)
  }

  @Test func `the present root cell in a copy opens nothing that was forgotten`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    try await home.forget("anna")
    let report = try home.drill(home.copy("backup", with: .taken))
    #expect(report.ok, "\(report)")
    #expect(report.rootCellFound && report.rootCellOpens == 0)
    #expect(report.shredded.of == 8 && report.living.of == 6)
  }

  @Test func `a copy that is as new as the home opens by itself`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    let report = try home.drill(home.copy("backup"))
    #expect(report.ok)
    #expect(report.aloneOpened == report.living.of && report.living.of == 12)
  }

  @Test func `a copy of the log alone is tried on the present pages`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    let copy = try home.copy("backup")
    for name in try home.files.contents(of: copy.keys) { try home.files.remove("\(copy.keys)/\(name)") }
    try await home.forget("anna")
    let report = try home.drill(copy)
    #expect(report.ok && report.living.opened == 6 && report.shredded.of == 6)
  }

  @Test func `a living part that does not open fails the drill`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    try home.append(partUnder: KeyID(plane: .subjects, block: 0, subject: 0, slot: 1))
    let report = try home.drill(home.copy("backup"))
    #expect(!report.ok && report.living.opened == report.living.of - 1)
    #expect(try #require(report.reasons.first).contains("1 living parts"))
  }

  @Test(arguments: [1, 30, 200, 700])
  func `a copy taken in the middle of a write counts up to its last whole batch`(cut: Int) async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    let copy = try home.copy("backup")
    let segment = "\(copy.log)/\(LogLayout.segment(0))"
    let kept = try home.files.contentEnd(ofFile: segment) - cut
    try home.files.write(Array(try home.files.contents(ofFile: segment)[..<kept]), to: segment)
    try await home.forget("anna")
    let report = try home.drill(copy)
    #expect(report.ok, "\(report)")
    #expect(report.living.of + report.shredded.of < 12 && report.living.of > 0)
  }

  @Test func `a copy that is broken before its end is damage`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    let copy = try home.copy("backup")
    let segment = "\(copy.log)/\(LogLayout.segment(0))"
    var bytes = try home.files.contents(ofFile: segment)
    bytes[3000] ^= 1
    try home.files.write(bytes, to: segment)
    let error = #expect(throws: LetheError(.damage, "")) { try home.drill(copy) }
    #expect(error?.place?.contains("position") == true)
  }

  @Test func `a drill changes nothing in the copy and leaves nothing behind`() async throws {
    let home = try AuditHome()
    do {
      // Left open and dropped, so that its write-ahead logs are there.
      let store = try home.open()
      try await store.append(1, of: "anna")
      try forget("anna", in: store)
      try await store.append(1, of: "bert")
      let copy = try home.copy("backup", with: .taken)
      #expect(home.files.exists(copy.vault + "-wal"))
    }
    let copy = Home(home.home.path.parentPath + "/backup")
    let before = try home.bytes(of: copy)
    let report = try home.drill(copy)
    #expect(report.living.opened == report.living.of && report.shredded.of > 0)
    #expect(try home.bytes(of: copy) == before)
    #expect(try home.files.contents(of: home.home.path.parentPath) == ["backup", "home"])
  }

  @Test func `P3 an old directory shard does not open, and would with the old root`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    let copy = try home.copy("backup", with: .taken)
    try await home.forget("anna")
    let report = try home.drill(copy)
    #expect(report.shardsOpened == 0 && report.rootCellOpensShards == 1)
  }

  @Test func `another store's copy and no copy at all are errors`() async throws {
    let home = try AuditHome()
    let other = try AuditHome()
    #expect(throws: LetheError(.input, "")) { try home.drill(other.copy("backup")) }
    #expect(throws: LetheError(.io, "")) { try home.drill(Home(home.home.path + "/none")) }
  }
}

extension AuditHome {
  func bytes(of copy: Home) throws -> [String: [UInt8]] {
    var bytes: [String: [UInt8]] = [:]
    for folder in [copy.keys, copy.log] {
      for name in try files.contents(of: folder) {
        bytes["\(folder)/\(name)"] = try files.contents(ofFile: "\(folder)/\(name)")
      }
    }
    return bytes
  }
}
