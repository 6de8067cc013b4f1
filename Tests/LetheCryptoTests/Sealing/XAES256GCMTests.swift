import COpenSSL
import LetheCrypto
import LetheSystem
import Synchronization
import Testing

/// https://c2sp.org/XAES-256-GCM
@Suite struct XAES256GCMTests {
  @Test(arguments: [
    (UInt8(1), "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
    (UInt8(3), "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
  ])
  func `C2SP vectors with either upper bit of L`(fill: UInt8, data: String, expected: String) throws {
    let key = try SealingKey(Secret([UInt8](repeating: fill, count: 32)))
    let nonce = Array("ABCDEFGHIJKLMNOPQRSTUVWX".utf8)
    let sealed = try key.seal(Array("XAES-256-GCM".utf8), nonce: nonce, data: Array(data.utf8))
    #expect(sealed.hex == expected)
    let (verdict, plaintext) = try key.open(sealed, nonce: nonce, data: Array(data.utf8))
    #expect(verdict == .authentic)
    #expect(plaintext == Array("XAES-256-GCM".utf8))
  }

  /// The specification's 10,000 random cases, read from SHAKE-128 of nothing, their ciphertexts hashed with SHAKE-128.
  @Test func `C2SP accumulated vectors`() throws {
    var stream = try Shake128().finish(4_000_000)[...]
    #expect(stream.prefix(16).hex == "7f9c2ba4e88f827d616045507605853e")
    func next(_ count: Int) -> [UInt8] {
      defer { stream = stream.dropFirst(count) }
      return Array(stream.prefix(count))
    }
    let hash = try Shake128()
    for _ in 0..<10_000 {
      let key = try SealingKey(Secret(next(32)))
      let nonce = next(24)
      let plaintext = next(Int(next(1)[0]))
      let data = next(Int(next(1)[0]))
      let sealed = try key.seal(plaintext, nonce: nonce, data: data)
      hash.update(sealed)
      let (verdict, opened) = try key.open(sealed, nonce: nonce, data: data)
      guard verdict == .authentic, opened == plaintext else {
        Issue.record("what was sealed does not open")
        return
      }
    }
    #expect(try hash.finish(32).hex == "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939")
  }

  @Test(arguments: [0, 17])
  func `every flipped bit of text, tag, data and nonce is forged`(count: Int) throws {
    var random = SeededRandom(seed: 2)
    let key = try SealingKey(Secret(random.bytes(32)))
    let nonce = random.bytes(24)
    let data = random.bytes(count)
    let sealed = try key.seal(random.bytes(count), nonce: nonce, data: data)

    func isForged(_ sealed: [UInt8], _ nonce: [UInt8], _ data: [UInt8]) throws -> Bool {
      let (verdict, plaintext) = try key.open(sealed, nonce: nonce, data: data)
      return verdict == .forged && plaintext.allSatisfy { $0 == 0 }
    }
    for bit in 0..<sealed.count * 8 { #expect(try isForged(sealed.flipped(bit), nonce, data)) }
    for bit in 0..<data.count * 8 { #expect(try isForged(sealed, nonce, data.flipped(bit))) }
    for bit in 0..<nonce.count * 8 { #expect(try isForged(sealed, nonce.flipped(bit), data)) }
    let (verdict, _) = try SealingKey(Secret(random.bytes(32))).open(sealed, nonce: nonce, data: data)
    #expect(verdict == .forged)
  }

  @Test func `a context used for one key, direction and outcome serves the next`() throws {
    var random = SeededRandom(seed: 3)
    let keys = try (0..<3).map { _ in try SealingKey(Secret(random.bytes(32))) }
    for _ in 0..<300 {
      let key = keys[Int.random(in: 0..<3, using: &random)]
      let nonce = random.bytes(24)
      let plaintext = random.bytes(Int.random(in: 0..<100, using: &random))
      let data = random.bytes(Int.random(in: 0..<40, using: &random))
      let sealed = try key.seal(plaintext, nonce: nonce, data: data)
      if Bool.random(using: &random) {
        let bit = Int.random(in: 0..<sealed.count * 8, using: &random)
        #expect(try key.open(sealed.flipped(bit), nonce: nonce, data: data).0 == .forged)
      }
      let (verdict, opened) = try key.open(sealed, nonce: nonce, data: data)
      #expect(verdict == .authentic)
      #expect(opened == plaintext)
      if Int.random(in: 0..<20, using: &random) == 0 { SecretMemory.cleanseContexts() }
    }
  }

  @Test func `threads that share keys and pools do not disturb each other`() async throws {
    var random = SeededRandom(seed: 4)
    let keys = try (0..<2).map { _ in try SealingKey(Secret(random.bytes(32))) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for seed in 0..<6 as Range<UInt64> {
        group.addTask {
          var random = SeededRandom(seed: seed)
          for round in 0..<200 {
            let key = keys[round % 2]
            let nonce = random.bytes(24)
            let plaintext = random.bytes(round)
            let sealed = try key.seal(plaintext, nonce: nonce, data: nonce)
            let (verdict, opened) = try key.open(sealed, nonce: nonce, data: nonce)
            #expect(verdict == .authentic)
            #expect(opened == plaintext)
            let digest = SHA256.hash(plaintext.span.bytes)
            let code = HMACSHA256.authenticate(plaintext.span.bytes, key: try Secret(nonce))
            #expect(digest == SHA256.hash(plaintext.span.bytes))
            #expect(code == HMACSHA256.authenticate(plaintext.span.bytes, key: try Secret(nonce)))
            if round % 50 == 0 { SecretMemory.cleanseContexts() }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}

/// SHAKE-128 (FIPS 202) by libcrypto.
private final class Shake128 {
  struct Failed: Error {}
  private let context: OpaquePointer

  init() throws {
    guard let algorithm = EVP_MD_fetch(nil, "SHAKE128", nil), let context = EVP_MD_CTX_new() else { throw Failed() }
    defer { EVP_MD_free(algorithm) }
    self.context = context
    guard EVP_DigestInit_ex(context, algorithm, nil) == 1 else { throw Failed() }
  }

  deinit { EVP_MD_CTX_free(context) }

  func update(_ bytes: [UInt8]) { #expect(EVP_DigestUpdate(context, bytes, bytes.count) == 1) }

  func finish(_ count: Int) throws -> [UInt8] {
    var out = [UInt8](repeating: 0, count: count)
    guard EVP_DigestFinalXOF(context, &out, count) == 1 else { throw Failed() }
    return out
  }
}
