internal import COpenSSL
public import LetheSystem

/// An Ed25519 key that signs (RFC 8032) by libcrypto.
public final class SigningKey: @unchecked Sendable {
  // Sendable: an EVP_PKEY that is never changed may be used from several threads at once.
  private let key: OpaquePointer
  public static let seedByteCount = 32
  public static let signatureByteCount = 64
  public let verifyingKey: VerifyingKey

  /// The key of a 32-byte seed, which RFC 8032 calls the private key.
  ///
  /// - Throws: `input` unless the seed has 32 bytes, `io` if libcrypto fails.
  public init(seed: borrowing Secret) throws(LetheError) {
    guard seed.count == Self.seedByteCount else {
      throw LetheError(.input, "an Ed25519 seed has 32 bytes; check where it came from")
    }
    defer { lethe_clear_deep_traces() }
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
    guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1 else { throw .libcrypto("EVP_DigestSignInit") }
    defer { lethe_clear_deep_traces() }
    var signature = [UInt8](repeating: 0, count: Self.signatureByteCount)
    var count = signature.count
    let done = message.withUnsafeBytes { EVP_DigestSign(context, &signature, &count, $0.bytePointer, $0.count) }
    guard done == 1, count == Self.signatureByteCount else { throw .libcrypto("EVP_DigestSign") }
    return signature
  }
}
