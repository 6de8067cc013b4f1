import LetheCrypto
import LetheSystem
import Testing

/// SP 800-108r1, counter mode with HMAC-SHA-256, 32-bit counter before the fixed data, 32-bit length, 256 bits.
///
/// The values were computed with two other implementations: pyca/cryptography's KBKDFHMAC (rlen 4, llen 4,
/// BeforeFixed) and `openssl kdf -keylen 32 -kdfopt mac:HMAC -kdfopt digest:SHA256 -kdfopt mode:COUNTER
/// -kdfopt hexkey:KEY -kdfopt hexsalt:LABEL -kdfopt hexinfo:CONTEXT KBKDF`.
@Suite struct KeyDerivationTests {
  struct Vector: Sendable {
    let key: [UInt8]
    let label: StaticString
    let context: [UInt8]
    let expected: String
  }

  static let vectors = [
    Vector(
      key: Array(0..<32), label: "lethe/v1/ggm", context: [],
      expected: "e18098523b2124e84f223eb083a9cb4b83a7554fb258ea6d135f7c9f48bd9e0d"),
    Vector(
      key: Array(0..<32), label: "lethe/v1/ggm", context: Array(0..<16),
      expected: "a367ff8a26b0a21a101db7e3da7dc15afce7e76c65f7d5cab3ef059901e7506d"),
    Vector(
      key: Array(0..<32), label: "lethe/v1/enc", context: Array(0..<16),
      expected: "932d4cf921dceae7d690dca0b1929ceb76c0dead28d6d8b54777b44d1d69c2a0"),
    Vector(
      key: Array(0..<32), label: "lethe/v1/enc", context: [0] + Array(0..<16),
      expected: "607b98b387f2f8e3f220271ffde0dc414b47cfcb97d8df13d28511bcebf0567c"),
    Vector(
      key: [UInt8](repeating: 0xff, count: 32), label: "lethe/v1/commit", context: [UInt8](repeating: 0xa5, count: 300),
      expected: "b8a1d5e673f2cb3ea5e969011e6cd168f5b49f539e37d12c0bb5063383d88ca4"),
    Vector(
      key: Array(0..<100), label: "lethe/v1/rootpage", context: [UInt8](repeating: 0x5a, count: 171),
      expected: "476ce8f4bc8d2efa6a24ba7e6165e77e3c6c93418769ad47aecd09e825f305ff"),
    Vector(
      key: Array(0..<32), label: "l", context: [UInt8](repeating: 1, count: 182),
      expected: "b562c8b98ef7d7aec8929ee9643ae2969f20a21e0eb41b1858d21b6ce4b18e35"),
    Vector(
      key: Array(0..<32), label: "l", context: [UInt8](repeating: 1, count: 183),
      expected: "3728b4502594ea2643b46dd4a6802f35aa7f1501b35986b28d0026268b25dd0c"),
  ]

  @Test(arguments: vectors)
  func `independently computed values`(vector: Vector) throws {
    let key = try Secret(vector.key)
    let derived = try HMACSHA256.derive(from: key, label: vector.label, context: vector.context.span.bytes)
    #expect(derived.revealed.hex == vector.expected)
    let digest = HMACSHA256.deriveDigest(from: key, label: vector.label, context: vector.context.span.bytes)
    #expect(digest.bytes.hex == vector.expected)
  }

  @Test func `a key among others derives into a place among others`() throws {
    let vector = Self.vectors[1]
    let keys = try Secret([UInt8](repeating: 9, count: 32) + vector.key + [UInt8](repeating: 9, count: 32))
    var derived = try Secret(count: 96)
    keys.withBytes { keys in
      derived.withMutableBytes { derived in
        var place = derived._mutatingExtracting(32..<64)
        HMACSHA256.derive(
          from: keys.extracting(32..<64), label: vector.label, context: vector.context.span.bytes, into: &place)
      }
    }
    let zeros = String(repeating: "00", count: 32)
    #expect(derived.revealed.hex == zeros + vector.expected + zeros)
  }
}
