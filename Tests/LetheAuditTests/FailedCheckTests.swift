import LetheAudit
import LetheCrypto
import LetheLog
import LetheSQLite
import LetheSystem
import LetheVault
import Testing

@testable import LetheStore

/// For each check a home that makes it fail, and no other where that can be.
@Suite struct FailedCheckTests {
  private let case1 = CaseID([UInt8](repeating: 1, count: 16))!

  // MARK: A1, A13

  @Test func `P8 a flipped bit in the log is named with its position, and nothing else counts as checked`() async throws
  {
    let home = try AuditHome()
    try await home.use("anna")
    try home.flip("Log/\(LogLayout.segment(0))", at: 2000)
    let report = try home.verify()
    #expect(!report.ok)
    #expect(report.failed == ["A1"] && report.unmade.count == report.checks.count - 1, "\(report)")
    #expect(try #require(report["A1"]).detail.contains("position "))
    #expect(try #require(report["A6"]).detail == "the log cannot be read")
  }

  @Test func `P8 a log that was cut behind its checkpoint fails`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    let older = try home.copy("older", with: .taken)
    try await home.use("bert")
    try home.restore(["Log/\(LogLayout.segment(0))"], from: older)
    let report = try home.verify()
    #expect(report.failed == ["A1", "A7"] && report.unmade == ["A5"], "\(report)")
    #expect(try #require(report["A1"]).detail.contains("its end was cut off"))
  }

  @Test func `P8 another history than the one signed fails`() async throws {
    let home = try AuditHome()
    let fork = try home.copy("fork", with: .taken)
    try await home.use("anna")
    let signed = try home.copy("signed", with: .taken)
    try home.restore(Self.everything, from: fork)
    try home.files.remove(home.home.directory)
    try await home.use("bert")
    try home.restore(["Log/checkpoint"], from: signed)
    let report = try home.verify()
    #expect(report.failed == ["A1", "A7"] && report.unmade == ["A5"], "\(report)")
    #expect(try #require(report["A1"]).detail.contains("are not those"))
  }

  private static let everything = [
    "Keys/vault.sqlite", "Keys/root.cell", "Keys/signing.key", "Keys/checkpoint", "Log/checkpoint",
    "Log/\(LogLayout.segment(0))",
  ]

  @Test func `a published checkpoint that is newer than the one in Keys fails`() async throws {
    let home = try AuditHome()
    let older = try home.copy("older")
    try await home.use("anna")
    try home.restore(["Keys/checkpoint"], from: older)
    #expect(try home.verify().failed == ["A1"])
  }

  @Test func `P8 a checkpoint of another log's key fails`() async throws {
    let home = try AuditHome()
    let other = try AuditHome()
    try home.restore(["Log/checkpoint"], from: other.copy("copy"))
    let report = try home.verify()
    #expect(report.failed == ["A13"], "\(report)")
  }

  @Test(arguments: [0, 40, 150, 200])
  func `P8 a checkpoint with a changed byte fails`(offset: Int) async throws {
    let home = try AuditHome()
    try home.flip("Log/checkpoint", at: offset)
    let report = try home.verify()
    #expect(report.failed == ["A13"], "\(report)")
  }

  // MARK: A6

  @Test func `a part under a key that was never opened fails the census`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    try home.append(partUnder: KeyID(plane: .subjects, block: 0, subject: 500, slot: 1))
    let report = try home.verify()
    #expect(report.failed == ["A6"], "\(report)")
  }

  @Test func `a key of a block that was never opened fails the census`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    let kid = KeyID(plane: .subjects, block: 5, subject: 0, slot: 0)
    let commitment = try await home.session { store in try store.commitment(of: kid) }
    try home.append(.subjectRegistered(kid, commitment: try #require(commitment)))
    try home.append(partUnder: kid)
    #expect(try #require(home.verify()["A6"]).detail.contains("block"))
  }

  @Test func `a part that came after its key's tombstone fails the census`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    try await home.forget("anna")
    try home.append(partUnder: KeyID(plane: .subjects, block: 0, subject: 0, slot: 1))
    let report = try home.verify()
    #expect(try #require(report["A6"]).detail.contains("tombstone"))
    #expect(report.failed == ["A6"], "\(report)")
  }

  // MARK: A7

  @Test func `a part that does not open under its living key fails`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    try home.append(partUnder: KeyID(plane: .subjects, block: 0, subject: 0, slot: 1))
    let report = try home.verify()
    #expect(report.failed == ["A7"], "\(report)")
    #expect(try #require(report["A7"]).detail.contains("position "))
  }

  @Test func `a commitment that is not the key's fails`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    let kid = KeyID(plane: .subjects, block: 0, subject: 1, slot: 0)
    try home.append(.subjectRegistered(kid, commitment: SHA256.hash([1])))
    #expect(try #require(home.verify()["A7"]).detail.contains("another key"))
  }

  @Test func `a root cell from before fails`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    let older = try home.copy("older", with: .taken)
    try await home.forget("anna")
    try home.restore(["Keys/root.cell"], from: older)
    let report = try home.verify()
    #expect(report.failed == ["A7"] && report.unmade == ["A5"], "\(report)")
  }

  // MARK: A5

  @Test func `a vault that went another way than the log at the same epoch is not opened, and fails`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    let fork = try home.copy("fork", with: .taken)
    let pages = try ClosedHome(home.home, in: home.world).pages()
    try await home.forget("anna")
    let forgotten = try home.copy("forgotten", with: .taken)
    // The other way that the second epoch could have gone, and the pages of both.
    try home.restore(FailedCheckTests.everything + ["Keys/directory.sqlite"], from: fork)
    _ = try home.commitVault(CommitRequest(newSubjectBlocks: 1))
    do {
      let store = try SQLitePageStore(path: home.home.vault, .readWrite)
      let known = Set(try store.rows().map(\.key) + pages.map(\.key))
      try store.put(ClosedHome(forgotten, in: home.world).pages().filter { !known.contains($0.key) })
    }
    try home.restore(
      ["Log/checkpoint", "Keys/checkpoint", "Log/\(LogLayout.segment(0))"],
      from: forgotten)
    let report = try home.verify()
    #expect(report.failed == ["A7"] && report.unmade == ["A5"], "\(report)")
    #expect(try #require(report["A7"]).detail.contains("both at epoch 2"))
  }

  // MARK: A10

  @Test func `P9 a key destroyed for a case that nobody approved fails`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    // Nobody's yet, so that nothing else can tell.
    let node = KeyNode(plane: .subjects, block: 0, depth: 10, prefix: 700)
    let advance = try home.commitVault(
      CommitRequest(punctures: [Puncture(node, cause: .forgetCase(case1))]))
    try home.append(.epochAdvanced(advance))
    let report = try home.verify()
    #expect(report.failed == ["A10"], "\(report)")
    #expect(try #require(report["A10"]).detail.contains(case1.hex))
  }

  @Test func `P9 the keys of a person destroyed without a case fail, and are missing keys`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    let node = KeyNode(plane: .subjects, block: 0, depth: 10, prefix: 0)
    let advance = try home.commitVault(
      CommitRequest(punctures: [Puncture(node, cause: .forgetCase(case1))]))
    try home.append(.epochAdvanced(advance))
    #expect(try home.verify().failed == ["A7", "A10"])
  }

  @Test(arguments: [0, 9, 10])
  func `P9 keys in use that were destroyed as never used fail`(depth: Int) async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    let node = KeyNode(plane: .subjects, block: 0, depth: depth, prefix: depth == 10 ? 1 : 0)
    let advance = try home.commitVault(CommitRequest(punctures: [Puncture(node, cause: .seal)]))
    try home.append(.epochAdvanced(advance))
    #expect(try home.verify().failed.contains("A10"))
  }

  @Test func `P9 keys never used may be destroyed without a case`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    let node = KeyNode(plane: .subjects, block: 9, depth: 0, prefix: 0)
    let advance = try home.commitVault(CommitRequest(punctures: [Puncture(node, cause: .seal)]))
    try home.append(.epochAdvanced(advance))
    let report = try home.verify()
    #expect(report.ok, "\(report)")
  }

  @Test func `P9 an approval of something else is none`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    let extent = SHA256.hash([1])
    let node = KeyNode(plane: .subjects, block: 0, depth: 10, prefix: 700)
    let count = try home.log().count
    func step(_ state: CaseStep.State, _ extent: Digest) -> Fact {
      .caseStep(CaseStep(caseID: case1, state: state, staff: [], dueDay: nil, extent: extent))
    }
    let sound: [Fact] = [step(.approved, extent)]
    let refused: [Fact] = [step(.approved, extent), step(.refused, extent)]
    let other: [Fact] = [step(.approved, SHA256.hash([2]))]
    let merelyAssessed: [Fact] = [step(.assessed, extent)]
    for (facts, passes) in [(sound, true), (refused, false), (other, false), (merelyAssessed, false)] {
      let home = try AuditHome()
      try await home.use("anna")
      #expect(try home.log().count == count)
      for fact in facts { try home.append(fact) }
      try home.append(
        .forgetStarted(ForgetStart(caseID: case1, approval: count, extent: extent, nodes: [node])))
      let advance = try home.commitVault(CommitRequest(punctures: [Puncture(node, cause: .forgetCase(case1))]))
      try home.append(.epochAdvanced(advance))
      try home.append(
        .keysDestroyed(KeysDestruction(caseID: case1, epoch: advance.to, nodes: [node], cells: [])))
      #expect(try home.verify().failed == (passes ? [] : ["A10"]))
    }
  }

  @Test func `P9 an end without a beginning fails`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    let node = KeyNode(plane: .subjects, block: 0, depth: 10, prefix: 700)
    try home.append(.keysDestroyed(KeysDestruction(caseID: case1, epoch: 1, nodes: [node], cells: [])))
    #expect(try home.verify().failed == ["A10"])
  }

  @Test func `P9 a page that is gone, though nobody was forgotten, fails`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    // A spare block's: nothing that opens misses it.
    try home.database { database in
      try database.run("DELETE FROM page WHERE page = ?", .integer(2 << 56 | 40))
    }
    let report = try home.verify()
    #expect(report.failed == ["A10"], "\(report)")
    #expect(try #require(report["A10"]).detail.contains("0200000000000028"))
  }

  @Test func `P9 a page that was changed fails`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    try home.database { database in
      try database.run("UPDATE page SET bytes = zeroblob(200) WHERE page = ?", .integer(2 << 56 | 40))
    }
    #expect(try home.verify().failed == ["A10"])
  }

  @Test func `a file of pages that is none is a finding, no error`() async throws {
    let home = try AuditHome()
    try home.database { _ in }
    try home.files.write([UInt8](repeating: 5, count: 8192), to: home.home.vault)
    let report = try home.verify()
    #expect(report.failed == ["A7", "A10"] && report.unmade == ["A5"], "\(report)")
  }

  @Test func `no home is an error, and of a home that somebody has open the rest is checked`() async throws {
    let home = try AuditHome()
    #expect(throws: LetheError(.io, "")) { try Auditor.verify(Home(home.home.path + "/none")) }
    let store = try home.open()
    let report = try Auditor.verify(home.home, waiting: .zero, in: home.world)
    #expect(report.obstacle?.code == .locked)
    #expect(report.ok && !report.isComplete && report.unmade == ["A5", "A7"], "\(report)")
    #expect(report.checks.count == 7)
    try store.close()
  }
}
