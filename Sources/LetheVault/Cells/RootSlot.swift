internal import LetheCrypto
internal import LetheSystem

/// The bytes of a file cell: two slots of 4,096 bytes, at 0 and 4,096, each written in place and at once.
///
/// Integers are little-endian. Whatever its version, a slot that holds a share begins with "lethecel", its version and
/// the hash at 104: a slot whose hash fits and whose version is unknown was written by a later Lethe, and is refused
/// instead of being passed over as torn.
///
/// Version 3 is a slot that holds a share:
///
///     at   size
///     0    8     "lethecel"
///     8    2     format version: 3
///     10   1     k, the number of shares that make the root secret
///     11   1     n, the number of shares
///     12   1     number of this share, from 1
///     13   3     zero
///     16   16    store id
///     32   8     epoch
///     40   32    SHA-256 of the root page's bytes
///     72   16    instance: the home that the cell belongs to; zero if no home has claimed it
///     88   8     counter, raised by each adoption of the cell by a home; at most 2^63 - 1
///     96   8     term, the claim under which a node writes; reserved, zero; at most 2^63 - 1
///     104  32    SHA-256 of the bytes 0..<104
///     136  32    the share; with k = 1 the root secret itself
///     168  32    SHA-256 of the bytes 0..<168
///     200        zero
///
/// Version 4 is a slot that holds a sealed share. The bytes 0..<136 are those of version 3 but for the bytes 13..<16, so
/// that everyone can read whose share of which epoch it is; the share itself is unreadable without the key:
///
///     at   size
///     0    8     "lethecel"
///     8    2     format version: 4
///     10   3     k, n and the number of this share, as above
///     13   1     how it is sealed: 1 = by a key file, 2 = by a passphrase
///     14   1     log2 N of scrypt; zero for a key file
///     15   1     p of scrypt, whose r is 8; zero for a key file
///     16   88    store id, epoch, SHA-256 of the root page's bytes, instance, counter and term, as above
///     104  32    SHA-256 of the bytes 0..<104
///     136  32    salt, random
///     168  24    nonce, random, different in every slot
///     192  48    the share under XAES-256-GCM (C2SP), followed by the tag; the bytes 0..<168 are authenticated with it
///     240  32    SHA-256 of the bytes 0..<240
///     272        zero
///
/// The key has 32 bytes. For a passphrase it is scrypt (RFC 7914) of the passphrase's bytes with the salt; costs from
/// N = 2^10 and p = 1 to N = 2^17 and p = 4 are accepted. For a key file it is SP 800-108 in counter mode with
/// HMAC-SHA-256, one block: the key is all of the file's bytes (at least 32), the label "lethe/v1/cell/keyfile", the
/// context the salt.
///
/// Versions 1 and 2 are the format before: they are read, and no longer staged. They have no claim, and the share or the
/// salt in its place. Version 1 is a slot that holds a share:
///
///     at   size
///     0    72    as version 3, with the format version 1
///     72   32    the share
///     104  32    SHA-256 of the bytes 0..<104
///     136        zero
///
/// Version 2 is a slot that holds a sealed share:
///
///     at   size
///     0    72    as version 4, with the format version 2
///     72   32    salt
///     104  32    SHA-256 of the bytes 0..<104
///     136  24    nonce
///     160  48    the sealed share and its tag; the bytes 0..<104 are authenticated with it
///     208  32    SHA-256 of the bytes 136..<208
///     240        zero
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
  private static let retiredMark = Array("lethe/v1 retired root slot".utf8)

  /// Reads a slot.
  ///
  /// - Throws: `format` if it is whole but of a later version, or has a number that no version writes; `io`.
  init(_ bytes: borrowing Secret) throws(LetheError) {
    if Self.blanks.contains(Self.fingerprint(bytes)) {
      self = .blank
      return
    }
    var reader = ByteReader(Self.copy(SlotVersion.clear, of: bytes))
    guard Self.isWhole(SlotVersion.head, of: bytes), try reader.take(8).elementsEqual(Self.magic) else {
      self = .torn
      return
    }
    guard let version = SlotVersion(rawValue: try reader.take(UInt16.self)) else { throw .laterSlotVersion }
    if let range = version.hashedSecond, !Self.isWhole(range, of: bytes) {
      self = .torn
      return
    }
    let threshold = Int(try reader.take(UInt8.self))
    let shareCount = Int(try reader.take(UInt8.self))
    let index = Int(try reader.take(UInt8.self))
    let how = Array(try reader.take(3))
    let storeID = Array(try reader.take(PageFormat.storeIDByteCount))
    let pair = RootPair(epoch: try reader.take(UInt64.self), rootPageHash: try reader.takeDigest())
    let label = ShareLabel(
      storeID: storeID, pair: pair, threshold: threshold, shareCount: shareCount, index: index,
      claim: version.carriesClaim ? try Self.claim(in: bytes) : nil)
    self = version.isSealed ? try Self.sealed(label, how, version, bytes) : try Self.plain(label, how, version, bytes)
  }

  private static func plain(
    _ label: ShareLabel, _ how: [UInt8], _ version: SlotVersion, _ bytes: borrowing Secret
  ) throws(LetheError) -> RootSlot {
    guard !version.carriesClaim || how == notSealed else { throw .laterSlotVersion }
    let secret = try bytes.withBytes { (bytes) throws(LetheError) in
      try Secret(copying: bytes.extracting(version.payload))
    }
    return .share(RootShare(label, secret: secret))
  }

  private static func sealed(
    _ label: ShareLabel, _ how: [UInt8], _ version: SlotVersion, _ bytes: borrowing Secret
  ) throws(LetheError) -> RootSlot {
    guard let kind = CellSeal.Kind(rawValue: how[0]) else { throw .laterSlotVersion }
    let cost: Scrypt.Cost
    switch kind {
    case .passphrase: cost = Scrypt.Cost(rounds: how[1], blocks: 8, lanes: how[2])
    case .keyFile:
      guard !version.carriesClaim || how[1...].allSatisfy({ $0 == 0 }) else { throw .laterSlotVersion }
      cost = .none
    }
    let part = copy(version.sealedPart, of: bytes)
    return .sealed(
      SealedShare(
        label: label, lock: SlotLock(kind: kind, cost: cost, salt: copy(version.payload, of: bytes)),
        nonce: Array(part[..<SealingKey.nonceByteCount]), bytes: Array(part[SealingKey.nonceByteCount...])))
  }

  private static func claim(in bytes: borrowing Secret) throws(LetheError) -> CellClaim {
    var reader = ByteReader(copy(SlotVersion.clear.upperBound..<SlotVersion.head.upperBound, of: bytes))
    let instance = Array(try reader.take(CellClaim.instanceByteCount))
    let counter = try reader.take(UInt64.self)
    let term = try reader.take(UInt64.self)
    guard max(counter, term) <= CellClaim.greatestNumber else {
      throw LetheError(
        .format, "the root cell has a counter or a term that no Lethe writes; check where the cell came from")
    }
    return CellClaim(instance: instance, counter: counter, term: term)
  }

  /// - Parameter range: bytes that are clear or sealed, never a secret.
  private static func copy(_ range: Range<Int>, of bytes: borrowing Secret) -> [UInt8] {
    bytes.withBytes { [UInt8](copying: $0.extracting(range)) }
  }

  /// Whether the hash of a range of bytes follows them.
  private static func isWhole(_ range: Range<Int>, of bytes: borrowing Secret) -> Bool {
    bytes.withBytes { bytes in
      SHA256.hash(bytes.extracting(range))
        == Digest(copying: bytes.extracting(range.upperBound..<range.upperBound + Digest.byteCount))
    }
  }

  /// The bytes 13..<16 of a plain slot.
  private static let notSealed: [UInt8] = [0, 0, 0]

  /// The bytes of a label, with its claim if it has one: 104 or 72.
  private static func clear(_ label: ShareLabel, _ version: SlotVersion, how: [UInt8]) -> [UInt8] {
    var clear = ByteWriter()
    clear.put(magic)
    clear.put(version.rawValue)
    clear.put(UInt8(label.threshold))
    clear.put(UInt8(label.shareCount))
    clear.put(UInt8(label.index))
    clear.put(how)
    clear.put(label.storeID)
    clear.put(label.pair.epoch)
    clear.put(label.pair.rootPageHash.bytes)
    if let claim = label.claim {
      clear.put(claim.instance)
      clear.put(claim.counter)
      clear.put(claim.term)
    }
    return clear.bytes
  }

  /// The bytes of a slot up to the salt's end, which are authenticated with the share.
  static func authenticated(_ label: ShareLabel, _ lock: SlotLock) -> [UInt8] {
    let clear = clear(
      label, SlotVersion(label, isSealed: true), how: [lock.kind.rawValue, lock.cost.rounds, lock.cost.lanes])
    return label.carriesClaim ? clear + SHA256.hash(clear).bytes + lock.salt : clear + lock.salt
  }

  /// The bytes of a slot that holds a sealed share.
  static func encode(_ share: SealedShare) throws(LetheError) -> Secret {
    let version = SlotVersion(share.label, isSealed: true)
    let start = authenticated(share.label, share.lock)
    let part = share.nonce + share.bytes
    var slot = try Secret(count: byteCount)
    slot.withMutableBytes { slot in
      start.withByteSpan { slot.copy($0) }
      part.withByteSpan { slot.copy($0, to: version.sealedPart.lowerBound) }
      putHashes(version, &slot)
    }
    return slot
  }

  /// The bytes of a slot that holds a share.
  static func encode(_ share: RootShare) throws(LetheError) -> Secret {
    let version = SlotVersion(share.label, isSealed: false)
    let clear = clear(share.label, version, how: notSealed)
    var slot = try Secret(count: byteCount)
    slot.withMutableBytes { slot in
      clear.withByteSpan { slot.copy($0) }
      share.secret.withBytes { slot.copy($0, to: version.payload.lowerBound) }
      putHashes(version, &slot)
    }
    return slot
  }

  /// Puts the hashes behind what they cover; the second may cover the first.
  private static func putHashes(_ version: SlotVersion, _ slot: inout MutableRawSpan) {
    for range in [SlotVersion.head, version.hashedSecond].compactMap(\.self) {
      SHA256.hash(slot.bytes.extracting(range)).withBytes { slot.copy($0, to: range.upperBound) }
    }
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

extension LetheError {
  static var laterSlotVersion: LetheError {
    LetheError(.format, "the root cell's format is not of this version; update Lethe")
  }
}
