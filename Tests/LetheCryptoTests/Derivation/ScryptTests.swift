import LetheCrypto
import LetheSystem
import Testing

@Suite struct ScryptTests {
  /// RFC 7914, 12: the second and the third.
  @Test(arguments: [
    (
      "password", "NaCl", Scrypt.Cost(rounds: 10, blocks: 8, lanes: 16),
      "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
    ),
    (
      "pleaseletmein", "SodiumChloride", Scrypt.Cost(rounds: 14, blocks: 8, lanes: 1),
      "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
    ),
  ])
  func `RFC 7914 vectors`(passphrase: String, salt: String, cost: Scrypt.Cost, expected: String) throws {
    let key = try Scrypt.derive(
      from: Secret(Array(passphrase.utf8)), salt: Array(salt.utf8).span.bytes, cost, byteCount: 64)
    #expect(key.revealed.hex == expected)
  }

  @Test func `costs that take all memory or time, or next to none, are not acceptable`() {
    #expect(Scrypt.Cost.usual.isAcceptable)
    for (rounds, blocks, lanes) in [
      (9, 8, 1), (18, 8, 1), (31, 8, 1), (15, 1, 1), (15, 255, 1), (15, 8, 0), (15, 8, 5),
    ] {
      #expect(!Scrypt.Cost(rounds: UInt8(rounds), blocks: UInt8(blocks), lanes: UInt8(lanes)).isAcceptable)
    }
  }

  @Test func `a secret is cut before a byte`() throws {
    #expect(try Secret(Array("one\ntwo\n".utf8)).prefix(before: 10).revealed == Array("one".utf8))
    #expect(try Secret(Array("one".utf8)).prefix(before: 10).revealed == Array("one".utf8))
    #expect(try Secret(Array("\none".utf8)).prefix(before: 10).count == 0)
  }
}
