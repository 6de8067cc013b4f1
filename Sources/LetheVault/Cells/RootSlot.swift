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
/// A slot that holds a sealed share has format version 2. Its clear part stands where it stands in version 1, so that
/// everybody sees whose share of which epoch it is; of the share itself nothing is there without the key:
///
///     at   size
///     0    8     "lethecel"
///     8    2     format version: 2
///     10   3     k, n and the number of this share, as above
///     13   1     how it is sealed: 1 = by a key file, 2 = by a passphrase
///     14   1     log2 N of scrypt; zero for a key file
///     15   1     p of scrypt, whose r is 8; zero for a key file
///     16   56    store id, epoch, SHA-256 of the root page's bytes, as above
///     72   32    salt, random
///     104  32    SHA-256 of the bytes 0..<104
///     136  24    nonce, random, of every slot its own
///     160  48    the share under XAES-256-GCM (C2SP), the tag behind it; authenticated with it: the bytes 0..<104
///     208  32    SHA-256 of the bytes 136..<208
///     240        zero
///
/// The key of 32 bytes: for a passphrase, scrypt (RFC 7914) of its bytes with the salt; at most N = 2^17 and p = 4, at
/// least N = 2^10 and p = 1, are accepted. For a key file, SP 800-108 in counter mode with HMAC-SHA-256, one block, the
/// key being all of the file's bytes (32 at least), the label "lethe/v1/cell/keyfile", the context the salt.
///
/// A retired slot: "lethe/v1 retired root slot", then zeros. An unused slot: zeros. Anything else is torn: it holds
/// nothing to open, and maybe something to erase.
enum RootSlot {
  case share(RootShare)
  case sealed(SealedShare)
  case torn
  /// Nothing is there to erase.
  case blank

  static let byteCount = 4096
  static let count = 2

  private static let magic = Array("lethecel".utf8)
  private static let version: UInt16 = 1
  private static let sealedVersion: UInt16 = 2
  private static let clearByteCount = 72
  private static let hashedByteCount = 104
  private static let nonceStart = 136
  private static let sealedStart = nonceStart + SealingKey.nonceByteCount
  private static let sealedEnd = sealedStart + SealedShare.byteCount
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
    let version = try reader.take(UInt16.self)
    guard version == Self.version || version == Self.sealedVersion else { throw Self.laterVersion }
    let threshold = Int(try reader.take(UInt8.self))
    let shareCount = Int(try reader.take(UInt8.self))
    let index = Int(try reader.take(UInt8.self))
    let how = Array(try reader.take(3))
    let storeID = Array(try reader.take(PageFormat.storeIDByteCount))
    let epoch = try reader.take(UInt64.self)
    let hash = try reader.takeDigest()
    let label = ShareLabel(
      storeID: storeID, pair: RootPair(epoch: epoch, rootPageHash: hash), threshold: threshold,
      shareCount: shareCount, index: index)
    if version == Self.sealedVersion {
      self = try Self.sealed(label, how, bytes)
      return
    }
    let secret = try bytes.withBytes { (bytes) throws(LetheError) in
      try Secret(copying: bytes.extracting(Self.clearByteCount..<Self.hashedByteCount))
    }
    self = .share(RootShare(label, secret: secret))
  }

  /// The sealed rest of a slot whose clear part is whole.
  private static func sealed(
    _ label: ShareLabel, _ how: [UInt8], _ bytes: borrowing Secret
  ) throws(LetheError) -> RootSlot {
    let (salt, rest, hash) = bytes.withBytes { bytes in
      (
        [UInt8](copying: bytes.extracting(clearByteCount..<hashedByteCount)),
        [UInt8](copying: bytes.extracting(nonceStart..<sealedEnd)),
        Digest(copying: bytes.extracting(sealedEnd..<sealedEnd + Digest.byteCount))
      )
    }
    guard SHA256.hash(rest) == hash else { return .torn }
    guard let kind = CellSeal.Kind(rawValue: how[0]) else { throw laterVersion }
    let cost = kind == .passphrase ? Scrypt.Cost(rounds: how[1], blocks: 8, lanes: how[2]) : .none
    return .sealed(
      SealedShare(
        label: label, lock: SlotLock(kind: kind, cost: cost, salt: salt),
        nonce: Array(rest[..<SealingKey.nonceByteCount]), bytes: Array(rest[SealingKey.nonceByteCount...])))
  }

  private static var laterVersion: LetheError {
    LetheError(.format, "the root cell's format is not of this version; update Lethe")
  }

  /// The bytes 0..<72 of a slot.
  private static func clear(_ label: ShareLabel, _ version: UInt16, how: [UInt8]) -> [UInt8] {
    var clear = ByteWriter()
    clear.put(magic)
    clear.put(version)
    clear.put(UInt8(label.threshold))
    clear.put(UInt8(label.shareCount))
    clear.put(UInt8(label.index))
    clear.put(how)
    clear.put(label.storeID)
    clear.put(label.pair.epoch)
    clear.put(label.pair.rootPageHash.bytes)
    return clear.bytes
  }

  /// The bytes 0..<104 of a sealed slot, which are authenticated with the share.
  static func head(_ label: ShareLabel, _ lock: SlotLock) -> [UInt8] {
    clear(label, sealedVersion, how: [lock.kind.rawValue, lock.cost.rounds, lock.cost.lanes]) + lock.salt
  }

  /// The bytes of a slot that holds a sealed share.
  static func encode(_ share: SealedShare) throws(LetheError) -> Secret {
    let head = head(share.label, share.lock)
    let rest = share.nonce + share.bytes
    let bytes =
      head + SHA256.hash(head).bytes + rest + SHA256.hash(rest).bytes
    var slot = try Secret(count: byteCount)
    slot.withMutableBytes { slot in bytes.withByteSpan { slot.copy($0) } }
    return slot
  }

  /// The bytes of a slot that holds a share.
  static func encode(_ share: RootShare) throws(LetheError) -> Secret {
    let clear = clear(share.label, version, how: [0, 0, 0])
    var slot = try Secret(count: byteCount)
    slot.withMutableBytes { slot in
      clear.withByteSpan { slot.copy($0) }
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
