internal import COpenSSL
internal import LetheSystem

/// SHA-256 contexts of EVP, made once and used again: making one costs more than hashing a record.
///
/// A context in the pool is always freshly initialised, which also overwrites the state of the last message: after a key
/// derivation that state is the derived key. The calls fail only if memory is exhausted or libcrypto has no SHA-256;
/// nothing can go on then.
enum DigestContexts {
  /// The scratch memory has room for a padded key, and behind it a short message or the inner digest.
  static let scratchByteCount = 256

  private static let pool = ContextPool(
    scratchByteCount: scratchByteCount,
    make: {
      guard let context = EVP_MD_CTX_new() else { return nil }
      guard EVP_DigestInit_ex(context, Libcrypto.sha256, nil) == 1 else {
        EVP_MD_CTX_free(context)
        return nil
      }
      return context
    }, free: { EVP_MD_CTX_free($0) })

  static func take() -> UnsafeMutablePointer<Workbench> {
    do { return try pool.take() } catch { preconditionFailure("no context for SHA-256: \(error)") }
  }

  static func give(_ bench: UnsafeMutablePointer<Workbench>, isFresh: Bool = false) {
    if !isFresh { begin(bench.pointee.context) }
    pool.give(bench)
  }

  static func drain() { pool.drain() }

  static func begin(_ context: OpaquePointer) {
    precondition(EVP_DigestInit_ex(context, nil, nil) == 1, "EVP_DigestInit_ex failed")
  }

  static func update(_ context: OpaquePointer, _ bytes: UnsafeRawBufferPointer) {
    precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "EVP_DigestUpdate failed")
  }

  static func update(_ context: OpaquePointer, _ start: UnsafePointer<UInt8>, _ count: Int) {
    precondition(EVP_DigestUpdate(context, start, count) == 1, "EVP_DigestUpdate failed")
  }

  static func finish(_ context: OpaquePointer, into out: UnsafeMutablePointer<UInt8>) {
    precondition(EVP_DigestFinal_ex(context, out, nil) == 1, "EVP_DigestFinal_ex failed")
  }
}
