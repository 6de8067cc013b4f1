public import LetheSystem

// The same calls on arrays of bytes, for what is not worth a buffer of its own.

extension SHA256 {
  public static func hash(_ bytes: [UInt8]) -> Digest { hash(bytes.span.bytes) }
}

extension HMACSHA256 {
  public static func authenticate(_ message: [UInt8], key: borrowing Secret) -> Digest {
    authenticate(message.span.bytes, key: key)
  }
}

extension SealingKey {
  /// Seals bytes under a 24-byte nonce; the outcome is 16 bytes longer.
  ///
  /// - Throws: `io` if libcrypto fails.
  public func seal(
    _ plaintext: [UInt8], nonce: [UInt8], authenticating data: [UInt8]
  ) throws(LetheError) -> [UInt8] {
    var sealed = [UInt8](repeating: 0, count: plaintext.count + Self.tagByteCount)
    var elements = sealed.mutableSpan
    var out = elements.mutableBytes
    try seal(plaintext.span.bytes, nonce: nonce.span.bytes, authenticating: data.span.bytes, into: &out)
    return sealed
  }

  /// Opens what `seal` made; nil if it is forged, or shorter than a tag.
  ///
  /// - Throws: `io` if libcrypto fails.
  public func open(
    _ sealed: [UInt8], nonce: [UInt8], authenticating data: [UInt8]
  ) throws(LetheError) -> [UInt8]? {
    guard sealed.count >= Self.tagByteCount else { return nil }
    var plaintext = [UInt8](repeating: 0, count: sealed.count - Self.tagByteCount)
    var elements = plaintext.mutableSpan
    var out = elements.mutableBytes
    let verdict = try open(
      sealed.span.bytes, nonce: nonce.span.bytes, authenticating: data.span.bytes, into: &out)
    return verdict == .authentic ? plaintext : nil
  }

  /// Seals a secret.
  ///
  /// - Throws: `io` if libcrypto fails.
  public func seal(
    _ secret: borrowing Secret, nonce: [UInt8], authenticating data: [UInt8]
  ) throws(LetheError) -> [UInt8] {
    var sealed = [UInt8](repeating: 0, count: secret.count + Self.tagByteCount)
    var elements = sealed.mutableSpan
    var out = elements.mutableBytes
    try secret.withBytes { (secret) throws(LetheError) in
      try seal(secret, nonce: nonce.span.bytes, authenticating: data.span.bytes, into: &out)
    }
    return sealed
  }

  /// Opens a sealed secret into a secret of 16 bytes less, which is zeroed if it is forged.
  ///
  /// - Throws: `io` if libcrypto fails.
  public func open(
    _ sealed: [UInt8], nonce: [UInt8], authenticating data: [UInt8], into secret: inout Secret
  ) throws(LetheError) -> Authenticity {
    try secret.withMutableBytes { (secret) throws(LetheError) in
      try open(sealed.span.bytes, nonce: nonce.span.bytes, authenticating: data.span.bytes, into: &secret)
    }
  }
}
