import LetheCrypto
import LetheSystem

/// Repeatable random bytes (SplitMix64); a test names its seed.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
}

/// What hexadecimal text of a vector says.
func bytes(_ hex: String) -> [UInt8] {
  guard let bytes = [UInt8](hex: hex) else { preconditionFailure("a vector is not hexadecimal") }
  return bytes
}

extension Secret {
  init(_ bytes: [UInt8]) throws { self = try Secret(copying: bytes.span.bytes) }

  /// For secrets that are none: published vectors.
  var revealed: [UInt8] { withBytes { span in span.withUnsafeBytes { Array($0) } } }
}

extension [UInt8] {
  /// Lends the bytes for writing.
  mutating func fill<Result>(_ body: (inout MutableRawSpan) throws -> Result) rethrows -> Result {
    var elements = mutableSpan
    var bytes = elements.mutableBytes
    return try body(&bytes)
  }
}

extension AES256GCM {
  static func seal(_ plaintext: [UInt8], key: borrowing Secret, nonce: [UInt8], data: [UInt8]) throws -> [UInt8] {
    var sealed = [UInt8](repeating: 0xEE, count: plaintext.count + tagByteCount)
    try sealed.fill { out in
      try seal(
        plaintext.span.bytes, key: key, nonce: nonce.span.bytes, authenticating: data.span.bytes, into: &out)
    }
    return sealed
  }

  static func open(
    _ sealed: [UInt8], key: borrowing Secret, nonce: [UInt8], data: [UInt8]
  ) throws -> (Authenticity, [UInt8]) {
    var plaintext = [UInt8](repeating: 0xEE, count: sealed.count - tagByteCount)
    let verdict = try plaintext.fill { out in
      try open(sealed.span.bytes, key: key, nonce: nonce.span.bytes, authenticating: data.span.bytes, into: &out)
    }
    return (verdict, plaintext)
  }
}

extension SealingKey {
  func seal(_ plaintext: [UInt8], nonce: [UInt8], data: [UInt8]) throws -> [UInt8] {
    var sealed = [UInt8](repeating: 0xEE, count: plaintext.count + Self.tagByteCount)
    try sealed.fill { out in
      try seal(plaintext.span.bytes, nonce: nonce.span.bytes, authenticating: data.span.bytes, into: &out)
    }
    return sealed
  }

  func open(_ sealed: [UInt8], nonce: [UInt8], data: [UInt8]) throws -> (Authenticity, [UInt8]) {
    var plaintext = [UInt8](repeating: 0xEE, count: sealed.count - Self.tagByteCount)
    let verdict = try plaintext.fill { out in
      try open(sealed.span.bytes, nonce: nonce.span.bytes, authenticating: data.span.bytes, into: &out)
    }
    return (verdict, plaintext)
  }
}
