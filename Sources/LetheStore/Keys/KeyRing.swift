internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault
internal import Synchronization

/// Data keys that are in use, bounded; each is checked against its logged commitment when it is loaded.
final class KeyRing: Sendable {
  /// What there is under a key id.
  enum Answer {
    case key(SealingKey)
    /// A node covers the key id, but the key is not the one that was logged when the slot was opened.
    case mismatch
    /// No living node covers the key id.
    case punctured
    /// The page that should tell is absent or does not verify.
    case pageMissing
  }

  private struct Cache {
    var sealing: BoundedCache<KeyID, Sealing>
    /// By slot 0 of a subject, or the store's.
    var index: BoundedCache<KeyID, IndexKey>
    /// Where slots were opened, of those that a reader passed lately.
    var openings = BoundedCache<KeyID, KeyOpening>(capacity: 1 << 16)

    init(capacity: Int) {
      sealing = BoundedCache(capacity: capacity)
      index = BoundedCache(capacity: capacity)
    }
  }

  /// A key that was checked, and the position of the record that opened its slot.
  struct Sealing {
    let key: SealingKey
    let opened: UInt64
  }

  /// A subject's index key, shared by those who use it.
  final class IndexKey: Sendable {
    private let secret: Secret
    init(_ secret: consuming Secret) { self.secret = secret }
    func authenticate(_ message: [UInt8]) -> Digest { HMACSHA256.authenticate(message, key: secret) }
  }

  private let vault: Vault
  private let cache: Monitor<Cache>
  /// Readers hold it shared while they use a key, so that eviction can wait until nobody does.
  let gate = ReaderWriterLock(())

  /// - Parameter capacity: keys of a kind kept at most, some 1.5 KiB each; one that is let go is some microseconds away.
  init(vault: Vault, capacity: Int = 1 << 15) {
    self.vault = vault
    cache = Monitor(Cache(capacity: capacity))
  }

  /// Keys that are kept now.
  var count: Int { cache.withLock { $0.sealing.count + $0.index.count } }

  /// The key for a key id, if it is in use already.
  func keyInUse(_ kid: KeyID) -> Sealing? { cache.withLock { $0.sealing[kid] } }

  /// The key for a key id.
  ///
  /// - Parameter opening: what the log says was opened.
  func key(_ kid: KeyID, opening: KeyOpening) throws(LetheError) -> Answer {
    if let found = keyInUse(kid) { return .key(found.key) }
    switch try vault.lookup(kid) {
    case .punctured: return .punctured
    case .pageMissing: return .pageMissing
    case .living(let data):
      guard data.commitment == opening.commitment else { return .mismatch }
      let key = try data.sealingKey()
      cache.withLock { $0.sealing.keep(Sealing(key: key, opened: opening.position), as: kid) }
      return .key(key)
    }
  }

  /// Takes note of where a slot was opened, as a record says that a reader passes on its way to the slot's events.
  func note(_ opening: KeyOpening, of kid: KeyID) {
    cache.withLock { $0.openings.keep(opening, as: kid) }
  }

  /// Where a slot was opened, if that was noted lately.
  func opening(of kid: KeyID) -> KeyOpening? { cache.withLock { $0.openings[kid] } }

  /// The key for a slot that is being opened now by the record at a position, and its commitment for the log.
  func newKey(_ kid: KeyID, at position: UInt64) throws(LetheError) -> (key: SealingKey, commitment: Digest) {
    guard case .living(let data) = try vault.lookup(kid) else {
      throw LetheError(.missingKey, "the vault has no key for a slot that it should; run `lethe audit verify`")
    }
    let key = try data.sealingKey()
    let commitment = data.commitment
    cache.withLock { $0.sealing.keep(Sealing(key: key, opened: position), as: kid) }
    return (key, commitment)
  }

  /// A subject's index key, if it is in use already.
  func indexKeyInUse(of subject: SubjectIndex) -> IndexKey? { cache.withLock { $0.index[subject.kid(slot: 0)] } }

  /// The index key of a subject's slot 0, or of the store's for nil; nil if it does not live.
  func indexKey(of subject: SubjectIndex?) throws(LetheError) -> IndexKey? {
    let slot = subject?.kid(slot: 0) ?? .lookup
    if let key = cache.withLock({ $0.index[slot] }) { return key }
    guard case .living(let data) = try vault.lookup(slot) else { return nil }
    let key = IndexKey(try data.indexKey())
    cache.withLock { $0.index.keep(key, as: slot) }
    return key
  }

  /// Lets go of every key below the nodes, once no reader uses one, and cleanses what libcrypto kept of them.
  func evict(_ nodes: [KeyNode]) {
    gate.write { (_: inout ()) in
      cache.withLock { cache in
        cache.sealing.removeAll { kid in nodes.contains { $0.contains(kid) } }
        cache.index.removeAll { kid in nodes.contains { $0.contains(kid) } }
      }
      SecretMemory.cleanseContexts()
    }
  }
}
