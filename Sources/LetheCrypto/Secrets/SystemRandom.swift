internal import COpenSSL
public import LetheSystem

/// Random bytes from libcrypto's generator for secrets (`RAND_priv_bytes`), seeded by the kernel.
public struct SystemRandom: RandomSource {
  public init() {}

  public func fill(_ buffer: inout MutableRawSpan) throws(LetheError) {
    defer { lethe_clear_deep_traces() }
    let done = buffer.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress, !bytes.isEmpty else { return true }
      guard let count = Int32(exactly: bytes.count) else { return false }
      return RAND_priv_bytes(start.assumingMemoryBound(to: UInt8.self), count) == 1
    }
    guard done else { throw .libcrypto("RAND_priv_bytes") }
  }
}
