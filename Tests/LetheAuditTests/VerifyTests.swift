import LetheAudit
import LetheStore
import LetheSystem
import LetheVault
import Testing

@Suite struct VerifyTests {
  @Test func `a fresh home passes`() throws {
    let report = try AuditHome().verify()
    #expect(report.ok, "\(report)")
    #expect(Set(report.checks.map(\.id)) == ["A1", "A5", "A6", "A7", "A9", "A10", "A13"])
  }

  @Test func `a used home passes`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    let report = try home.verify()
    #expect(report.ok, "\(report)")
    #expect(try #require(report["A7"]).detail.contains("parts opened"))
  }

  @Test func `a home where somebody was forgotten passes and says how many parts are shredded`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert", "cleo")
    try await home.forget("anna")
    try await home.forget("cleo")
    let report = try home.verify()
    #expect(report.ok, "\(report)")
    // Three events, registration, one slot, stream name and two case steps of each.
    #expect(try #require(report["A5"]).detail.hasPrefix("16 parts"))
    #expect(try #require(report["A10"]).detail.hasPrefix("2 cases, 0 under way"))
    #expect(report.description.split(separator: "\n").count == 7)
  }

  @Test func `a home that was not closed passes`() async throws {
    let home = try AuditHome()
    do {
      let store = try home.open()
      try await store.append(1, of: "anna")
    }
    let report = try home.verify()
    #expect(report.ok, "\(report)")
  }
}
