import LetheCrypto
import LetheSystem
import Testing

@Suite struct AES256GCMTests {
  @Test(arguments: GCMVector.valid)
  func `published vectors are sealed and opened to the letter`(vector: GCMVector) throws {
    let key = try Secret(bytes(vector.key))
    let nonce = bytes(vector.nonce)
    let data = bytes(vector.data)
    let sealed = try AES256GCM.seal(bytes(vector.plaintext), key: key, nonce: nonce, data: data)
    #expect(sealed.hex == vector.sealed)
    let (verdict, plaintext) = try AES256GCM.open(sealed, key: key, nonce: nonce, data: data)
    #expect(verdict == .authentic)
    #expect(plaintext.hex == vector.plaintext)
  }

  @Test(arguments: GCMVector.forged)
  func `a modified tag is forged and the output zeroed`(vector: GCMVector) throws {
    let key = try Secret(bytes(vector.key))
    let (verdict, plaintext) = try AES256GCM.open(
      bytes(vector.sealed), key: key, nonce: bytes(vector.nonce), data: bytes(vector.data))
    #expect(verdict == .forged)
    #expect(plaintext.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [0, 1, 16, 31])
  func `every flipped bit of text, tag, data, nonce and key is forged`(count: Int) throws {
    var random = SeededRandom(seed: 1)
    let rawKey = random.bytes(32)
    let nonce = random.bytes(12)
    let data = random.bytes(count)
    let key = try Secret(rawKey)
    let sealed = try AES256GCM.seal(random.bytes(count), key: key, nonce: nonce, data: data)

    func isForged(_ sealed: [UInt8], _ rawKey: [UInt8], _ nonce: [UInt8], _ data: [UInt8]) throws -> Bool {
      let (verdict, plaintext) = try AES256GCM.open(sealed, key: Secret(rawKey), nonce: nonce, data: data)
      return verdict == .forged && plaintext.allSatisfy { $0 == 0 }
    }
    for bit in 0..<sealed.count * 8 { #expect(try isForged(sealed.flipped(bit), rawKey, nonce, data)) }
    for bit in 0..<data.count * 8 { #expect(try isForged(sealed, rawKey, nonce, data.flipped(bit))) }
    for bit in 0..<nonce.count * 8 { #expect(try isForged(sealed, rawKey, nonce.flipped(bit), data)) }
    for bit in 0..<rawKey.count * 8 { #expect(try isForged(sealed, rawKey.flipped(bit), nonce, data)) }
    #expect(try isForged(sealed, rawKey, nonce, data + [0]))
  }
}

extension [UInt8] {
  func flipped(_ bit: Int) -> [UInt8] {
    var copy = self
    copy[bit / 8] ^= 1 << UInt8(bit % 8)
    return copy
  }
}
