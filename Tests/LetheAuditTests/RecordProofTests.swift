import LetheAudit
import LetheCrypto
import LetheLog
import LetheStore
import LetheSystem
import Testing

@Suite struct RecordProofTests {
  private func vkey(_ home: AuditHome) throws -> String { try Store.keyStatus(home.home, in: home.world).vkey }

  private func proof(_ position: UInt64, _ home: AuditHome) throws -> [UInt8] {
    Array(try RecordProof.prove(position, in: home.home, home.world).utf8)
  }

  private func proven(_ text: [UInt8], _ vkey: String) throws(LetheError) -> RecordProof? {
    guard case .proven(let proof) = try RecordProof.check(text, vkey: vkey) else { return nil }
    return proof
  }

  @Test func `every record of a closed home is proven by text and public key alone`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert", events: 140)
    let key = try vkey(home)
    let log = try home.log()
    #expect(log.count > LogLayout.tileWidth)
    for position in 0..<log.count {
      let header = try log.record(at: position).header
      let found = try #require(try proven(proof(position, home), key), "position \(position)")
      #expect(found.origin == "lethe/\(try home.storeID.hex)" && found.size == log.count)
      #expect(found.position == position && found.revision == header.revision)
      #expect(found.streamID == (header.flags.contains(.system) ? nil : header.streamID.description))
      let digest = try log.record(at: position).contentDigest
      #expect(found.keyIDs == header.parts.map(\.kid) && found.contentDigest == digest)
    }
  }

  @Test func `a proof is made beside a store that is open, for what its newest checkpoint covers`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    let (key, covered) = (try vkey(home), try home.log().count)
    let store = try home.open()
    try await store.append(7, of: "anna")
    #expect(try proven(proof(covered - 1, home), key)?.size == covered)
    #expect(throws: LetheError(.input, "")) { try proof(covered, home) }
    try store.close()
    #expect(try proven(proof(covered, home), key) != nil)
  }

  @Test func `a proof holds after its subject was forgotten, and one that is made then holds too`() async throws {
    let home = try AuditHome()
    try await home.use("anna", "bert")
    let key = try vkey(home)
    let last = try home.log().count - 1
    let before = try proof(last, home)
    try await home.forget("anna")
    try await home.forget("bert")
    #expect(try proven(before, key)?.position == last)
    #expect(try proven(proof(last, home), key)?.position == last)
  }

  @Test func `no byte of a proof can be changed`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    let (key, text) = (try vkey(home), try proof(5, home))
    #expect(try proven(text, key) != nil)
    for index in text.indices {
      var changed = text
      changed[index] ^= 1
      do throws(LetheError) { #expect(try proven(changed, key) == nil, "byte \(index)") } catch {
        #expect(error.code == .input, "byte \(index)")
      }
    }
  }

  @Test func `a proof of another log or with another key is none`() async throws {
    let (home, other) = (try AuditHome(), try AuditHome())
    try await home.use("anna")
    try await other.use("anna")
    #expect(
      try RecordProof.check(proof(3, home), vkey: vkey(other))
        == .unproven(.otherLog))
    let stranger = try VerifierKey(
      name: VerifierKey(parsing: vkey(home)).name, key: VerifierKey(parsing: vkey(other)).key)
    #expect(try RecordProof.check(proof(3, home), vkey: stranger.encoded) == .unproven(.otherKey))
    #expect(throws: LetheError(.input, "")) { try RecordProof.check(proof(3, home), vkey: "canary") }
    #expect(throws: LetheError(.input, "")) { try RecordProof.check(Array("canary\n".utf8), vkey: vkey(home)) }
  }

  @Test func `a proof that does not show the record's header is refused`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    let genuine = try TlogProof(parsing: proof(3, home))
    for shown in [nil, [], Array(genuine.extra!.prefix(Digest.byteCount))] {
      let changed = TlogProof(
        position: genuine.position, inclusionProof: genuine.inclusionProof, note: genuine.note, extra: shown)
      #expect(throws: LetheError(.input, "")) {
        try RecordProof.check(Array(changed.encoded.utf8), vkey: vkey(home))
      }
    }
  }

  @Test func `of a log that its checkpoint contradicts no proof is made`() async throws {
    let (home, other) = (try AuditHome(), try AuditHome())
    try await home.use("anna")
    try await other.use("anna")
    try home.files.write(home.files.contents(ofFile: other.home.checkpoint), to: home.home.checkpoint)
    #expect(throws: LetheError(.damage, "")) { try proof(3, home) }
    try home.files.write(Array("canary\n".utf8), to: home.home.checkpoint)
    #expect(throws: LetheError(.damage, "")) { try proof(3, home) }
    try home.files.remove(home.home.checkpoint)
    #expect(throws: LetheError(.input, "")) { try proof(3, home) }
    #expect(throws: LetheError(.input, "")) { try proof(home.log().count, home) }
  }

  @Test func `no proof is made by a checkpoint of the right root that another key signed`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    let genuine = try SignedNote(parsing: home.files.contents(ofFile: home.home.checkpoint))
    let checkpoint = try Checkpoint(text: genuine.text)
    let forged = try checkpoint.signed(with: SigningKey(seed: Secret(copying: [UInt8](0..<32).span.bytes)))
    try home.files.write(Array(forged.encoded.utf8), to: home.home.checkpoint)
    #expect(throws: LetheError(.damage, "")) { try proof(3, home) }
  }

  @Test func `a proof is made of Log alone, and of a longer checkpoint's log none`() async throws {
    let home = try AuditHome()
    try await home.use("anna")
    let key = try vkey(home)
    let old = try home.copy("old")
    for name in try home.files.contents(of: old.path + "/Keys") { try home.files.remove("\(old.path)/Keys/\(name)") }
    try home.files.removeDirectory(old.path + "/Keys")
    #expect(try proven(Array(RecordProof.prove(3, in: old, home.world).utf8), key) != nil)
    try await home.use("bert")
    try home.files.write(home.files.contents(ofFile: home.home.checkpoint), to: old.checkpoint)
    #expect(throws: LetheError(.rolledBack, "")) { try RecordProof.prove(3, in: old, home.world) }
  }
}
