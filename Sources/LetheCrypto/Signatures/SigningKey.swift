internal import COpenSSL
public import LetheSystem

/// An Ed25519 key that signs (RFC 8032) by libcrypto.
public final class SigningKey: @unchecked Sendable {
  // Sendable: an EVP_PKEY that is never changed may be used from several threads at once.
  private let key: OpaquePointer
  public let verifyingKey: VerifyingKey

  /// The key of a 32-byte seed, which RFC 8032 calls the private key.
  ///
  /// - Throws: `io` if libcrypto fails.
  public init(seed: borrowing Secret) throws(LetheError) {
    guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed.pointer, seed.count) else {
      throw .libcrypto("EVP_PKEY_new_raw_private_key")
    }
    var bytes = [UInt8](repeating: 0, count: 32)
    var count = bytes.count
    guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1 else {
      EVP_PKEY_free(key)
      throw .libcrypto("EVP_PKEY_get_raw_public_key")
    }
    self.key = key
    verifyingKey = VerifyingKey(unchecked: bytes)
  }

  deinit { EVP_PKEY_free(key) }

  /// The 64-byte signature of a message.
  ///
  /// - Throws: `io` if libcrypto fails.
  public func sign(_ message: RawSpan) throws(LetheError) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw .libcrypto("EVP_MD_CTX_new") }
    defer { EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: 64)
    var count = signature.count
    guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
      message.withUnsafeBytes({ EVP_DigestSign(context, &signature, &count, $0.bytePointer, $0.count) }) == 1
    else { throw .libcrypto("EVP_DigestSign") }
    return signature
  }
}

/// An Ed25519 key that verifies (RFC 8032).
public struct VerifyingKey: Sendable, Hashable {
  /// 32 bytes, as RFC 8032 encodes a public key.
  public let bytes: [UInt8]

  /// - Throws: `input` unless there are 32 bytes.
  public init(bytes: [UInt8]) throws(LetheError) {
    guard bytes.count == 32 else {
      throw LetheError(.input, "an Ed25519 public key has 32 bytes; check where it came from")
    }
    self.bytes = bytes
  }

  init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  /// Whether the key's holder signed the message. A key or signature that is none at all is forged.
  public func verify(_ signature: RawSpan, of message: RawSpan) -> Authenticity {
    defer { ERR_clear_error() }
    guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else { return .forged }
    defer { EVP_PKEY_free(key) }
    guard let context = EVP_MD_CTX_new() else { return .forged }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return .forged }
    let verdict = signature.withUnsafeBytes { signature in
      message.withUnsafeBytes { message in
        EVP_DigestVerify(context, signature.bytePointer, signature.count, message.bytePointer, message.count)
      }
    }
    return verdict == 1 ? .authentic : .forged
  }
}
