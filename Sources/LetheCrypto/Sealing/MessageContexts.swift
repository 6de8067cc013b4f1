internal import COpenSSL
internal import LetheSystem

/// AES-256-GCM contexts for keys that are good for one nonce, each with locked memory for such a key.
///
/// Setting a key costs less than making a context. A context keeps the schedule of the last message's key, never that of
/// a data key, until it is used again or freed: `SecretMemory.cleanseContexts()`.
enum MessageContexts {
  private static let pool = ContextPool(
    scratchByteCount: AES256GCM.keyByteCount,
    make: {
      guard let context = EVP_CIPHER_CTX_new() else { return nil }
      guard EVP_CipherInit_ex(context, Libcrypto.aes256GCM, nil, nil, nil, 1) == 1 else {
        EVP_CIPHER_CTX_free(context)
        return nil
      }
      return context
    }, free: { EVP_CIPHER_CTX_free($0) })

  static func take() throws(LetheError) -> UnsafeMutablePointer<Workbench> { try pool.take() }

  static func give(_ bench: UnsafeMutablePointer<Workbench>) {
    OPENSSL_cleanse(bench.pointee.scratch, AES256GCM.keyByteCount)
    pool.give(bench)
  }

  static func drain() { pool.drain() }
}

extension SecretMemory {
  /// Frees the contexts that nobody uses at the moment, and with them what they hold of the last messages' keys; part of
  /// cleansing after a forget, once no reader holds a key any more.
  public static func cleanseContexts() {
    MessageContexts.drain()
    DigestContexts.drain()
  }
}
