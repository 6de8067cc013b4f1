import LetheAudit
import LetheCompliance
import LetheProjections
import LetheStore
import LetheSystem
import LetheTesting
import Testing

/// A9: what an audit says of read models, by their files and the log alone.
@Suite struct ReadModelCheckTests {
  private struct Everything: ReadModel {
    let name = "everything"
    let columns: [Column] = [.key("at"), .value("text")]

    func apply(_ part: DeliveredPart, to rows: borrowing PartRows) throws(LetheError) {
      try rows.put(["at": .integer(Int64(part.position)), "text": .text(String(decoding: part.json, as: UTF8.self))])
    }
  }

  /// A home in which somebody was forgotten, with a read model from before; the second one has purged it.
  private func home() async throws -> (home: AuditHome, before: [String: [UInt8]]) {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    try await home.session { store in _ = try Projections(store, models: [Everything()]).run("everything") }
    let before = try files(home)
    try await home.forget("anna")
    return (home, before)
  }

  private func files(_ home: AuditHome) throws -> [String: [UInt8]] {
    let folder = home.home.readModels
    var contents: [String: [UInt8]] = [:]
    for name in try home.files.contents(of: folder) {
      contents[name] = try home.files.contents(ofFile: "\(folder)/\(name)")
    }
    return contents
  }

  /// What the audit says while the keys are away, so that nothing is purged by it.
  private func keyless(_ home: AuditHome) throws -> AuditReport {
    try home.files.rename(home.home.keys, to: home.home.keys + ".away")
    defer { try? home.files.rename(home.home.keys + ".away", to: home.home.keys) }
    return try home.verify()
  }

  @Test func `a read model that owes a purge is named without a key and without a trace, and purged with one`()
    async throws
  {
    let (home, before) = try await home()
    let report = try keyless(home)
    #expect(report.failed == ["A9"] && report.unmade == ["A5", "A7", "A10"], "\(report)")
    #expect(try #require(report["A9"]).detail.contains("everything owes a purge"), "\(report)")
    #expect(try files(home) == before)
    // The part with keys opens the store, as whoever opens it has purged what is due.
    #expect(try home.verify().failed == ["A9"])
    let after = try home.verify()
    #expect(after.ok && after.isComplete && after["A9"]?.answer == .attested, "\(after)")
  }

  @Test func `a bookmark that a later or another log made acknowledges nothing`() async throws {
    let (home, _) = try await home()
    let (other, _) = try await self.home()
    try await other.session { store in _ = try ForgetDesk(store) }
    #expect(try other.verify()["A9"]?.answer == .attested)
    let name = "everything.sqlite"
    let bytes = try other.files.contents(ofFile: "\(other.home.readModels)/\(name)")
    try home.files.write(bytes, to: "\(home.home.readModels)/\(name)")
    let report = try keyless(home)
    #expect(report.failed == ["A9"], "\(report)")
    #expect(try #require(report["A9"]).detail.contains("not of this log"), "\(report)")
  }

  @Test func `a file that is no database fails, and before the first forget says nothing`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    try home.files.createDirectory(home.home.readModels)
    try home.files.write([UInt8](repeating: 7, count: 5000), to: "\(home.home.readModels)/odd.sqlite")
    #expect(try home.verify()["A9"]?.answer == .proven)
    try await home.forget("anna")
    let report = try home.verify()
    #expect(report.failed == ["A9"] && report["A9"]?.detail.contains("odd owes") == true, "\(report)")
  }

  @Test func `a file that the auditor may not read is not checked, and named`() async throws {
    let (home, _) = try await home()
    let files = FaultingFileSystem(home.files)
    files.faults.decide { $0.kind == .open && $0.path.hasSuffix("everything.sqlite") ? .fail : .proceed }
    try home.files.rename(home.home.keys, to: home.home.keys + ".away")
    let report = try Auditor.verify(home.home, waiting: .zero, in: World(files: files, clock: ManualClock()))
    #expect(report.ok && report["A9"]?.answer == .notChecked, "\(report)")
    #expect(report["A9"]?.detail.contains("everything may owe") == true, "\(report)")
  }

  @Test func `an audit of a copy of the log alone checks what needs no key`() async throws {
    let (home, _) = try await home()
    let copy = try home.copy("copy")
    for name in try home.files.contents(of: copy.keys) { try home.files.remove("\(copy.keys)/\(name)") }
    try home.files.removeDirectory(copy.keys)
    let report = try Auditor.verify(copy, waiting: .zero, in: home.world)
    #expect(report.ok && !report.isComplete && report.unmade == ["A5", "A7", "A10"], "\(report)")
    for id in ["A1", "A6", "A13"] { #expect(report[id]?.answer == .proven, "\(report)") }
    #expect(report["A9"]?.answer == .attested, "\(report)")
    #expect(try home.files.contents(of: copy.path) == ["Log"])
  }
}
