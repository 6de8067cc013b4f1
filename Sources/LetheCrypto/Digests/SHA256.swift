internal import COpenSSL

/// SHA-256 (FIPS 180-4) by libcrypto, all at once or piece by piece.
public struct SHA256: ~Copyable {
  private let context: OpaquePointer

  public init() {
    context = DigestContexts.take()
    DigestContexts.begin(context)
  }

  deinit { DigestContexts.give(context) }

  public mutating func update(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { DigestContexts.update(context, $0) }
  }

  public mutating func update(_ digest: Digest) {
    digest.withBytes { update($0) }
  }

  public consuming func finalize() -> Digest { DigestContexts.finish(context) }

  public static func hash(_ bytes: RawSpan) -> Digest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalize()
  }
}

/// EVP digest contexts, fetched once and used again: making one costs more than hashing a record.
///
/// The calls fail only if memory is exhausted or libcrypto has no SHA-256; nothing can go on then.
private enum DigestContexts {
  private nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)
  private static let pool = ContextPool(make: { EVP_MD_CTX_new() }, free: { EVP_MD_CTX_free($0) })

  static func take() -> OpaquePointer { pool.take() }
  static func give(_ context: OpaquePointer) { pool.give(context) }

  static func begin(_ context: OpaquePointer) {
    let done = EVP_DigestInit_ex(context, algorithm, nil)
    precondition(done == 1, "EVP_DigestInit_ex failed: libcrypto has no SHA-256")
  }

  static func update(_ context: OpaquePointer, _ bytes: UnsafeRawBufferPointer) {
    let done = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(done == 1, "EVP_DigestUpdate failed")
  }

  static func finish(_ context: OpaquePointer) -> Digest {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Digest.byteCount) { out in
      let done = EVP_DigestFinal_ex(context, out.baseAddress, nil)
      precondition(done == 1, "EVP_DigestFinal_ex failed")
      return Digest(loading: UnsafeRawBufferPointer(out))
    }
  }
}
