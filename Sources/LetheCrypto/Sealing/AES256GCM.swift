internal import COpenSSL
public import LetheSystem

/// Whether bytes are what the holder of the key made of them.
public enum Authenticity: Sendable {
  case authentic
  /// They are not; nothing of them may be used, and the output is zeroed.
  case forged
}

/// AES-256-GCM (NIST SP 800-38D) by libcrypto: 12-byte nonce, 16-byte tag behind the ciphertext.
public enum AES256GCM {
  public static let nonceByteCount = 12
  public static let tagByteCount = 16

  private nonisolated(unsafe) static let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)

  /// A context keeps the last key's schedule until it is used again or freed, so page keys take one of their own while
  /// events, whose keys are good for one nonce, share those in the pool.
  private static let contexts = ContextPool(
    make: {
      guard let context = EVP_CIPHER_CTX_new(), EVP_CipherInit_ex(context, cipher, nil, nil, nil, 1) == 1 else {
        return nil
      }
      return context
    }, free: { EVP_CIPHER_CTX_free($0) })

  /// Seals bytes under a key; `sealed` is 16 bytes longer than `plaintext`. A nonce serves a key once.
  ///
  /// - Throws: `io` if libcrypto fails; the output is then undefined.
  public static func seal(
    _ plaintext: RawSpan, key: borrowing Secret, nonce: RawSpan, authenticating data: RawSpan,
    into sealed: inout MutableRawSpan
  ) throws(LetheError) {
    guard let context = EVP_CIPHER_CTX_new() else { throw .libcrypto("EVP_CIPHER_CTX_new") }
    defer { EVP_CIPHER_CTX_free(context) }
    try seal(plaintext, context, cipher, key.pointer, nonce, data, &sealed)
  }

  /// Opens what `seal` made; `plaintext` is 16 bytes shorter than `sealed`.
  ///
  /// - Throws: `io` if libcrypto fails; the output is then undefined.
  public static func open(
    _ sealed: RawSpan, key: borrowing Secret, nonce: RawSpan, authenticating data: RawSpan,
    into plaintext: inout MutableRawSpan
  ) throws(LetheError) -> Authenticity {
    guard let context = EVP_CIPHER_CTX_new() else { throw .libcrypto("EVP_CIPHER_CTX_new") }
    defer { EVP_CIPHER_CTX_free(context) }
    return try open(sealed, context, cipher, key.pointer, nonce, data, &plaintext)
  }

  /// Seals under a key that serves this nonce alone, with a context from the pool.
  static func sealOnce(
    _ plaintext: RawSpan, key: UnsafePointer<UInt8>, nonce: RawSpan, _ data: RawSpan, _ sealed: inout MutableRawSpan
  ) throws(LetheError) {
    let context = contexts.take()
    defer { contexts.give(context) }
    try seal(plaintext, context, nil, key, nonce, data, &sealed)
  }

  /// Opens under a key that serves this nonce alone, with a context from the pool.
  static func openOnce(
    _ sealed: RawSpan, key: UnsafePointer<UInt8>, nonce: RawSpan, _ data: RawSpan, _ plaintext: inout MutableRawSpan
  ) throws(LetheError) -> Authenticity {
    let context = contexts.take()
    defer { contexts.give(context) }
    return try open(sealed, context, nil, key, nonce, data, &plaintext)
  }

  /// Frees the pool's contexts, and with them the schedules of the last keys that they served.
  static func forgetContexts() { contexts.drain() }

  // `cipher` is nil for a context that knows its cipher already: setting it again costs 300 ns.

  private static func seal(
    _ plaintext: RawSpan, _ context: OpaquePointer, _ cipher: OpaquePointer?, _ key: UnsafePointer<UInt8>,
    _ nonce: RawSpan, _ data: RawSpan, _ sealed: inout MutableRawSpan
  ) throws(LetheError) {
    precondition(nonce.byteCount == nonceByteCount && sealed.byteCount == plaintext.byteCount + tagByteCount)
    let started = nonce.withUnsafeBytes { EVP_EncryptInit_ex(context, cipher, nil, key, $0.bytePointer) }
    guard started == 1 else { throw .libcrypto("EVP_EncryptInit_ex") }
    var count: Int32 = 0
    let authenticated = data.withUnsafeBytes {
      $0.isEmpty ? 1 : EVP_EncryptUpdate(context, nil, &count, $0.bytePointer, Int32($0.count))
    }
    guard authenticated == 1 else { throw .libcrypto("EVP_EncryptUpdate") }
    let failed: String? = plaintext.withUnsafeBytes { plain in
      sealed.withUnsafeMutableBytes { out -> String? in
        let start = out.baseAddress!.assumingMemoryBound(to: UInt8.self)
        guard plain.isEmpty || EVP_EncryptUpdate(context, start, &count, plain.bytePointer, Int32(plain.count)) == 1
        else { return "EVP_EncryptUpdate" }
        let tag = start + plain.count
        guard EVP_EncryptFinal_ex(context, tag, &count) == 1 else { return "EVP_EncryptFinal_ex" }
        guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagByteCount), tag) == 1 else {
          return "EVP_CIPHER_CTX_ctrl"
        }
        return nil
      }
    }
    if let function = failed { throw .libcrypto(function) }
  }

  private static func open(
    _ sealed: RawSpan, _ context: OpaquePointer, _ cipher: OpaquePointer?, _ key: UnsafePointer<UInt8>,
    _ nonce: RawSpan, _ data: RawSpan, _ plaintext: inout MutableRawSpan
  ) throws(LetheError) -> Authenticity {
    precondition(nonce.byteCount == nonceByteCount && sealed.byteCount == plaintext.byteCount + tagByteCount)
    let started = nonce.withUnsafeBytes { EVP_DecryptInit_ex(context, cipher, nil, key, $0.bytePointer) }
    guard started == 1 else { throw .libcrypto("EVP_DecryptInit_ex") }
    var count: Int32 = 0
    let authenticated = data.withUnsafeBytes {
      $0.isEmpty ? 1 : EVP_DecryptUpdate(context, nil, &count, $0.bytePointer, Int32($0.count))
    }
    guard authenticated == 1 else { throw .libcrypto("EVP_DecryptUpdate") }
    return try sealed.withUnsafeBytes { (sealed) throws(LetheError) in
      try plaintext.withUnsafeMutableBytes { (out) throws(LetheError) in
        let start = out.baseAddress?.assumingMemoryBound(to: UInt8.self)
        if !out.isEmpty {
          guard EVP_DecryptUpdate(context, start, &count, sealed.bytePointer, Int32(out.count)) == 1 else {
            throw .libcrypto("EVP_DecryptUpdate")
          }
        }
        let tag = UnsafeMutableRawPointer(mutating: sealed.baseAddress! + out.count)
        guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagByteCount), tag) == 1 else {
          throw .libcrypto("EVP_CIPHER_CTX_ctrl")
        }
        var rest: (UInt64, UInt64) = (0, 0)
        let verdict = withUnsafeMutableBytes(of: &rest) {
          EVP_DecryptFinal_ex(context, $0.baseAddress!.assumingMemoryBound(to: UInt8.self), &count)
        }
        if verdict == 1 { return .authentic }
        if let start { OPENSSL_cleanse(start, out.count) }
        ERR_clear_error()
        return .forged
      }
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The start as bytes; nil if there are none.
  var bytePointer: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
