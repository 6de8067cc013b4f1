#if Fuzzing
  internal import LetheCrypto
  @testable internal import LetheLog
  internal import LetheSystem

  /// A checkpoint that a fixed key signed.
  private struct Signed {
    let note: SignedNote
    let key: VerifierKey

    init() throws(LetheError) {
      let secret = try [UInt8](0..<32).withByteSpan { (bytes) throws(LetheError) in try Secret(copying: bytes) }
      let signer = try SigningKey(seed: secret)
      let hash = SHA256.hash([1, 2, 3].span.bytes)
      let checkpoint = try Checkpoint(
        origin: "lethe.example/log", size: 8, rootHash: hash, extensionLines: ["an extension"])
      note = try checkpoint.signed(with: signer)
      key = try VerifierKey(name: "lethe.example/log", key: signer.verifyingKey)
    }

    static let one = succeeding("a checkpoint is signed") { () throws(LetheError) in try Signed() }

    /// No input makes the key sign another text.
    func expectUnforged(_ note: SignedNote) {
      if case .signed = note.verify(with: [key]) {
        expect(note.text.utf8.elementsEqual(self.note.text.utf8), "only what was signed verifies")
      }
    }
  }

  extension FuzzTarget {
    /// A signed note, the checkpoint in it, or a verifier key.
    static let note = FuzzTarget(name: "note") { () throws(LetheError) in
      let signed = Signed.one
      let other = NoteSignature(name: "witness.example", keyID: 7, bytes: [UInt8](repeating: 4, count: 72))
      var witnessed = signed.note
      witnessed.add([other])
      return [signed.note.encoded, witnessed.encoded, signed.note.text, signed.key.encoded].map { Array($0.utf8) }
    } check: { bytes in
      if let note = allowing(.input, decode: { () throws(LetheError) in try SignedNote(parsing: bytes) }) {
        expect(note.encoded.utf8.elementsEqual(bytes), "a note is encoded as it was read")
        expectCheckpoint(note.text)
        Signed.one.expectUnforged(note)
      }
      guard let text = String(validating: bytes, as: UTF8.self) else { return }
      expectCheckpoint(text)
      guard let key = allowing(.input, decode: { () throws(LetheError) in try VerifierKey(parsing: text) }) else {
        return
      }
      let again = succeeding("a verifier key is read again") { () throws(LetheError) in
        try VerifierKey(parsing: key.encoded)
      }
      expect(again == key && key.encoded.lowercased() == text.lowercased(), "a key is encoded as it was read")
    }

    private static func expectCheckpoint(_ text: String) {
      guard let checkpoint = allowing(.input, decode: { () throws(LetheError) in try Checkpoint(text: text) }) else {
        return
      }
      expect(checkpoint.text.utf8.elementsEqual(text.utf8), "a checkpoint is encoded as it was read")
    }

    static let proof = FuzzTarget(name: "proof") { () throws(LetheError) in
      let hashes = [1, 2, 3].map { SHA256.hash([$0].span.bytes) }
      return ([nil, [], [1, 2, 3]] as [[UInt8]?]).map { extra in
        Array(TlogProof(position: 5, inclusionProof: hashes, note: Signed.one.note, extra: extra).encoded.utf8)
      }
    } check: { bytes in
      guard let proof = allowing(.input, decode: { () throws(LetheError) in try TlogProof(parsing: bytes) }) else {
        return
      }
      expect(proof.encoded.utf8.elementsEqual(bytes), "a proof is encoded as it was read")
      Signed.one.expectUnforged(proof.note)
      let signed = Signed.one
      let verdict = proof.verify(
        leafEntry: SHA256.hash([4].span.bytes), origin: signed.key.name, keys: [signed.key])
      if case .proven = verdict { finding("an entry that is in no log is proven") }
    }
  }
#endif
