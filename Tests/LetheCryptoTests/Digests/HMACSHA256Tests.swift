import LetheCrypto
import LetheSystem
import Testing

@Suite struct HMACSHA256Tests {
  /// RFC 4231, 4.2-4.8; the fifth is cut to 16 bytes there.
  @Test(arguments: [
    (
      String(repeating: "0b", count: 20), Array("Hi There".utf8).hex,
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8).hex, Array("what do ya want for nothing?".utf8).hex,
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
    ),
    (
      [UInt8](1...25).hex, String(repeating: "cd", count: 50),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
    ),
    (String(repeating: "0c", count: 20), Array("Test With Truncation".utf8).hex, "a3b6167473100ee06e0c796c2955552b"),
    (
      String(repeating: "aa", count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8).hex,
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    (
      String(repeating: "aa", count: 131),
      Array(
        """
        This is a test using a larger than block-size key and a larger than block-size data. The key needs to be \
        hashed before being used by the HMAC algorithm.
        """.utf8
      ).hex, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
    ),
  ])
  func `RFC 4231 vectors`(key: String, message: String, expected: String) throws {
    let code = HMACSHA256.authenticate(bytes(message).span.bytes, key: try Secret(bytes(key)))
    #expect(code.bytes.hex.hasPrefix(expected))
  }

  /// RFC 5869, A.1-A.3: extract and expand are chains of HMAC, so its vectors check HMAC with keys and messages that
  /// RFC 4231 has not: empty salt, empty info, messages around the block's length.
  @Test(
    arguments: [
      (
        [UInt8](repeating: 0x0b, count: 22), Array(0x00...0x0c), Array(0xf0...0xf9), 42,
        """
        3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865
        """
      ),
      (
        Array(0x00...0x4f), Array(0x60...0xaf), Array(0xb0...0xff), 82,
        """
        b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09\
        da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87
        """
      ),
      (
        [UInt8](repeating: 0x0b, count: 22), [], [], 42,
        """
        8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8
        """
      ),
    ] as [([UInt8], [UInt8], [UInt8], Int, String)])
  func `RFC 5869 vectors`(input: [UInt8], salt: [UInt8], info: [UInt8], count: Int, expected: String) throws {
    let key = HMACSHA256.authenticate(input.span.bytes, key: try Secret(salt))
    var output: [UInt8] = []
    var block: [UInt8] = []
    for number in 1...UInt8((count + 31) / 32) {
      block = HMACSHA256.authenticate((block + info + [number]).span.bytes, key: try Secret(key.bytes)).bytes
      output += block
    }
    #expect(output.prefix(count).hex == expected)
  }

  @Test func `equals the definition for every length around the block and the scratch memory`() throws {
    var random = SeededRandom(seed: 7)
    for keyCount in [0, 1, 31, 32, 63, 64, 65, 128] {
      for count in [0, 1, 55, 56, 63, 64, 65, 127, 128, 129, 191, 192, 193, 255, 256, 257, 1_000] {
        let key = random.bytes(keyCount)
        let message = random.bytes(count)
        let hashed = keyCount > 64 ? SHA256.hash(key.span.bytes).bytes : key
        let padded = hashed + [UInt8](repeating: 0, count: 64 - hashed.count)
        let inner = SHA256.hash((padded.map { $0 ^ 0x36 } + message).span.bytes)
        let outer = SHA256.hash((padded.map { $0 ^ 0x5c } + inner.bytes).span.bytes)
        #expect(HMACSHA256.authenticate(message.span.bytes, key: try Secret(key)) == outer)
      }
    }
  }
}
