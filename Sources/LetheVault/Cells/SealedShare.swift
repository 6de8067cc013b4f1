internal import LetheCrypto
internal import LetheSystem

/// A share as it lies in a sealed cell: its label is read without a key, its secret is not.
struct SealedShare: Sendable {
  static let byteCount = RootShare.secretByteCount + SealingKey.tagByteCount

  let label: ShareLabel
  let lock: SlotLock
  let nonce: [UInt8]
  /// The sealed secret and its tag.
  let bytes: [UInt8]

  init(label: ShareLabel, lock: SlotLock, nonce: [UInt8], bytes: [UInt8]) {
    self.label = label
    self.lock = lock
    self.nonce = nonce
    self.bytes = bytes
  }

  /// Seals a share under a nonce of its own.
  init(_ share: RootShare, _ lock: SlotLock, _ key: SealingKey, _ random: some RandomSource) throws(LetheError) {
    label = share.label
    self.lock = lock
    nonce = try random.bytes(SealingKey.nonceByteCount)
    bytes = try key.seal(share.secret, nonce: nonce, authenticating: RootSlot.authenticated(label, lock))
  }

  /// - Returns: nil if it is not what the key's holder sealed.
  func open(_ key: SealingKey) throws(LetheError) -> RootShare? {
    var secret = try Secret(count: RootShare.secretByteCount)
    switch try key.open(bytes, nonce: nonce, authenticating: RootSlot.authenticated(label, lock), into: &secret) {
    case .authentic: return RootShare(label, secret: secret)
    case .forged: return nil
    }
  }
}
