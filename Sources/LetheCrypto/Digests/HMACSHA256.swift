internal import COpenSSL
public import LetheSystem

/// HMAC-SHA-256 (RFC 2104, FIPS 198-1) and key derivation with it.
///
/// It is made of two SHA-256 on a pooled context, because libcrypto's EVP_MAC allocates and looks up its digest on every
/// call and so costs five times as much. The padded key and the inner digest lie in locked memory and are cleansed, the
/// context is overwritten, and so is what the hash functions leave on the stack and in registers.
public enum HMACSHA256 {
  /// SHA-256's block, to which HMAC pads its key.
  private static let blockByteCount = 64

  /// The authentication code of a message: 32 bytes that are no secret.
  public static func authenticate(_ message: RawSpan, key: borrowing Secret) -> Digest {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Digest.byteCount) { out in
      compute(
        key: UnsafeRawBufferPointer(start: key.pointer, count: key.count), .plain, message, into: out.baseAddress!)
      return Digest(loading: UnsafeRawBufferPointer(out))
    }
  }

  /// A 32-byte key from a key: SP 800-108r1 KDF in counter mode, one block,
  /// HMAC(K, [1]₃₂ ‖ label ‖ 00 ‖ context ‖ [256]₃₂).
  ///
  /// - Throws: `io` if there is no memory for it.
  public static func derive(
    from key: borrowing Secret, label: StaticString, context: RawSpan
  ) throws(LetheError) -> Secret {
    var derived = try Secret(count: Digest.byteCount)
    key.withBytes { key in
      derived.withMutableBytes { derived in
        derive(from: key, label: label, context: context, into: &derived)
      }
    }
    return derived
  }

  /// The same from a key that lies among others, into 32 bytes of a secret.
  public static func derive(
    from key: RawSpan, label: StaticString, context: RawSpan, into derived: inout MutableRawSpan
  ) {
    precondition(derived.byteCount == Digest.byteCount, "a derived key has 32 bytes")
    key.withUnsafeBytes { key in
      derived.withUnsafeMutableBytes { out in
        compute(key: key, .derivation(label), context, into: out.baseAddress!.assumingMemoryBound(to: UInt8.self))
      }
    }
  }

  /// The same derivation where the outcome is public: a commitment.
  public static func deriveDigest(from key: borrowing Secret, label: StaticString, context: RawSpan) -> Digest {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Digest.byteCount) { out in
      compute(
        key: UnsafeRawBufferPointer(start: key.pointer, count: key.count), .derivation(label), context,
        into: out.baseAddress!)
      return Digest(loading: UnsafeRawBufferPointer(out))
    }
  }

  /// What stands around the bytes that are authenticated.
  private enum Frame {
    case plain
    case derivation(StaticString)
  }

  private static func compute(
    key: UnsafeRawBufferPointer, _ frame: Frame, _ bytes: RawSpan, into out: UnsafeMutablePointer<UInt8>
  ) {
    let bench = DigestContexts.take()
    let context = bench.pointee.context
    // Zeros: the last user cleansed it.
    let scratch = bench.pointee.scratch
    pad(key, context, scratch)
    bytes.withUnsafeBytes { absorb(context, scratch, frame, $0) }
    DigestContexts.finish(context, into: scratch + blockByteCount)
    DigestContexts.begin(context)
    combine(scratch, innerPad ^ outerPad)
    DigestContexts.update(context, scratch, blockByteCount + Digest.byteCount)
    DigestContexts.finish(context, into: out)
    OPENSSL_cleanse(scratch, DigestContexts.scratchByteCount)
    DigestContexts.give(bench)
    lethe_clear_traces()
  }

  private static let innerPad: UInt64 = 0x3636_3636_3636_3636
  private static let outerPad: UInt64 = 0x5C5C_5C5C_5C5C_5C5C

  /// Makes the inner padded key: the key, or its digest where it is longer than a block, then zeros, all XOR 36.
  private static func pad(
    _ key: UnsafeRawBufferPointer, _ context: OpaquePointer, _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    if key.count > blockByteCount {
      DigestContexts.update(context, key)
      DigestContexts.finish(context, into: scratch)
      DigestContexts.begin(context)
    } else if let start = key.baseAddress {
      UnsafeMutableRawPointer(scratch).copyMemory(from: start, byteCount: key.count)
    }
    combine(scratch, innerPad)
  }

  private static func combine(_ scratch: UnsafeMutablePointer<UInt8>, _ pattern: UInt64) {
    let raw = UnsafeMutableRawPointer(scratch)
    for offset in stride(from: 0, to: blockByteCount, by: 8) {
      let word = raw.load(fromByteOffset: offset, as: UInt64.self)
      raw.storeBytes(of: word ^ pattern, toByteOffset: offset, as: UInt64.self)
    }
  }

  /// Hashes the padded key and the framed bytes: in one call if they fit into the scratch memory, where calls are what
  /// costs.
  private static func absorb(
    _ context: OpaquePointer, _ scratch: UnsafeMutablePointer<UInt8>, _ frame: Frame, _ bytes: UnsafeRawBufferPointer
  ) {
    let raw = UnsafeMutableRawPointer(scratch)
    var used = blockByteCount
    var ending = 0
    if case .derivation(let label) = frame {
      precondition(label.utf8CodeUnitCount <= 128, "a label is short")
      raw.storeBytes(of: UInt32(1).bigEndian, toByteOffset: used, as: UInt32.self)
      (raw + used + 4).copyMemory(from: label.utf8Start, byteCount: label.utf8CodeUnitCount)
      used += 4 + label.utf8CodeUnitCount + 1
      scratch[used - 1] = 0
      ending = 4
    }
    if used + bytes.count + ending <= DigestContexts.scratchByteCount {
      if let start = bytes.baseAddress { (raw + used).copyMemory(from: start, byteCount: bytes.count) }
      used += bytes.count
    } else {
      DigestContexts.update(context, scratch, used)
      DigestContexts.update(context, bytes)
      used = blockByteCount
      guard ending > 0 else { return }
      raw.storeBytes(of: UInt32(256).bigEndian, toByteOffset: used, as: UInt32.self)
      return DigestContexts.update(context, scratch + used, ending)
    }
    if ending > 0 { raw.storeBytes(of: UInt32(256).bigEndian, toByteOffset: used, as: UInt32.self) }
    DigestContexts.update(context, scratch, used + ending)
  }
}
