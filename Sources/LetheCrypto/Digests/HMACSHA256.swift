internal import COpenSSL
public import LetheSystem

/// HMAC-SHA-256 (RFC 2104, FIPS 198-1) by libcrypto's EVP_MAC, and key derivation with it.
///
/// A context lives for one call: a kept one would keep its key's bytes.
public enum HMACSHA256 {
  private nonisolated(unsafe) static let algorithm = EVP_MAC_fetch(nil, "HMAC", nil)

  /// The authentication code of a message: 32 bytes that are no secret.
  public static func authenticate(_ message: RawSpan, key: borrowing Secret) -> Digest {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Digest.byteCount) { out in
      compute(key: UnsafeRawBufferPointer(start: key.pointer, count: key.count), message, into: out.baseAddress!)
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
        compute(key: key, label, context, into: out.baseAddress!.assumingMemoryBound(to: UInt8.self))
      }
    }
  }

  /// The same derivation where the outcome is public: a commitment.
  public static func deriveDigest(from key: borrowing Secret, label: StaticString, context: RawSpan) -> Digest {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Digest.byteCount) { out in
      compute(
        key: UnsafeRawBufferPointer(start: key.pointer, count: key.count), label, context, into: out.baseAddress!)
      return Digest(loading: UnsafeRawBufferPointer(out))
    }
  }

  private static func compute(
    key: UnsafeRawBufferPointer, _ label: StaticString, _ context: RawSpan, into out: UnsafeMutablePointer<UInt8>
  ) {
    let count = 4 + label.utf8CodeUnitCount + 1 + context.byteCount + 4
    withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { message in
      message.storeBytes(of: UInt32(1).bigEndian, as: UInt32.self)
      (message.baseAddress! + 4).copyMemory(from: label.utf8Start, byteCount: label.utf8CodeUnitCount)
      let rest = 4 + label.utf8CodeUnitCount
      message[rest] = 0
      context.withUnsafeBytes { bytes in
        if let start = bytes.baseAddress {
          (message.baseAddress! + rest + 1).copyMemory(from: start, byteCount: bytes.count)
        }
      }
      (message.baseAddress! + count - 4).storeBytes(of: UInt32(256).bigEndian, as: UInt32.self)
      compute(key: key, RawSpan(_unsafeBytes: UnsafeRawBufferPointer(message)), into: out)
    }
  }

  private static func compute(
    key: UnsafeRawBufferPointer, _ message: RawSpan, into out: UnsafeMutablePointer<UInt8>
  ) {
    guard let context = EVP_MAC_CTX_new(algorithm) else { preconditionFailure("EVP_MAC_CTX_new: no memory") }
    defer { EVP_MAC_CTX_free(context) }
    let done = "SHA256".withCString { name in
      let parameters = [
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, UnsafeMutablePointer(mutating: name), 0),
        OSSL_PARAM_construct_end(),
      ]
      return EVP_MAC_init(context, key.baseAddress?.assumingMemoryBound(to: UInt8.self), key.count, parameters)
    }
    precondition(done == 1, "EVP_MAC_init failed: libcrypto has no HMAC-SHA-256")
    let updated = message.withUnsafeBytes {
      EVP_MAC_update(context, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count)
    }
    var written = 0
    precondition(updated == 1 && EVP_MAC_final(context, out, &written, Digest.byteCount) == 1, "EVP_MAC_final failed")
  }
}
