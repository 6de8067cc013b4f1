internal import LetheCrypto
internal import LetheSystem

/// The keys of a sealed cell that were found right, or were just made; one for each salt, since making one is dear.
///
/// They stay in memory, as locked as all keys, for as long as the cell is used.
struct CellKeys {
  private let seal: CellSeal?
  private var known: [(lock: SlotLock, key: SealingKey)] = []

  init(_ seal: CellSeal?) { self.seal = seal }

  /// Opens a share.
  ///
  /// - Throws: `missing-key` if there is nothing to open it with, or it is the wrong one; `format`; `io`.
  mutating func open(_ share: SealedShare) throws(LetheError) -> RootShare {
    guard let seal else { throw .cellIsSealed }
    if let key = known.first(where: { $0.lock == share.lock })?.key {
      if let opened = try share.open(key) { return opened }
      throw seal.doesNotOpen
    }
    let key = try seal.key(for: share.lock)
    guard let opened = try share.open(key) else { throw seal.doesNotOpen }
    keep(share.lock, key)
    return opened
  }

  /// The bytes of a slot with a share as it is staged: sealed, if the cell is.
  mutating func encode(_ share: RootShare, _ random: some RandomSource) throws(LetheError) -> Secret {
    let share = try share.staged()
    guard let seal else { return try RootSlot.encode(share) }
    if known.isEmpty {
      let lock = try seal.newLock(random)
      keep(lock, try seal.key(for: lock))
    }
    let (lock, key) = known[known.count - 1]
    return try RootSlot.encode(SealedShare(share, lock, key, random))
  }

  /// A cell has as many keys as slots at most.
  private mutating func keep(_ lock: SlotLock, _ key: SealingKey) {
    if known.count == RootSlot.count { known.removeFirst() }
    known.append((lock, key))
  }
}

extension LetheError {
  static var cellIsSealed: LetheError {
    LetheError(
      .missingKey,
      "a root cell is sealed, and Keys/places.json does not say by what; put the file back that belongs there")
  }
}
