import LetheCrypto
import LetheLog
import LetheSystem
import LetheTesting
import Testing

@Suite struct CheckpointTests {
  static func signingKey() throws -> SigningKey {
    try SigningKey(seed: Secret(copying: [UInt8](0..<32).span.bytes))
  }

  /// The text of the example of https://c2sp.org/tlog-checkpoint.
  @Test func `C2SP tlog-checkpoint example`() throws {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    let checkpoint = try Checkpoint(text: text)
    #expect(checkpoint.origin == "example.com/behind-the-sofa" && checkpoint.size == 20_852_163)
    #expect(checkpoint.rootHash.bytes.base64 == "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    #expect(checkpoint.text == text)
  }

  @Test func `a checkpoint has these bytes`() throws {
    let checkpoint = try Checkpoint(origin: "lethe/00", size: 1, rootHash: MerkleVectorTests.roots[0])
    let note = try checkpoint.signed(with: Self.signingKey())
    // Made by pyca/cryptography 48 with the same seed and text.
    let golden = """
      lethe/00
      1
      bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=

      — lethe/00 UhiXRLNM9wndEvMqwTlrMX5UDWNzobHCsRqygKhUEMqGmF5QeeJ87/Abf1j93VIiSdltuAJz53FUHNngbcm2bqnuugI=

      """
    #expect(note.encoded == golden)
    let key = try VerifierKey(name: "lethe/00", key: Self.signingKey().verifyingKey)
    #expect(note.verify(with: [key]) == .signed(by: [key]))
    #expect(try Checkpoint(text: note.text) == checkpoint)
  }

  @Test func `extension lines are kept`() throws {
    let text = "a\n0\n\(MerkleHash.emptyRoot.bytes.base64)\nfirst\nsecond line\n"
    let checkpoint = try Checkpoint(text: text)
    #expect(checkpoint.extensionLines == ["first", "second line"] && checkpoint.text == text)
  }

  @Test(arguments: [
    "", "a\n1\n", "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
    "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "a\n\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    "a\n+1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2==\n",
    "a\n18446744073709551616\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
  ])
  func `a text that is no checkpoint is refused`(text: String) {
    #expect(throws: LetheError(.input, "")) { try Checkpoint(text: text) }
  }
}

@Suite struct TlogProofTests {
  private static let origin = "lethe.example/log"

  private static func proof(extra: [UInt8]? = nil) throws -> (TlogProof, Digest, VerifierKey) {
    let log = MemoryLog(storeID: testStoreID)
    for group in try makeGroups([[3], [1, 2], [5]]) { _ = try log.append(group) }
    let key = try CheckpointTests.signingKey()
    let note = try log.checkpoint().signed(with: key)
    let proof = TlogProof(
      position: 7, inclusionProof: try log.inclusionProof(of: 7, in: log.count), note: note, extra: extra)
    return (proof, try log.leafEntry(at: 7), try VerifierKey(name: origin, key: key.verifyingKey))
  }

  @Test(arguments: [nil, [], [1, 2, 3]] as [[UInt8]?])
  func `a proof is read as it was written, and proves`(extra: [UInt8]?) throws {
    let (proof, entry, key) = try Self.proof(extra: extra)
    let lines = proof.encoded.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "c2sp.org/tlog-proof@v1")
    #expect(lines.contains("index 7"))
    let read = try TlogProof(parsing: proof.encoded.utf8)
    #expect(read == proof && read.extra == extra)
    guard case .proven(let checkpoint) = read.verify(leafEntry: entry, origin: Self.origin, keys: [key]) else {
      Issue.record("not proven")
      return
    }
    #expect(checkpoint.size == 11)
  }

  @Test func `a proof is worth nothing for another entry, log, key or place`() throws {
    let (proof, entry, key) = try Self.proof()
    #expect(proof.verify(leafEntry: .zero, origin: Self.origin, keys: [key]) == .notIncluded)
    #expect(proof.verify(leafEntry: entry, origin: "lethe.example/log/2", keys: [key]) == .otherLog)
    let other = try SigningKey(seed: Secret(copying: [UInt8](1..<33).span.bytes)).verifyingKey
    #expect(
      proof.verify(leafEntry: entry, origin: Self.origin, keys: [try VerifierKey(name: Self.origin, key: other)])
        == .unsigned)
    let moved = TlogProof(position: 6, inclusionProof: proof.inclusionProof, note: proof.note)
    #expect(moved.verify(leafEntry: entry, origin: Self.origin, keys: [key]) == .notIncluded)
    let forged = try TlogProof(parsing: proof.encoded.replacing("\n11\n", with: "\n12\n").utf8)
    #expect(forged.verify(leafEntry: entry, origin: Self.origin, keys: [key]) == .forged)
    var note = try SignedNote(text: "no checkpoint\n")
    try note.sign(with: CheckpointTests.signingKey(), name: Self.origin)
    let empty = TlogProof(position: 7, inclusionProof: proof.inclusionProof, note: note)
    #expect(empty.verify(leafEntry: entry, origin: Self.origin, keys: [key]) == .noCheckpoint)
  }

  @Test func `what is no proof is refused`() throws {
    let text = try Self.proof().0.encoded
    let bad = [
      "", "c2sp.org/tlog-proof@v1\n", text.replacing("@v1", with: "@v2"), text.replacing("index 7", with: "index 07"),
      text.replacing("index 7", with: "index -1"), text.replacing("index 7\n", with: ""),
      text.replacing("index 7", with: "extra ***\nindex 7"), text.replacing("index 7", with: "index 7\nAAAA"),
    ]
    for text in bad { #expect(throws: LetheError(.input, "")) { try TlogProof(parsing: text.utf8) } }
    let bytes = Array(text.utf8)
    for count in 0..<bytes.count {
      #expect(throws: LetheError(.input, "")) { try TlogProof(parsing: bytes[..<count]) }
    }
  }
}
