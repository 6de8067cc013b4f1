internal import COpenSSL
public import LetheSystem

/// Random bytes from libcrypto's generator for secrets (`RAND_priv_bytes`), seeded by the kernel.
public struct SystemRandom: RandomSource {
  public init() {}

  public func fill(_ buffer: inout MutableRawSpan) throws(LetheError) {
    let done = buffer.withUnsafeMutableBytes {
      $0.isEmpty ? 1 : RAND_priv_bytes($0.baseAddress!.assumingMemoryBound(to: UInt8.self), Int32($0.count))
    }
    guard done == 1 else { throw .libcrypto("RAND_priv_bytes") }
  }
}
