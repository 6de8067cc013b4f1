internal import COpenSSL
public import LetheSystem

/// Key bytes in locked memory that is left out of core dumps; cleansed when the owner goes.
///
/// There is one owner and no way to a copy but `copy()`. `SecretMemory` says where the bytes lie, `SecretMemory.status`
/// whether the machine let all of it be locked. From 4,096 bytes on they begin on a page: fit for `O_DIRECT`.
public struct Secret: ~Copyable, @unchecked Sendable {
  // Sendable: the address is fixed, the owner is unique, and changing the bytes needs exclusive access to the owner.
  private let address: UnsafeMutableRawPointer
  /// The length in bytes.
  public let count: Int

  /// Zeros.
  ///
  /// - Throws: `io` if there is no memory.
  public init(count: Int) throws(LetheError) {
    address = try SecretMemory.allocate(count)
    self.count = count
  }

  /// Random bytes: a new key.
  public init(count: Int, random: some RandomSource) throws(LetheError) {
    let start = try SecretMemory.allocate(count)
    var bytes = MutableRawSpan(_unsafeStart: start, byteCount: count)
    do { try random.fill(&bytes) } catch {
      SecretMemory.release(start, count)
      throw error
    }
    address = start
    self.count = count
  }

  /// The same bytes as those given, whose owner cleanses its own.
  public init(copying bytes: RawSpan) throws(LetheError) {
    defer { lethe_clear_traces() }
    address = try SecretMemory.allocate(bytes.byteCount)
    count = bytes.byteCount
    bytes.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress { address.copyMemory(from: start, byteCount: bytes.count) }
    }
  }

  deinit { SecretMemory.release(address, count) }

  /// Lends the bytes for reading.
  public func withBytes<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(RawSpan(_unsafeStart: address, byteCount: count))
  }

  /// Lends the bytes for writing.
  public mutating func withMutableBytes<Result: ~Copyable, Failure: Error>(
    _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var bytes = MutableRawSpan(_unsafeStart: address, byteCount: count)
    return try body(&bytes)
  }

  /// A second owner of the same bytes, in memory of its own.
  public func copy() throws(LetheError) -> Secret {
    try withBytes { (bytes) throws(LetheError) in try Secret(copying: bytes) }
  }

  /// A second owner of the bytes before the first one of a value; of all, if there is none.
  public func prefix(before byte: UInt8) throws(LetheError) -> Secret {
    let end = UnsafeRawBufferPointer(start: address, count: count).firstIndex(of: byte) ?? count
    return try withBytes { (bytes) throws(LetheError) in try Secret(copying: bytes.extracting(0..<end)) }
  }

  /// The bytes' address, for libcrypto.
  var pointer: UnsafePointer<UInt8> { UnsafePointer(address.assumingMemoryBound(to: UInt8.self)) }
}
