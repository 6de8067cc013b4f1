internal import COpenSSL
public import LetheSystem
internal import Synchronization

/// A data key for XAES-256-GCM (C2SP, https://c2sp.org/XAES-256-GCM): AES-256-GCM under a key of its own for every
/// 24-byte nonce, so that random nonces never run out.
///
/// Holds the key's expanded AES context, made once: sealing then costs two AES blocks more than plain AES-256-GCM.
/// Safe to use from several threads.
public final class SealingKey: Sendable {
  public static let nonceByteCount = 24
  public static let tagByteCount = AES256GCM.tagByteCount

  private nonisolated(unsafe) static let cipher = EVP_CIPHER_fetch(nil, "AES-256-ECB", nil)

  private let context: Mutex<Context>

  /// The AES context, and locked memory for the CMAC subkey K1 (first 16 bytes) and the derived key (last 32).
  private struct Context: ~Copyable, @unchecked Sendable {
    // Sendable: the pointer has one owner, which is behind the lock.
    let pointer: OpaquePointer
    var scratch: Secret

    init(_ key: borrowing Secret) throws(LetheError) {
      precondition(key.count == 32, "a data key has 32 bytes")
      var subkey = try Secret(count: 48)
      pointer = try Self.expand(key, &subkey)
      scratch = subkey
    }

    /// Expands the key and makes K1 of L = AES(K, 0), shifted left by one bit in GF(2^128): NIST SP 800-38B, 6.1.
    private static func expand(_ key: borrowing Secret, _ subkey: inout Secret) throws(LetheError) -> OpaquePointer {
      guard let context = EVP_CIPHER_CTX_new() else { throw .libcrypto("EVP_CIPHER_CTX_new") }
      guard EVP_EncryptInit_ex(context, cipher, nil, key.pointer, nil) == 1,
        EVP_CIPHER_CTX_set_padding(context, 0) == 1
      else {
        EVP_CIPHER_CTX_free(context)
        throw .libcrypto("EVP_EncryptInit_ex")
      }
      let done = subkey.withMutableBytes { subkey in
        subkey.withUnsafeMutableBytes { bytes in
          var count: Int32 = 0
          let start = bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
          let done = EVP_EncryptUpdate(context, start, &count, start, 16)
          let carry = bytes[0] >> 7
          for index in 0..<15 { bytes[index] = bytes[index] << 1 | bytes[index + 1] >> 7 }
          bytes[15] = bytes[15] << 1 ^ (carry &* 0x87)
          return done
        }
      }
      guard done == 1 else {
        EVP_CIPHER_CTX_free(context)
        throw .libcrypto("EVP_EncryptUpdate")
      }
      return context
    }

    deinit { EVP_CIPHER_CTX_free(pointer) }

    /// Makes the key for a nonce's first 12 bytes in the last 32 bytes of `scratch` and lends it.
    mutating func withKey<Result>(
      for nonce: RawSpan, _ body: (UnsafePointer<UInt8>) throws(LetheError) -> Result
    ) throws(LetheError) -> Result {
      let context = pointer
      return try scratch.withMutableBytes { (scratch) throws(LetheError) in
        try scratch.withUnsafeMutableBytes { (bytes) throws(LetheError) in
          for block in 0..<2 {
            let start = 16 + 16 * block
            bytes[start] = bytes[0]
            bytes[start + 1] = bytes[1] ^ UInt8(block + 1)
            bytes[start + 2] = bytes[2] ^ UInt8(ascii: "X")
            bytes[start + 3] = bytes[3]
            for index in 0..<12 {
              bytes[start + 4 + index] =
                bytes[4 + index] ^ nonce.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            }
          }
          let key = bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) + 16
          var count: Int32 = 0
          guard EVP_EncryptUpdate(context, key, &count, key, 32) == 1 else { throw .libcrypto("EVP_EncryptUpdate") }
          defer { OPENSSL_cleanse(key, 32) }
          return try body(UnsafePointer(key))
        }
      }
    }
  }

  /// - Throws: `io` if libcrypto fails.
  public init(_ key: borrowing Secret) throws(LetheError) {
    context = Mutex(try Context(key))
  }

  /// Seals bytes; `sealed` is 16 bytes longer than `plaintext`. The nonce has 24 random bytes.
  public func seal(
    _ plaintext: RawSpan, nonce: RawSpan, authenticating data: RawSpan, into sealed: inout MutableRawSpan
  ) throws(LetheError) {
    precondition(nonce.byteCount == Self.nonceByteCount, "a nonce has 24 bytes")
    try withKey(for: nonce) { (key, rest) throws(LetheError) in
      try AES256GCM.sealOnce(plaintext, key: key, nonce: rest, data, &sealed)
    }
  }

  /// Opens what `seal` made; `plaintext` is 16 bytes shorter than `sealed`.
  public func open(
    _ sealed: RawSpan, nonce: RawSpan, authenticating data: RawSpan, into plaintext: inout MutableRawSpan
  ) throws(LetheError) -> Authenticity {
    precondition(nonce.byteCount == Self.nonceByteCount, "a nonce has 24 bytes")
    return try withKey(for: nonce) { (key, rest) throws(LetheError) in
      try AES256GCM.openOnce(sealed, key: key, nonce: rest, data, &plaintext)
    }
  }

  private func withKey<Result: Sendable>(
    for nonce: RawSpan, _ body: (UnsafePointer<UInt8>, RawSpan) throws(LetheError) -> Result
  ) throws(LetheError) -> Result {
    try withoutActuallyEscaping(body) { (body) throws(LetheError) in
      try context.withLock { (context) throws(LetheError) in
        try context.withKey(for: nonce) { (key) throws(LetheError) in
          try body(key, nonce.extracting(12..<24))
        }
      }
    }
  }
}

extension SecretMemory {
  /// Frees what pooled contexts still hold of the last keys; part of cleansing after a forget.
  public static func cleanseContexts() { AES256GCM.forgetContexts() }
}
