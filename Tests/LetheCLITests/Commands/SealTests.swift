import LethePolicies
import LetheSystem
import LetheTesting
import Testing

@testable import lethe

@Suite struct SealCommandTests {
  @Test func `a seal says what it did, and the home goes on and passes its audit`() async throws {
    let clinic = try await Clinic.made()
    _ = await clinic.run("append", "patient-1", input: event("1", subject: "P-1"))
    let sealed = await clinic.run("key", "seal", "--json")
    #expect(sealed.code == .success && sealed.errors.isEmpty)
    let json = try sealed.json()
    #expect(json["epoch"]?["from"]?.isEquivalent(to: .int(1)) == true)
    #expect(json["epoch"]?["to"]?.isEquivalent(to: .int(2)) == true)
    #expect(json["blocksOpened"]?.isEquivalent(to: .array([.int(64)])) == true)
    #expect(json["subjectsDropped"]?.isEquivalent(to: .int(64 * 1024 - 1)) == true)
    #expect(json["oldRootErased"]?.isEquivalent(to: .bool(true)) == true)
    #expect(await clinic.run("append", "patient-2", input: event("2", subject: "P-2")).code == .success)
    #expect(await clinic.run("subject", "show", "P-1").out.hasPrefix("live"))
    #expect(await clinic.run("key", "seal").out.hasPrefix("Epoch 2 became 3: "))
    let report = await clinic.run("audit", "verify")
    #expect(report.code == .success, "\(report.out)")
  }

  @Test func `a seal that waits for a replica exits 2, names it, and changes nothing`() async throws {
    let clinic = try await Clinic.made()
    let replica = clinic.folder.path("replica")
    #expect(await clinic.run("replica", "add", replica).code == .success)
    try LocalFileSystem().rename(replica, to: replica + ".away")
    let refused = await clinic.run("key", "seal", "--json")
    #expect(refused.code == .couldNotRun && refused.out.contains("replica 1"))
    #expect(await clinic.run("key", "status").out.contains("epoch    1"))
  }
}
