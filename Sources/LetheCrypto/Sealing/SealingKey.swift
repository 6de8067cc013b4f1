internal import COpenSSL
public import LetheSystem
internal import Synchronization

/// A data key for XAES-256-GCM (C2SP, https://c2sp.org/XAES-256-GCM): AES-256-GCM under a key of its own for every
/// 24-byte nonce, so that random nonces never run out.
///
/// Holds the key's expanded AES context, made once: sealing then costs two AES blocks more than plain AES-256-GCM.
/// Safe to use from several threads, which wait for each other only while those two blocks are made.
public final class SealingKey: Sendable {
  public static let nonceByteCount = 24
  public static let tagByteCount = AES256GCM.tagByteCount

  /// The CMAC subkey K1.
  private let subkey: Secret
  private let context: Mutex<ExpandedKey>

  /// - Throws: `io` if libcrypto fails.
  public init(_ key: borrowing Secret) throws(LetheError) {
    let expanded = try ExpandedKey(key)
    subkey = try Self.makeSubkey(expanded)
    context = Mutex(expanded)
  }

  /// Seals bytes; `sealed` is 16 bytes longer than `plaintext`. The nonce has 24 random bytes.
  ///
  /// - Throws: `input` if there are 2 GiB or more, `io` if libcrypto fails; the output is then undefined.
  public func seal(
    _ plaintext: RawSpan, nonce: RawSpan, authenticating data: RawSpan, into sealed: inout MutableRawSpan
  ) throws(LetheError) {
    let bench = try MessageContexts.take()
    defer { MessageContexts.give(bench) }
    let key = bench.pointee.scratch
    try derive(for: nonce, into: key)
    try AES256GCM.seal(plaintext, bench.pointee.context, nil, key, nonce.extracting(12..<24), data, &sealed)
  }

  /// Seals bytes where they lie: all but the last 16 are the plaintext, and all are the sealed form afterwards.
  ///
  /// - Throws: as `seal`.
  public func sealInPlace(
    _ bytes: inout MutableRawSpan, nonce: RawSpan, authenticating data: RawSpan
  ) throws(LetheError) {
    precondition(bytes.byteCount >= Self.tagByteCount, "there is room for the tag")
    let bench = try MessageContexts.take()
    defer { MessageContexts.give(bench) }
    let key = bench.pointee.scratch
    try derive(for: nonce, into: key)
    // libcrypto takes the same address for what it reads and what it writes (EVP_EncryptUpdate(3)).
    let plaintext = bytes.withUnsafeMutableBytes {
      UnsafeRawBufferPointer(start: $0.baseAddress, count: $0.count - Self.tagByteCount)
    }
    try AES256GCM.seal(
      RawSpan(_unsafeBytes: plaintext), bench.pointee.context, nil, key, nonce.extracting(12..<24), data, &bytes)
  }

  /// Opens what `seal` made; `plaintext` is 16 bytes shorter than `sealed`.
  ///
  /// - Throws: `input` if there are 2 GiB or more, `io` if libcrypto fails; the output is then zeroed.
  public func open(
    _ sealed: RawSpan, nonce: RawSpan, authenticating data: RawSpan, into plaintext: inout MutableRawSpan
  ) throws(LetheError) -> Authenticity {
    let bench = try MessageContexts.take()
    defer { MessageContexts.give(bench) }
    let key = bench.pointee.scratch
    try derive(for: nonce, into: key)
    return try AES256GCM.open(sealed, bench.pointee.context, nil, key, nonce.extracting(12..<24), data, &plaintext)
  }

  /// K1 of L = AES(K, 0), shifted left by one bit in GF(2^128): NIST SP 800-38B, 6.1.
  private static func makeSubkey(_ key: borrowing ExpandedKey) throws(LetheError) -> Secret {
    var subkey = try Secret(count: 16)
    try subkey.withMutableBytes { (subkey) throws(LetheError) in
      try subkey.withUnsafeMutableBytes { (bytes) throws(LetheError) in
        try key.encrypt(bytes.baseAddress!.assumingMemoryBound(to: UInt8.self), 16)
        let high = UInt64(bigEndian: bytes.load(as: UInt64.self))
        let low = UInt64(bigEndian: bytes.load(fromByteOffset: 8, as: UInt64.self))
        // By multiplication, so that no branch tells the uppermost bit.
        let reduction = (high >> 63) &* 0x87
        bytes.storeBytes(of: (high << 1 | low >> 63).bigEndian, as: UInt64.self)
        bytes.storeBytes(of: (low << 1 ^ reduction).bigEndian, toByteOffset: 8, as: UInt64.self)
      }
    }
    return subkey
  }

  /// The key of the nonce's first half N: AES(K, M1 ^ K1) ‖ AES(K, M2 ^ K1), where M1 = 00 01 58 00 ‖ N and
  /// M2 = 00 02 58 00 ‖ N.
  private func derive(for nonce: RawSpan, into key: UnsafeMutablePointer<UInt8>) throws(LetheError) {
    precondition(nonce.byteCount == Self.nonceByteCount, "a nonce has 24 bytes")
    let out = UnsafeMutableRawPointer(key)
    nonce.withUnsafeBytes { nonce in
      let subkey = UnsafeRawPointer(subkey.pointer)
      let first = UInt64(nonce.loadUnaligned(as: UInt32.self).littleEndian) << 32
      let head = subkey.load(as: UInt64.self).littleEndian ^ first
      let tail =
        subkey.load(fromByteOffset: 8, as: UInt64.self) ^ nonce.loadUnaligned(fromByteOffset: 4, as: UInt64.self)
      out.storeBytes(of: (head ^ 0x0058_0100).littleEndian, as: UInt64.self)
      out.storeBytes(of: tail, toByteOffset: 8, as: UInt64.self)
      out.storeBytes(of: (head ^ 0x0058_0200).littleEndian, toByteOffset: 16, as: UInt64.self)
      out.storeBytes(of: tail, toByteOffset: 24, as: UInt64.self)
    }
    try context.withLock { (context) throws(LetheError) in try context.encrypt(key, AES256GCM.keyByteCount) }
  }
}

/// An AES-256 key in libcrypto's expanded form; cleansed when the owner goes.
private struct ExpandedKey: ~Copyable, @unchecked Sendable {
  // Sendable: the pointer has one owner.
  private let pointer: OpaquePointer

  init(_ key: borrowing Secret) throws(LetheError) {
    precondition(key.count == AES256GCM.keyByteCount, "a data key has 32 bytes")
    guard let context = EVP_CIPHER_CTX_new() else { throw .libcrypto("EVP_CIPHER_CTX_new") }
    let done = EVP_EncryptInit_ex(context, Libcrypto.aes256ECB, nil, key.pointer, nil)
    lethe_clear_registers()
    guard done == 1, EVP_CIPHER_CTX_set_padding(context, 0) == 1 else {
      EVP_CIPHER_CTX_free(context)
      throw .libcrypto("EVP_EncryptInit_ex")
    }
    pointer = context
  }

  deinit { EVP_CIPHER_CTX_free(pointer) }

  /// Encrypts whole blocks in place, each for itself.
  borrowing func encrypt(_ blocks: UnsafeMutablePointer<UInt8>, _ byteCount: Int) throws(LetheError) {
    var count: Int32 = 0
    let done = EVP_EncryptUpdate(pointer, blocks, &count, blocks, Int32(byteCount))
    lethe_clear_registers()
    guard done == 1 else { throw .libcrypto("EVP_EncryptUpdate") }
  }
}
