internal import COpenSSL

/// The algorithms that Lethe uses, fetched once per process: a fetch costs microseconds. Nil where libcrypto lacks one;
/// the first call that needs it fails.
enum Libcrypto {
  nonisolated(unsafe) static let sha256 = isReady ? EVP_MD_fetch(nil, "SHA256", nil) : nil
  nonisolated(unsafe) static let aes256GCM = isReady ? EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) : nil
  nonisolated(unsafe) static let aes256ECB = isReady ? EVP_CIPHER_fetch(nil, "AES-256-ECB", nil) : nil

  /// libcrypto frees its tables at `exit` while other threads may still seal; the process's end frees them as well.
  private static let isReady = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1
}
