import LetheCrypto
import LetheLog
import LetheSystem
import LetheTesting
import Testing

@Suite struct SignedNoteTests {
  /// golang.org/x/mod, sumdb/note/note_test.go.
  static let peterKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
  static let peterSeed = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
  static let enochKey = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
  static let text =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
  static let peterLine =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
  static let enochLine =
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"

  static func note(_ text: String) throws(LetheError) -> SignedNote { try SignedNote(parsing: text.utf8) }

  /// https://c2sp.org/signed-note, section "Verifier keys", its example key and note.
  @Test func `C2SP signed-note Example`() throws {
    let key = try VerifierKey(parsing: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    let text = """
      This is an example message.

      — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

      """
    let note = try Self.note(text)
    #expect(note.verify(with: [key]) == .signed(by: [key]))
    #expect(note.text == "This is an example message.\n" && note.encoded == text)
    #expect(key.name == "example.com/foo" && key.keyID == 0x530d_903a)
    #expect(key.encoded == "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
  }

  /// https://c2sp.org/signed-note, section "Format": a text with empty lines and letters beyond ASCII.
  @Test func `C2SP signed-note Format`() throws {
    let text = """
      Ognuno sta solo sul cuor della terra
      trafitto da un raggio di sole:

      ed è subito sera.

      — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=

      """
    let note = try Self.note(text)
    #expect(note.text.hasSuffix("sole:\n\ned è subito sera.\n") && note.encoded == text)
    #expect(note.signatures.map(\.name) == ["quasimodo.example/salvatore"])
    #expect(note.signatures[0].keyID == 0x367b_a04b && note.signatures[0].bytes.count == 64)
  }

  @Test func `TestNewVerifier`() throws {
    #expect(try VerifierKey(parsing: Self.peterKey).encoded == Self.peterKey)
    #expect(try VerifierKey(parsing: Self.enochKey).encoded == Self.enochKey)
    let bytes = Array(Self.peterKey.utf8)
    func expectBad(_ bytes: some Sequence<UInt8>) {
      let text = String(decoding: Array(bytes), as: UTF8.self)
      #expect(throws: LetheError(.input, "")) { try VerifierKey(parsing: text) }
    }
    for start in bytes.indices {
      for end in start + 1...bytes.count where start != 0 || end != bytes.count { expectBad(bytes[start..<end]) }
    }
    for index in bytes.indices {
      var changed = bytes
      changed[index] += 1
      expectBad(changed)
    }
    expectBad("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==".utf8)
    expectBad("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".utf8)
  }

  @Test func `TestSign`() throws {
    let seed = try #require([UInt8](base64: Self.peterSeed)).dropFirst()
    let key = try SigningKey(seed: Secret(copying: Array(seed).span.bytes))
    var note = try SignedNote(text: Self.text)
    try note.sign(with: key, name: "PeterNeumann")
    #expect(note.encoded == Self.text + "\n" + Self.peterLine)
    // A signature of the same key that is there is replaced.
    let bad = Self.peterLine.replacing("AnAM=", with: "AnAQ=")
    var other = try Self.note(Self.text + "\n" + bad)
    try other.sign(with: key, name: "PeterNeumann")
    #expect(other.encoded == note.encoded)
    #expect(throws: LetheError(.input, "")) { try SignedNote(text: "abc") }
    #expect(throws: LetheError(.input, "")) { try note.sign(with: key, name: "a+b") }
    #expect(throws: LetheError(.input, "")) { try note.sign(with: key, name: "bad name") }
    #expect(throws: LetheError(.input, "")) { try note.sign(with: key, name: "") }
  }

  @Test func `TestOpen`() throws {
    let peter = try VerifierKey(parsing: Self.peterKey)
    let enoch = try VerifierKey(parsing: Self.enochKey)
    let both = try Self.note(Self.text + "\n" + Self.peterLine + Self.enochLine)
    #expect(both.verify(with: [peter]) == .signed(by: [peter]))
    #expect(both.verify(with: [peter, enoch]) == .signed(by: [peter, enoch]))
    #expect(both.verify(with: []) == .unknown)
    #expect(both.signatures.count == 2)

    let many = String(repeating: Self.peterLine, count: 101)
    let head = Self.peterLine.prefix(60)
    let broken = "\(head)ABCD\(Self.peterLine.dropFirst(60))"
    #expect(try Self.note(Self.text + "\n" + broken).verify(with: [peter]) == .forged(peter))
    #expect(try Self.note(Self.text + "\n" + Self.enochLine + broken).verify(with: [peter, enoch]) == .forged(peter))
    #expect(try Self.note(Self.text + "\n" + broken + Self.enochLine).verify(with: [enoch]) == .signed(by: [enoch]))
    let misnamed = Self.peterLine.replacing("PeterNeumann", with: "CarmenSandiego")
    #expect(try Self.note(Self.text + "\n" + misnamed).verify(with: [peter]) == .unknown)

    let bad = [
      Self.text, Self.text + "\n", Self.text + "\n" + Self.peterLine.dropLast(),
      "\u{1}" + Self.text + "\n" + Self.peterLine,
      Self.text + "\n" + Self.peterLine.replacing("PeterNeumann", with: "Bad Name"),
      Self.text + "\n" + Self.peterLine + "Unexpected line.\n", Self.text + "\n" + many, "",
      "\n\n", Self.text + "\n— PeterNeumann x08goA\n", Self.text + "\n— PeterNeumann x08goQ==\n",
      Self.text + "\n-- PeterNeumann x08go/ZJkuBS\n",
    ]
    for text in bad { #expect(throws: LetheError(.input, "")) { try Self.note(text) } }
    #expect(throws: LetheError(.input, "")) {
      try SignedNote(parsing: [0xff] + Array((Self.text + "\n" + Self.peterLine).utf8))
    }
  }

  @Test func `witnesses' signatures are added once and kept`() throws {
    let peter = try Self.note(Self.text + "\n" + Self.peterLine)
    let enoch = try Self.note(Self.text + "\n" + Self.enochLine)
    var note = peter
    note.add(enoch.signatures)
    note.add(enoch.signatures + peter.signatures)
    #expect(note.encoded == Self.text + "\n" + Self.peterLine + Self.enochLine)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `notes with changed bytes never verify with another text, and never crash`(seed: UInt64) throws {
    let peter = try VerifierKey(parsing: Self.peterKey)
    let whole = Array((Self.text + "\n" + Self.peterLine).utf8)
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      var bytes = whole
      for _ in 0...Int(generator.next() % 3) {
        bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
      }
      do throws(LetheError) {
        let note = try SignedNote(parsing: bytes)
        let verdict = note.verify(with: [peter])
        #expect(verdict != .signed(by: [peter]) || note.text == Self.text)
      } catch { #expect(error.code == .input) }
    }
  }
}
