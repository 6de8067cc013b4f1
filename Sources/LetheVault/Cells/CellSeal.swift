package import LetheCrypto
package import LetheSystem

/// What a sealed cell's shares are sealed with.
///
/// Sealing is access control: whoever takes the cell's medium reads no share without the key file or the passphrase. It is
/// no erasure: while the key file or the passphrase lives, an old copy of the cell opens, so erasing overwrites the slots
/// as in any other cell, and the cell's level is what its medium allows.
package struct CellSeal: Sendable {
  package enum Kind: UInt8, Sendable {
    case keyFile = 1
    case passphrase = 2
  }

  /// The least that a key file must have.
  package static let leastKeyByteCount = 32

  package let kind: Kind
  /// What errors call the cell: `cell 2`.
  let name: String
  /// What new slots cost to open with a passphrase.
  let cost: Scrypt.Cost
  private let read: @Sendable () throws(LetheError) -> Secret

  /// - Parameter read: gives the passphrase, or the key file's bytes, whenever a key must be made; throws `missing-key` if
  ///   there is none.
  package init(
    _ kind: Kind, name: String, cost: Scrypt.Cost = .usual,
    _ read: @escaping @Sendable () throws(LetheError) -> Secret
  ) {
    self.kind = kind
    self.name = name
    self.cost = cost
    self.read = read
  }

  /// The key of all slots with one lock.
  ///
  /// - Throws: what `read` throws; `missing-key` if the slot is sealed in the other way; `format` if it costs more, or less,
  ///   than is allowed; `io`.
  func key(for lock: SlotLock) throws(LetheError) -> SealingKey {
    guard lock.kind == kind else { throw doesNotOpen }
    switch kind {
    case .keyFile:
      let material = try read()
      guard material.count >= Self.leastKeyByteCount else {
        throw LetheError(
          .missingKey, "the key file of \(name) has fewer than \(Self.leastKeyByteCount) bytes; name the right one",
          place: name)
      }
      return try lock.salt.withByteSpan { (salt) throws(LetheError) in
        try SealingKey(HMACSHA256.derive(from: material, label: "lethe/v1/cell/keyfile", context: salt))
      }
    case .passphrase:
      guard lock.cost.isAcceptable else {
        throw LetheError(
          .format, "\(name) is sealed at a cost that this version does not pay; check where the cell came from",
          place: name)
      }
      let passphrase = try read()
      return try lock.salt.withByteSpan { (salt) throws(LetheError) in
        try SealingKey(Scrypt.derive(from: passphrase, salt: salt, lock.cost))
      }
    }
  }

  /// The lock of a new slot, with a salt of its own.
  func newLock(_ random: some RandomSource) throws(LetheError) -> SlotLock {
    SlotLock(
      kind: kind, cost: kind == .passphrase ? cost : .none, salt: try random.bytes(SlotLock.saltByteCount))
  }

  /// Makes a key and forgets it: before a cell is sealed, what seals it must be there.
  ///
  /// - Throws: as what would open the cell: `missing-key`, `io`.
  package func check(_ random: some RandomSource) throws(LetheError) { _ = try key(for: newLock(random)) }

  /// What is said of a wrong key, as distinct from damage.
  package var doesNotOpen: LetheError {
    let what =
      switch kind {
      case .keyFile: "\(name) does not open with its key file; name the key file that it was sealed with"
      case .passphrase: "\(name) does not open with this passphrase; give the one that it was sealed with"
      }
    return LetheError(.missingKey, what, place: name)
  }
}

/// What a sealed slot tells of its key.
struct SlotLock: Hashable, Sendable {
  static let saltByteCount = 32

  let kind: CellSeal.Kind
  /// Of a passphrase; zeros for a key file.
  let cost: Scrypt.Cost
  let salt: [UInt8]
}

extension Scrypt.Cost {
  static let none = Scrypt.Cost(rounds: 0, blocks: 0, lanes: 0)
}
