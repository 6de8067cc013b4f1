internal import LetheCrypto
internal import LetheSystem

/// The format version of a slot that holds a share, and where its parts are. `RootSlot` documents the bytes.
enum SlotVersion: UInt16, CaseIterable {
  case plainBefore = 1
  case sealedBefore = 2
  case plain = 3
  case sealed = 4

  /// The bytes that the first hash covers, whatever the version.
  static let head = 0..<104
  /// The bytes of the label without its claim, whatever the version.
  static let clear = 0..<72

  /// The version in which a slot with this label is written.
  init(_ label: ShareLabel, isSealed: Bool) {
    self =
      switch (label.carriesClaim, isSealed) {
      case (false, false): .plainBefore
      case (false, true): .sealedBefore
      case (true, false): .plain
      case (true, true): .sealed
      }
  }

  var isSealed: Bool {
    switch self {
    case .plainBefore, .plain: false
    case .sealedBefore, .sealed: true
    }
  }

  var carriesClaim: Bool {
    switch self {
    case .plainBefore, .sealedBefore: false
    case .plain, .sealed: true
    }
  }

  /// Where the share is, or the salt of a sealed share.
  var payload: Range<Int> { carriesClaim ? 136..<168 : 72..<104 }

  /// Where the nonce and the sealed share are; empty in a plain slot.
  var sealedPart: Range<Int> {
    let start = carriesClaim ? 168 : 136
    return start..<(isSealed ? start + SealingKey.nonceByteCount + SealedShare.byteCount : start)
  }

  /// The bytes that the second hash covers, which follows them; version 1 has no second hash.
  var hashedSecond: Range<Int>? {
    switch self {
    case .plainBefore: nil
    case .sealedBefore: sealedPart
    case .plain, .sealed: 0..<sealedPart.upperBound
    }
  }
}
