public import LetheCrypto
internal import LetheLog
public import LetheSystem
internal import LetheVault

/// Which keys protect a home, without any of them.
public struct KeyStatus: Sendable, Equatable {
  /// What keeps the root secret, or a share of it.
  public struct Cell: Sendable, Equatable {
    /// `file`, …
    public let kind: String
    /// `L0` to `L3`: what the cell can promise when it is told to erase.
    public let level: String
    /// Why it promises no more; one sentence.
    public let reason: String
  }

  /// 32 hexadecimal digits.
  public let storeID: String
  /// Number of the vault's root; each commit advances it.
  public let epoch: UInt64
  /// The log's unique name in its checkpoints.
  public let origin: String
  /// The key that verifies the checkpoints, as https://c2sp.org/signed-note writes it.
  public let vkey: String
  /// Key blocks of subjects, spare ones included; each serves 1,024.
  public let blocks: Int
  public let cells: [Cell]
  /// Folders that take part in every vault commit.
  public let replicas: [String]
  /// Forget cases that are begun and not finished.
  public let openCases: Int
  /// Whether this machine lets secrets be kept from swap.
  public let secretMemory: SecretMemory.Status
}

extension Store {
  /// Says which keys protect a home. Takes no lock and reads no secret; a store that is open is not disturbed.
  ///
  /// - Throws: `io` if there is no home; `damage`, `missingKey`, `format` if log or pages cannot tell.
  public static func keyStatus(_ home: Home, in world: World = World()) throws(LetheError) -> KeyStatus {
    let closed = try ClosedHome(home, in: world)
    let (evidence, shapes) = try closed.shapes(Evidence(scanning: closed.log()))
    guard let identity = evidence.identities.last?.statement else {
      throw LetheError(.damage, "the log names no signing key; restore the log from a copy")
    }
    let key = try VerifierKey(name: identity.origin, key: VerifyingKey(bytes: identity.publicKey))
    let cells = try closed.cells(evidence).current.cells.map { cell in
      let level = cell.level
      return KeyStatus.Cell(kind: cell.kind, level: level.rank.rawValue, reason: level.reason)
    }
    let places = try closed.places(evidence)
    let open = Set(evidence.starts.map(\.statement.caseID)).subtracting(evidence.destructions.map(\.statement.caseID))
    return KeyStatus(
      storeID: identity.storeID.hex, epoch: shapes.epoch, origin: identity.origin, vkey: key.encoded,
      blocks: shapes.blocks(of: .subjects).count, cells: cells, replicas: places.replicas, openCases: open.count,
      secretMemory: SecretMemory.status)
  }
}
