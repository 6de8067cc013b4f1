internal import COpenSSL
public import LetheSystem

/// An Ed25519 key that verifies (RFC 8032).
public struct VerifyingKey: Sendable, Hashable {
  /// 32 bytes, as RFC 8032 encodes a public key.
  public let bytes: [UInt8]

  /// - Throws: `input` unless there are 32 bytes, the canonical encoding of a point, and its order is not small.
  public init(bytes: [UInt8]) throws(LetheError) {
    guard bytes.count == 32 else {
      throw LetheError(.input, "an Ed25519 public key has 32 bytes; check where it came from")
    }
    guard !Ed25519Point.isWeak(bytes) else {
      throw LetheError(
        .input,
        "an Ed25519 public key is of small order or not in its canonical encoding, so that anybody can sign for it; "
          + "get the right one again")
    }
    self.bytes = bytes
  }

  init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  /// Whether the key's holder signed the message. A key or signature that is none at all is forged, and so is one whose
  /// S is not below the group's order (RFC 8032, 5.1.7): nobody can turn a signature into another one.
  ///
  /// libcrypto's other calls here fail only if memory is exhausted; nothing can go on then.
  public func verify(_ signature: RawSpan, of message: RawSpan) -> Authenticity {
    guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count),
      let context = EVP_MD_CTX_new()
    else { preconditionFailure("\(LetheError.libcrypto("EVP_PKEY_new_raw_public_key"))") }
    defer {
      EVP_MD_CTX_free(context)
      EVP_PKEY_free(key)
      ERR_clear_error()
    }
    guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else {
      preconditionFailure("\(LetheError.libcrypto("EVP_DigestVerifyInit"))")
    }
    let verdict = signature.withUnsafeBytes { signature in
      message.withUnsafeBytes { message in
        EVP_DigestVerify(context, signature.bytePointer, signature.count, message.bytePointer, message.count)
      }
    }
    return verdict == 1 ? .authentic : .forged
  }
}
