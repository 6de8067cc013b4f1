import LetheCrypto
import Testing

@Suite struct SHA256Tests {
  /// FIPS 180-4's examples and the empty message.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ])
  func `FIPS 180-4 vectors`(message: String, expected: String) {
    #expect(SHA256.hash(Array(message.utf8).span.bytes).bytes.hex == expected)
  }

  @Test func `piece by piece equals all at once`() {
    var random = SeededRandom(seed: 5)
    for count in 0..<260 {
      let message = random.bytes(count)
      var hash = SHA256()
      var rest = message[...]
      while !rest.isEmpty {
        let piece = Array(rest.prefix(Int.random(in: 0...70, using: &random)))
        hash.update(piece.span.bytes)
        rest = rest.dropFirst(piece.count)
      }
      #expect(hash.finish() == SHA256.hash(message.span.bytes))
    }
  }

  @Test func `a digest is hashed like its bytes`() {
    let digest = SHA256.hash(([1, 2, 3] as [UInt8]).span.bytes)
    var hash = SHA256()
    hash.update(digest)
    #expect(hash.finish() == SHA256.hash(digest.bytes.span.bytes))
  }

  @Test func `an unfinished hash leaves nothing to the next`() {
    let expected = SHA256.hash(([7] as [UInt8]).span.bytes)
    for _ in 0..<3 {
      var abandoned = SHA256()
      abandoned.update(([1, 2, 3] as [UInt8]).span.bytes)
    }
    #expect(SHA256.hash(([7] as [UInt8]).span.bytes) == expected)
  }

  @Test func `digests are ordered as their bytes are`() {
    var random = SeededRandom(seed: 6)
    for place in 0..<32 {
      var smaller = random.bytes(32)
      smaller[place] = UInt8.random(in: 0..<255, using: &random)
      var larger = smaller
      larger[place] += 1
      for index in place + 1..<32 where place < 31 { larger[index] = 0 }
      let (left, right) = (Digest(smaller), Digest(larger))
      #expect(left != nil && right != nil && left! < right! && !(right! < left!) && !(left! < left!))
      #expect(left?.bytes == smaller)
    }
  }

  @Test func `a digest has exactly 32 bytes`() {
    #expect(Digest([UInt8](repeating: 1, count: 31)) == nil)
    #expect(Digest([UInt8](repeating: 1, count: 33)) == nil)
    #expect(Digest([UInt8](repeating: 0, count: 32)) == .zero)
  }
}
