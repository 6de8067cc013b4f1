import COpenSSL
import LetheCrypto
import LetheSystem
import Testing

@Suite struct LibcryptoErrorTests {
  @Test func `an error names the function and everything in the queue, which is empty then`() {
    ERR_clear_error()
    #expect(EVP_MD_fetch(nil, "no such digest", nil) == nil)
    #expect(EVP_CIPHER_fetch(nil, "no such cipher", nil) == nil)
    let error = LetheError.libcrypto("EVP_CIPHER_fetch")
    #expect(error.code == .io)
    #expect(error.cause?.function == "EVP_CIPHER_fetch")
    #expect(error.cause?.queue.count == 2)
    #expect(error.cause?.queue.allSatisfy { $0.contains("unsupported") } == true)
    #expect(error.description.contains("EVP_CIPHER_fetch: error:"))
    #expect(ERR_peek_error() == 0)
    #expect(LetheError.libcrypto("EVP_CIPHER_fetch").cause?.queue.isEmpty == true)
  }

  @Test func `forgeries leave the queue empty`() throws {
    ERR_clear_error()
    let key = try Secret(count: 32)
    let zeros = [UInt8](repeating: 0, count: 24)
    #expect(try AES256GCM.open(zeros, key: key, nonce: Array(zeros.prefix(12)), data: []).0 == .forged)
    #expect(ERR_peek_error() == 0)
    #expect(try SealingKey(key).open(zeros, nonce: zeros, data: []).0 == .forged)
    #expect(ERR_peek_error() == 0)
    let verifying = try SigningKey(seed: key).verifyingKey
    for count in [0, 1, 63, 64, 65] {
      #expect(verifying.verify([UInt8](repeating: 0xff, count: count).span.bytes, of: zeros.span.bytes) == .forged)
      #expect(ERR_peek_error() == 0)
    }
  }

  @Test func `a refused seed is not in the error's words`() throws {
    let seed = [UInt8]("sixteen letters!".utf8)
    let failure = #expect(throws: LetheError.self) { try SigningKey(seed: Secret(seed)) }
    let words = "\(String(describing: failure)) \(String(reflecting: failure))"
    #expect(!words.contains("sixteen"))
    #expect(!words.contains(seed.hex))
  }
}
