internal import LetheCrypto
internal import LetheSystem

/// The bytes of a file cell: two slots of 4,096 bytes, at 0 and 4,096, each written in place and at once.
///
/// Integers are little-endian. A slot that holds a share:
///
///     at   size
///     0    8     "lethecel"
///     8    2     format version: 1
///     10   1     k, the number of shares that make the root secret
///     11   1     n, the number of shares
///     12   1     number of this share, from 1
///     13   3     zero
///     16   16    store id
///     32   8     epoch
///     40   32    SHA-256 of the root page's bytes
///     72   32    the share; with k = 1 the root secret itself
///     104  32    SHA-256 of the bytes 0..<104
///     136        zero
///
/// A retired slot: "lethe/v1 retired root slot", then zeros. An unused slot: zeros. Anything else is torn: it holds
/// nothing to open, and maybe something to erase.
enum RootSlot {
  case share(RootShare)
  case torn
  /// Nothing is there to erase.
  case blank

  static let byteCount = 4096
  static let count = 2

  private static let magic = Array("lethecel".utf8)
  private static let version: UInt16 = 1
  private static let clearByteCount = 72
  private static let hashedByteCount = 104
  private static let retiredMark = Array("lethe/v1 retired root slot".utf8)

  /// Reads a slot.
  ///
  /// - Throws: `format` if it is whole but of a later version; `io`.
  init(_ bytes: borrowing Secret) throws(LetheError) {
    if Self.blanks.contains(Self.fingerprint(bytes)) {
      self = .blank
      return
    }
    let hashes = bytes.withBytes { bytes in
      (
        SHA256.hash(bytes.extracting(0..<Self.hashedByteCount)),
        Digest(copying: bytes.extracting(Self.hashedByteCount..<Self.hashedByteCount + Digest.byteCount))
      )
    }
    var reader = ByteReader(bytes.withBytes { [UInt8](copying: $0.extracting(0..<Self.clearByteCount)) })
    guard hashes.0 == hashes.1, try reader.take(8).elementsEqual(Self.magic) else {
      self = .torn
      return
    }
    guard try reader.take(UInt16.self) == Self.version else {
      throw LetheError(.format, "the root cell's format is not of this version; update Lethe")
    }
    let threshold = Int(try reader.take(UInt8.self))
    let shareCount = Int(try reader.take(UInt8.self))
    let index = Int(try reader.take(UInt8.self))
    _ = try reader.take(3)
    let storeID = Array(try reader.take(PageFormat.storeIDByteCount))
    let epoch = try reader.take(UInt64.self)
    let hash = try reader.takeDigest()
    let secret = try bytes.withBytes { (bytes) throws(LetheError) in
      try Secret(copying: bytes.extracting(Self.clearByteCount..<Self.hashedByteCount))
    }
    self = .share(
      RootShare(
        ShareLabel(
          storeID: storeID, pair: RootPair(epoch: epoch, rootPageHash: hash), threshold: threshold,
          shareCount: shareCount, index: index), secret: secret))
  }

  /// The bytes of a slot that holds a share.
  static func encode(_ share: RootShare) throws(LetheError) -> Secret {
    var clear = ByteWriter()
    clear.put(magic)
    clear.put(version)
    clear.put(UInt8(share.threshold))
    clear.put(UInt8(share.shareCount))
    clear.put(UInt8(share.index))
    clear.put([0, 0, 0] as [UInt8])
    clear.put(share.storeID)
    clear.put(share.pair.epoch)
    clear.put(share.pair.rootPageHash.bytes)
    var slot = try Secret(count: byteCount)
    slot.withMutableBytes { slot in
      clear.bytes.withByteSpan { slot.copy($0) }
      share.secret.withBytes { slot.copy($0, to: clearByteCount) }
      SHA256.hash(slot.bytes.extracting(0..<hashedByteCount)).withBytes { slot.copy($0, to: hashedByteCount) }
    }
    return slot
  }

  static func retired() throws(LetheError) -> Secret {
    try retiredBytes.withByteSpan { (bytes) throws(LetheError) in try Secret(copying: bytes) }
  }

  private static let retiredBytes = retiredMark + [UInt8](repeating: 0, count: byteCount - retiredMark.count)

  /// Fingerprints of an unused and of a retired slot.
  private static let blanks: Set<Digest> = Set(
    [[UInt8](repeating: 0, count: byteCount), retiredBytes].map { $0.withByteSpan { SHA256.hash($0) } })

  static func fingerprint(_ slot: borrowing Secret) -> Digest { slot.withBytes { SHA256.hash($0) } }
}
