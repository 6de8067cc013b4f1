internal import COpenSSL

/// SHA-256 (FIPS 180-4) by libcrypto, all at once or piece by piece; for bytes that are no secret.
public struct SHA256: ~Copyable {
  private let bench: UnsafeMutablePointer<Workbench>
  /// Whether nothing was put in since the context was initialised.
  private var isFresh = true

  public init() { bench = DigestContexts.take() }

  deinit { DigestContexts.give(bench, isFresh: isFresh) }

  public mutating func update(_ bytes: RawSpan) {
    isFresh = false
    bytes.withUnsafeBytes { DigestContexts.update(bench.pointee.context, $0) }
  }

  public mutating func update(_ digest: Digest) {
    digest.withBytes { update($0) }
  }

  /// The digest of all that was put in; what is put in next begins a message of its own.
  public mutating func finish() -> Digest {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Digest.byteCount) { out in
      DigestContexts.finish(bench.pointee.context, into: out.baseAddress!)
      DigestContexts.begin(bench.pointee.context)
      isFresh = true
      return Digest(loading: UnsafeRawBufferPointer(out))
    }
  }

  public static func hash(_ bytes: RawSpan) -> Digest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }
}
