public import LetheCrypto
public import LetheSystem

/// One data key: a leaf secret and the keys that come from it, none of which tells another.
///
/// The secret is cleansed when its owner drops the key; the keys handed out live as long as their own owners.
public struct DataKey: ~Copyable, Sendable {
  public let kid: KeyID
  private let leaf: Secret
  private let storeID: [UInt8]

  init(kid: KeyID, leaf: consuming Secret, storeID: [UInt8]) {
    self.kid = kid
    self.leaf = leaf
    self.storeID = storeID
  }

  /// Says which key this is without telling it: logged when a slot is opened, compared whenever the key is loaded.
  public var commitment: Digest {
    KeyContext(storeID, number: kid.rawValue).bytes.withByteSpan { context in
      HMACSHA256.deriveDigest(from: leaf, label: KeyContext.commitment, context: context)
    }
  }

  /// Seals and opens parts.
  ///
  /// - Throws: `io` if there is no memory for it, as the others do.
  public func sealingKey() throws(LetheError) -> SealingKey {
    try SealingKey(derive(KeyContext.sealing))
  }

  /// HMAC key of idempotency tags, and of what else is looked up by value.
  public func indexKey() throws(LetheError) -> Secret { try derive(KeyContext.index) }

  /// Seals columns of read models that choose to.
  public func readModelKey() throws(LetheError) -> SealingKey {
    try SealingKey(derive(KeyContext.readModel))
  }

  private func derive(_ label: StaticString) throws(LetheError) -> Secret {
    try KeyContext(storeID, number: kid.rawValue).bytes.withByteSpan { (context) throws(LetheError) in
      try HMACSHA256.derive(from: leaf, label: label, context: context)
    }
  }
}
