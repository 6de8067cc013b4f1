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
  public static let keyByteCount = 32
  public static let nonceByteCount = 12
  public static let tagByteCount = 16

  /// Seals bytes under a key; `sealed` is 16 bytes longer than `plaintext`. A nonce serves a key once.
  ///
  /// - Throws: `input` if there are 2 GiB or more, `io` if libcrypto fails; the output is then undefined.
  public static func seal(
    _ plaintext: RawSpan, key: borrowing Secret, nonce: RawSpan, authenticating data: RawSpan,
    into sealed: inout MutableRawSpan
  ) throws(LetheError) {
    precondition(key.count == keyByteCount, "a key has 32 bytes")
    // A context of its own, freed at once: one from the pool would keep the key's schedule until its next use.
    guard let context = EVP_CIPHER_CTX_new() else { throw .libcrypto("EVP_CIPHER_CTX_new") }
    defer { EVP_CIPHER_CTX_free(context) }
    try seal(plaintext, context, Libcrypto.aes256GCM, key.pointer, nonce, data, &sealed)
  }

  /// Opens what `seal` made; `plaintext` is 16 bytes shorter than `sealed`.
  ///
  /// - Throws: `input` if there are 2 GiB or more, `io` if libcrypto fails; the output is then zeroed.
  public static func open(
    _ sealed: RawSpan, key: borrowing Secret, nonce: RawSpan, authenticating data: RawSpan,
    into plaintext: inout MutableRawSpan
  ) throws(LetheError) -> Authenticity {
    precondition(key.count == keyByteCount, "a key has 32 bytes")
    guard let context = EVP_CIPHER_CTX_new() else { throw .libcrypto("EVP_CIPHER_CTX_new") }
    defer { EVP_CIPHER_CTX_free(context) }
    return try open(sealed, context, Libcrypto.aes256GCM, key.pointer, nonce, data, &plaintext)
  }

  // `cipher` is nil for a context that knows its cipher already: setting it again costs 300 ns.

  static func seal(
    _ plaintext: RawSpan, _ context: OpaquePointer, _ cipher: OpaquePointer?, _ key: UnsafePointer<UInt8>,
    _ nonce: RawSpan, _ data: RawSpan, _ sealed: inout MutableRawSpan
  ) throws(LetheError) {
    precondition(nonce.byteCount == nonceByteCount, "a nonce has 12 bytes")
    precondition(sealed.byteCount == plaintext.byteCount + tagByteCount, "the sealed form has 16 bytes more")
    let plainCount = try length(plaintext)
    let dataCount = try length(data)
    let failed: String? = nonce.withUnsafeBytes { nonce in
      data.withUnsafeBytes { data in
        plaintext.withUnsafeBytes { plain in
          sealed.withUnsafeMutableBytes { out in
            let start = out.baseAddress!.assumingMemoryBound(to: UInt8.self)
            let tag = start + plain.count
            var count: Int32 = 0
            defer { lethe_clear_registers() }
            let started = EVP_EncryptInit_ex(context, cipher, nil, key, nonce.bytePointer)
            lethe_clear_registers()
            guard started == 1 else { return "EVP_EncryptInit_ex" }
            guard dataCount == 0 || EVP_EncryptUpdate(context, nil, &count, data.bytePointer, dataCount) == 1,
              plainCount == 0 || EVP_EncryptUpdate(context, start, &count, plain.bytePointer, plainCount) == 1
            else { return "EVP_EncryptUpdate" }
            lethe_clear_registers()
            guard EVP_EncryptFinal_ex(context, tag, &count) == 1 else { return "EVP_EncryptFinal_ex" }
            guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagByteCount), tag) == 1 else {
              return "EVP_CIPHER_CTX_ctrl"
            }
            return nil
          }
        }
      }
    }
    if let failed { throw .libcrypto(failed) }
  }

  static func open(
    _ sealed: RawSpan, _ context: OpaquePointer, _ cipher: OpaquePointer?, _ key: UnsafePointer<UInt8>,
    _ nonce: RawSpan, _ data: RawSpan, _ plaintext: inout MutableRawSpan
  ) throws(LetheError) -> Authenticity {
    precondition(nonce.byteCount == nonceByteCount, "a nonce has 12 bytes")
    precondition(sealed.byteCount == plaintext.byteCount + tagByteCount, "the sealed form has 16 bytes more")
    let sealedCount = try length(sealed)
    let dataCount = try length(data)
    let outcome: Outcome = nonce.withUnsafeBytes { nonce in
      data.withUnsafeBytes { data in
        sealed.withUnsafeBytes { sealed in
          plaintext.withUnsafeMutableBytes { out in
            let start = out.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let outCount = sealedCount - Int32(tagByteCount)
            let tag = UnsafeMutableRawPointer(mutating: sealed.baseAddress! + out.count)
            var count: Int32 = 0
            defer { lethe_clear_registers() }
            let started = EVP_DecryptInit_ex(context, cipher, nil, key, nonce.bytePointer)
            lethe_clear_registers()
            guard started == 1 else { return .failed("EVP_DecryptInit_ex") }
            guard dataCount == 0 || EVP_DecryptUpdate(context, nil, &count, data.bytePointer, dataCount) == 1,
              outCount == 0 || EVP_DecryptUpdate(context, start, &count, sealed.bytePointer, outCount) == 1
            else { return .failed("EVP_DecryptUpdate") }
            lethe_clear_registers()
            guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagByteCount), tag) == 1 else {
              return .failed("EVP_CIPHER_CTX_ctrl")
            }
            // GCM writes nothing here.
            var rest: UInt8 = 0
            return EVP_DecryptFinal_ex(context, &rest, &count) == 1 ? .opened : .forged
          }
        }
      }
    }
    if case .opened = outcome { return .authentic }
    plaintext.withUnsafeMutableBytes { out in
      if let start = out.baseAddress { OPENSSL_cleanse(start, out.count) }
    }
    if case .failed(let function) = outcome { throw .libcrypto(function) }
    ERR_clear_error()
    return .forged
  }

  private enum Outcome {
    case opened, forged
    case failed(String)
  }

  /// libcrypto counts in `int`.
  private static func length(_ bytes: RawSpan) throws(LetheError) -> Int32 {
    guard let count = Int32(exactly: bytes.byteCount) else {
      throw LetheError(.input, "2 GiB or more cannot be sealed in one piece; divide it")
    }
    return count
  }
}

extension UnsafeRawBufferPointer {
  /// The start as bytes; nil if there are none.
  var bytePointer: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
