internal import COpenSSL

/// SHA-256 (FIPS 180-4) by libcrypto, all at once or piece by piece; for bytes that are no secret.
public struct SHA256: ~Copyable {
  private let bench: UnsafeMutablePointer<Workbench>

  public init() { bench = DigestContexts.take() }

  deinit { DigestContexts.give(bench) }

  public mutating func update(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { DigestContexts.update(bench.pointee.context, $0) }
  }

  public mutating func update(_ digest: Digest) {
    digest.withBytes { update($0) }
  }

  public consuming func finalize() -> Digest {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Digest.byteCount) { out in
      DigestContexts.finish(bench.pointee.context, into: out.baseAddress!)
      return Digest(loading: UnsafeRawBufferPointer(out))
    }
  }

  public static func hash(_ bytes: RawSpan) -> Digest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalize()
  }
}
