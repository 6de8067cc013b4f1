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
    var sealing: [KeyID: SealingKey] = [:]
    var index: [SubjectIndex: IndexKey] = [:]
  }

  /// A subject's index key, shared by those who use it.
  final class IndexKey: Sendable {
    private let secret: Secret
    init(_ secret: consuming Secret) { self.secret = secret }
    func authenticate(_ message: [UInt8]) -> Digest { HMACSHA256.authenticate(message, key: secret) }
  }

  /// Keys kept at most; when it is reached all are let go, since the next ones are a few microseconds away.
  static let capacity = 16_384

  private let vault: Vault
  private let cache = Mutex(Cache())
  /// Readers hold it shared while they use a key, so that eviction can wait until nobody does.
  let gate = ReaderWriterLock(())

  init(vault: Vault) { self.vault = vault }

  /// The key for a key id.
  ///
  /// - Parameter commitment: what the log says was opened; not asked for if the key is in use already.
  func key(_ kid: KeyID, commitment: () throws(LetheError) -> Digest) throws(LetheError) -> Answer {
    if let key = cache.withLock({ $0.sealing[kid] }) { return .key(key) }
    switch try vault.lookup(kid) {
    case .punctured: return .punctured
    case .pageMissing: return .pageMissing
    case .living(let data):
      guard data.commitment == (try commitment()) else { return .mismatch }
      let key = try data.sealingKey()
      cache.withLock { cache in
        if cache.sealing.count >= Self.capacity { cache.sealing = [:] }
        cache.sealing[kid] = key
      }
      return .key(key)
    }
  }

  /// The key for a slot that is being opened now, and its commitment for the log.
  func newKey(_ kid: KeyID) throws(LetheError) -> (key: SealingKey, commitment: Digest) {
    guard case .living(let data) = try vault.lookup(kid) else {
      throw LetheError(.missingKey, "the vault has no key for a slot that it should; run `lethe audit verify`")
    }
    let key = try data.sealingKey()
    let commitment = data.commitment
    cache.withLock { $0.sealing[kid] = key }
    return (key, commitment)
  }

  /// The index key of a subject's slot 0, or of the store's for nil; nil if it does not live.
  func indexKey(of subject: SubjectIndex?) throws(LetheError) -> IndexKey? {
    let slot = subject?.kid(slot: 0) ?? .lookup
    if let subject, let key = cache.withLock({ $0.index[subject] }) { return key }
    guard case .living(let data) = try vault.lookup(slot) else { return nil }
    let key = IndexKey(try data.indexKey())
    if let subject {
      cache.withLock { cache in
        if cache.index.count >= Self.capacity { cache.index = [:] }
        cache.index[subject] = key
      }
    }
    return key
  }

  /// Lets go of every key below the nodes, once no reader uses one, and cleanses what libcrypto kept of them.
  func evict(_ nodes: [KeyNode]) {
    gate.write { (_: inout ()) in
      cache.withLock { cache in
        cache.sealing = cache.sealing.filter { kid, _ in !nodes.contains { $0.contains(kid) } }
        cache.index = cache.index.filter { subject, _ in !nodes.contains { $0.contains(subject.kid(slot: 0)) } }
      }
      SecretMemory.cleanseContexts()
    }
  }
}
