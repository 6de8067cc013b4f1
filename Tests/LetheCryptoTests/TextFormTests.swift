import LetheCrypto
import Testing

@Suite struct TextFormTests {
  /// RFC 4648, 10.
  @Test(arguments: [
    ("", "", ""), ("f", "Zg==", "66"), ("fo", "Zm8=", "666f"), ("foo", "Zm9v", "666f6f"),
    ("foob", "Zm9vYg==", "666f6f62"), ("fooba", "Zm9vYmE=", "666f6f6261"), ("foobar", "Zm9vYmFy", "666f6f626172"),
  ])
  func `RFC 4648 vectors`(text: String, base64: String, hex: String) {
    let bytes = Array(text.utf8)
    #expect(bytes.base64 == base64)
    #expect([UInt8](base64: base64) == bytes)
    #expect(bytes.hex == hex)
    #expect([UInt8](hex: hex) == bytes)
    #expect([UInt8](hex: hex.uppercased()) == bytes)
  }

  @Test(arguments: [
    "Zg", "Zg=", "Zg===", "Z", "Z===", "=", "==", "====", "Zm8", "Z=m8", "Zm=v", "Zg==Zg==", "Zm8=Zm8=", "=Zm9",
    // Unused bits that are not zero.
    "Zh==", "Zv==", "Zm9=", "Zm+=", "AB==", "AAB=",
    // Another alphabet, white space, other scripts' letters.
    "Zm-_", "Zm9v\n", " Zm9", "Zm 9", "Zm9v\r\n", "Zｍ9", "Zm9\u{0}",
  ])
  func `base64 in any but the canonical form is refused`(text: String) {
    #expect([UInt8](base64: text) == nil)
  }

  @Test(arguments: [
    "0", "abc", "0x", "0g", "g0", " 0", "0 ", "00 ", "0\n", "-1", "+1", "é", "/0", ":0", "@0", "`0", "ａ",
  ])
  func `hex with anything but pairs of digits is refused`(text: String) {
    #expect([UInt8](hex: text) == nil)
  }

  @Test func `every byte and length comes back`() {
    var random = SeededRandom(seed: 10)
    for count in 0..<100 {
      let bytes = random.bytes(count)
      #expect([UInt8](hex: bytes.hex) == bytes)
      #expect([UInt8](base64: bytes.base64) == bytes)
      #expect(bytes.base64.utf8.count == (count + 2) / 3 * 4)
    }
    #expect([UInt8](hex: Array(0...255).hex) == Array(0...255))
  }

  @Test func `text has one base64 form only`() {
    var random = SeededRandom(seed: 11)
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
    var accepted = 0
    for _ in 0..<4_000 {
      let text = String((0..<4).map { _ in alphabet.randomElement(using: &random)! })
      guard let bytes = [UInt8](base64: text) else { continue }
      accepted += 1
      #expect(bytes.base64 == text)
    }
    #expect(accepted > 3_000)
  }
}
