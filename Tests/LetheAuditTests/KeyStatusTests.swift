import LetheCrypto
import LetheLog
import LetheStore
import LetheSystem
import LetheVault
import Testing

@Suite struct KeyStatusTests {
  @Test func `the status is told beside a store that is open, and its key verifies the checkpoint`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    try await home.forget("anna")
    let store = try home.open()
    let status = try Store.keyStatus(home.home, in: home.world)
    #expect(status.storeID == store.id.hex)
    #expect(status.origin == "lethe/\(store.id.hex)")
    #expect(status.epoch == 2 && status.blocks == 64)
    #expect(status.cells.map(\.kind) == ["file"] && status.replicas == [])
    let note = try SignedNote(parsing: home.files.contents(ofFile: home.home.checkpoint))
    let key = try VerifierKey(parsing: status.vkey)
    #expect(note.verify(with: [key]) == .signed(by: [key]))
    try store.close()
    #expect(try Store.keyStatus(home.home, in: home.world) == status)
  }

  @Test func `where there is no home there is no status`() throws {
    let home = try AuditHome()
    #expect(throws: LetheError(.io, "")) { try Store.keyStatus(Home(home.home.path + "/none")) }
  }

  @Test func `a living subject has a number, a forgotten or unknown one has none`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    try await home.forget("anna")
    try await home.session { (store) async throws in
      #expect(try store.subjectIndex(ofSubject: "bert")?.rawValue == 1)
      #expect(try store.subjectIndex(ofSubject: "anna") == nil)
      #expect(try store.subjectIndex(ofSubject: "cleo") == nil)
    }
  }
}
