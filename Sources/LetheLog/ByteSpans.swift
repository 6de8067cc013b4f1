internal import LetheCrypto
internal import LetheSystem

// The standard library marks a span's view as raw memory unsafe, because an element type could have padding. `UInt8` has
// none; the calls that take raw spans are wrapped here so that nothing else in this module needs the word.

extension SHA256 {
  static func hash(_ bytes: Span<UInt8>) -> Digest { unsafe hash(bytes.bytes) }

  mutating func update(_ bytes: Span<UInt8>) { unsafe update(bytes.bytes) }
}

extension SigningKey {
  func sign(_ message: [UInt8]) throws(LetheError) -> [UInt8] { try unsafe sign(message.span.bytes) }
}

extension VerifyingKey {
  func verify(_ signature: [UInt8], of message: [UInt8]) -> Authenticity {
    unsafe verify(signature.span.bytes, of: message.span.bytes)
  }
}

extension Span<UInt8> {
  func bigEndian64(at index: Int) -> UInt64 { unsafe bytes.number(at: index, as: UInt64.self).byteSwapped }
}

extension ByteWriter {
  mutating func put(_ bytes: Span<UInt8>) { unsafe put(bytes.bytes) }
}

extension File {
  func write(_ bytes: Span<UInt8>, at offset: Int) throws(LetheError) { try unsafe write(bytes.bytes, at: offset) }
}
