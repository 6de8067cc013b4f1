internal import LetheCrypto
internal import LetheSystem

/// The store's statement about one sync group. Nobody else can make one, so nobody else can add records to the log.
///
/// An adversary who can write the log can compute checksums, but not the MAC over these bytes.
///
/// Format, little-endian; the MAC covers all of it:
///
///     offset  bytes
///          0     32  SHA-256 of the log's origin
///         32      8  run: the number of the opening that wrote the group
///         40      8  first: position of the group's first record
///         48      8  end: position behind its last record
///         56      8  durable: the end of the last group that was synced when this one was written
///         64     32  the tree's root before the group
///         96     32  the tree's root after it
struct GroupSeal: Equatable {
  static let byteCount = 128

  let origin: Digest
  let run: UInt64
  let first: UInt64
  let end: UInt64
  let durable: UInt64
  let rootBefore: Digest
  let rootAfter: Digest

  var encoded: [UInt8] {
    var writer = ByteWriter()
    writer.put(origin.bytes)
    for number in [run, first, end, durable] { writer.put(number) }
    writer.put(rootBefore.bytes)
    writer.put(rootAfter.bytes)
    return writer.bytes
  }

  /// - Throws: `damage` for bytes that no store writes: a group has at least one record, and nothing of it is durable while
  ///   it is written.
  init(decoding bytes: [UInt8]) throws(LetheError) {
    var reader = ByteReader(bytes)
    func digest(_ bytes: ArraySlice<UInt8>) throws(LetheError) -> Digest {
      guard let digest = Digest(bytes) else { throw Self.malformed }
      return digest
    }
    origin = try digest(reader.take(Digest.byteCount))
    run = try reader.take(UInt64.self)
    first = try reader.take(UInt64.self)
    end = try reader.take(UInt64.self)
    durable = try reader.take(UInt64.self)
    rootBefore = try digest(reader.take(Digest.byteCount))
    rootAfter = try digest(reader.take(Digest.byteCount))
    try reader.finish()
    guard first < end, durable <= first else { throw Self.malformed }
  }

  init(
    origin: Digest, run: UInt64, first: UInt64, end: UInt64, durable: UInt64, rootBefore: Digest, rootAfter: Digest
  ) {
    (self.origin, self.run, self.first, self.end) = (origin, run, first, end)
    (self.durable, self.rootBefore, self.rootAfter) = (durable, rootBefore, rootAfter)
  }

  private static var malformed: LetheError {
    LetheError(.damage, "a group seal has a value that no version writes; put back a copy of Log/")
  }
}
