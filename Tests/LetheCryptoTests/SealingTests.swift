import LetheCrypto
import LetheSystem
import Testing

@Suite struct SealingTests {
  /// The two vectors of https://c2sp.org/XAES-256-GCM.
  @Test(arguments: [
    (UInt8(1), "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
    (UInt8(3), "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
  ])
  func `C2SP XAES-256-GCM vectors`(fill: UInt8, data: String, expected: String) throws {
    let raw = [UInt8](repeating: fill, count: 32)
    let key = try SealingKey(Secret(copying: raw.span.bytes))
    let nonce = Array("ABCDEFGHIJKLMNOPQRSTUVWX".utf8)
    let plaintext = Array("XAES-256-GCM".utf8)
    var sealed = [UInt8](repeating: 0, count: plaintext.count + SealingKey.tagByteCount)
    var elements = sealed.mutableSpan
    var out = elements.mutableBytes
    try key.seal(plaintext.span.bytes, nonce: nonce.span.bytes, authenticating: Array(data.utf8).span.bytes, into: &out)
    #expect(sealed.hex == expected)
  }
}
