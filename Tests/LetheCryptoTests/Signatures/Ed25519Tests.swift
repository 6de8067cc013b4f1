import LetheCrypto
import LetheSystem
import Testing

@Suite struct Ed25519Tests {
  /// RFC 8032, 7.1, tests 1-3.
  @Test(arguments: [
    (
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      """
      e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
      5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b
      """
    ),
    (
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      """
      92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
      085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
      """
    ),
    (
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      """
      6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
      18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a
      """
    ),
  ])
  func `RFC 8032 vectors`(seed: String, key: String, message: String, expected: String) throws {
    let signing = try SigningKey(seed: Secret(bytes(seed)))
    #expect(signing.verifyingKey.bytes.hex == key)
    let signature = try signing.sign(bytes(message).span.bytes)
    #expect(signature.hex == expected)
    #expect(signing.verifyingKey.verify(signature.span.bytes, of: bytes(message).span.bytes) == .authentic)
  }

  /// All points of small order, then all second encodings of points there are (Chalkias, Garillot and Nikolaenko 2020,
  /// table 1, and the rest of the y from 2^255 - 19 on).
  static let weakKeys: [String] = {
    let zeros = String(repeating: "00", count: 31)
    let ones = String(repeating: "ff", count: 30)
    let small = [
      "00\(zeros)", "01\(zeros)", "ec\(ones)7f",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ]
    let unreduced = (0xED...0xFF).map { "\(String($0, radix: 16))\(ones)7f" }
    return (small + unreduced).flatMap { key -> [String] in
      let last = UInt8(key.suffix(2), radix: 16)! | 0x80
      return [key, key.dropLast(2) + String(last, radix: 16)]
    }
  }()

  @Test(arguments: weakKeys) func `a key of small order, or in a second encoding, is refused`(key: String) {
    #expect(throws: LetheError(.input, "")) { try VerifyingKey(bytes: bytes(key)) }
  }

  @Test func `keys beside those of small order are taken`() throws {
    let zeros = String(repeating: "00", count: 30)
    let ones = String(repeating: "ff", count: 30)
    for key in ["02\(zeros)00", "02\(zeros)80", "eb\(ones)7f", "ed\(ones)7e", "edfe\(ones.dropLast(2))7f"] {
      #expect(try VerifyingKey(bytes: bytes(key)).bytes.hex == key)
    }
  }

  @Test(arguments: SignatureVector.valid)
  func `published signatures are authentic`(vector: SignatureVector) throws {
    let key = try VerifyingKey(bytes: bytes(vector.key))
    #expect(key.verify(bytes(vector.signature).span.bytes, of: bytes(vector.message).span.bytes) == .authentic)
  }

  @Test(arguments: SignatureVector.forged)
  func `forged, cut, lengthened and malleable signatures are refused`(vector: SignatureVector) throws {
    let key = try VerifyingKey(bytes: bytes(vector.key))
    #expect(key.verify(bytes(vector.signature).span.bytes, of: bytes(vector.message).span.bytes) == .forged)
  }

  @Test func `every flipped bit of a signature, message or key is refused`() throws {
    var random = SeededRandom(seed: 8)
    let signing = try SigningKey(seed: Secret(random.bytes(32)))
    let message = random.bytes(9)
    let signature = try signing.sign(message.span.bytes)
    let key = signing.verifyingKey
    for bit in 0..<512 { #expect(key.verify(signature.flipped(bit).span.bytes, of: message.span.bytes) == .forged) }
    for bit in 0..<72 { #expect(key.verify(signature.span.bytes, of: message.flipped(bit).span.bytes) == .forged) }
    for bit in 0..<256 {
      let other = try VerifyingKey(bytes: key.bytes.flipped(bit))
      #expect(other.verify(signature.span.bytes, of: message.span.bytes) == .forged)
    }
  }

  @Test func `S plus the group's order is refused for any signature`() throws {
    // L = 2^252 + 27742317777372353535851937790883648493, little-endian.
    let order = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
    var random = SeededRandom(seed: 9)
    for _ in 0..<8 {
      let signing = try SigningKey(seed: Secret(random.bytes(32)))
      var signature = try signing.sign(([1] as [UInt8]).span.bytes)
      var carry = 0
      for index in 0..<32 {
        let sum = Int(signature[32 + index]) + Int(order[index]) + carry
        signature[32 + index] = UInt8(sum & 255)
        carry = sum >> 8
      }
      #expect(signing.verifyingKey.verify(signature.span.bytes, of: ([1] as [UInt8]).span.bytes) == .forged)
    }
  }

  @Test(arguments: [0, 31, 33, 64])
  func `keys of another length are an input error`(count: Int) throws {
    #expect(throws: LetheError(.input, "")) { try VerifyingKey(bytes: [UInt8](repeating: 1, count: count)) }
    let seed = try Secret(count: count)
    let failure = #expect(throws: LetheError.self) { try SigningKey(seed: seed) }
    #expect(failure?.code == .input)
  }
}
