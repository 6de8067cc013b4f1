public import LetheCrypto
internal import LetheLog
public import LetheSystem
internal import LetheVault

/// Which keys protect a home, without any of them.
public struct KeyStatus: Sendable, Equatable {
  /// What keeps the root secret, or a share of it.
  public struct Cell: Sendable, Equatable {
    public enum State: String, Sendable {
      /// It holds its share of the root that the log names last.
      case current
      /// It holds an older root's share, or none: the next command that opens the store mends that.
      case old
      /// It cannot be read.
      case away
      /// It was replaced or dropped, and an old root's share may still be in it.
      case leaving
    }

    /// From 1; what errors call it.
    public let number: Int
    /// As the places name it: absolute or relative to the home.
    public let path: String
    public let state: State
    /// `file`, …
    public let kind: String
    /// How its shares are sealed; nil if they are not.
    public let sealing: CellSealing?
    /// `L0` to `L3`: what the cell can promise when it is told to erase.
    public let level: String
    /// Why it promises no more; one sentence.
    public let reason: String
  }

  /// How much of the home was there to be seen.
  public enum Extent: Sendable {
    case whole
    /// There is no Keys/: what the log says is all that is known, and nothing is said of cells.
    case log
  }

  public let extent: Extent
  /// Whole records behind the newest checkpoint. Without a key nobody vouches for them, and nothing here is made of them.
  public let recordsNotChecked: UInt64
  /// 32 hexadecimal digits.
  public let storeID: String
  /// Number of the vault's root; each commit advances it.
  public let epoch: UInt64
  /// The log's unique name in its checkpoints.
  public let origin: String
  /// The key that verifies the checkpoints, as https://c2sp.org/signed-note writes it.
  public let vkey: String
  /// Key blocks of subjects, spare ones included; each serves 1,024; nil without the vault's pages.
  public let blocks: Int?
  public let cells: [Cell]
  /// How many of the cells make the root.
  public let threshold: Int
  /// What the cells can promise together.
  public let togetherLevel: String
  /// Folders that take part in every vault commit; nil if nothing tells.
  public let replicas: [String]?
  /// Forget cases that are begun and not finished.
  public let openCases: Int
  /// Whether this machine lets secrets be kept from swap.
  public let secretMemory: SecretMemory.Status
}

extension KeyStatus {
  /// Why nothing opens; nil if enough cells hold their share of the root that the log names last. Whether what unseals them
  /// is there is not looked for.
  public var shortage: LetheError? {
    switch extent {
    case .log: return nil
    case .whole: break
    }
    let kept = cells.filter { $0.state != .leaving }
    let lacking = kept.filter { $0.state != .current }
    guard kept.count - lacking.count < threshold else { return nil }
    guard kept.count > 1 else {
      let what = kept.first?.state == .away ? "cannot be read" : "does not hold the root of epoch \(epoch)"
      return LetheError(
        .missingKey, "the root cell \(what), and without it nothing opens; bring back the current one", place: "cell 1")
    }
    let reasons = lacking.map { "cell \($0.number) is \($0.state.rawValue)" }.joined(separator: ", ")
    return LetheError(
      .missingKey,
      "opening takes \(threshold) of the \(kept.count) root cells at epoch \(epoch), and \(kept.count - lacking.count) can be "
        + "read: \(reasons); bring back the current ones", place: lacking.first.map { "cell \($0.number)" })
  }
}

extension Store {
  /// The cells as they are found, and those that leave behind them.
  private static func cellStatus(
    _ closed: ClosedHome, _ places: Places, _ epoch: UInt64, _ hash: Digest
  ) throws(LetheError) -> [KeyStatus.Cell] {
    let pair = RootPair(epoch: epoch, rootPageHash: hash)
    var found: [KeyStatus.Cell] = []
    func add(_ cell: Places.Cell, _ number: Int, leaves: Bool) throws(LetheError) {
      let opened = try closed.cell(cell, number)
      let level = opened.level
      var state = KeyStatus.Cell.State.leaving
      if !leaves {
        do throws(LetheError) {
          let labels = try opened.labels()
          state = labels.contains { $0.pair == pair && $0.index == number } ? .current : .old
        } catch { state = .away }
      }
      found.append(
        KeyStatus.Cell(
          number: number, path: cell.path, state: state, kind: opened.kind, sealing: cell.sealing,
          level: level.rank.rawValue, reason: level.reason))
    }
    for (place, cell) in places.cells.enumerated() { try add(cell, place + 1, leaves: false) }
    for (place, cell) in (places.leaving?.cells ?? []).enumerated() where !places.cells.contains(cell) {
      try add(cell, place + 1, leaves: true)
    }
    return found
  }

  /// Says which keys protect a home, or a log whose keys are elsewhere. Takes no lock, reads no secret and writes nothing; a
  /// store that is open is not disturbed.
  ///
  /// - Throws: `io` if there is no home; `damage`, `missingKey`, `format` if log or pages cannot tell.
  public static func keyStatus(_ home: Home, in world: World = World()) throws(LetheError) -> KeyStatus {
    let closed = try ClosedHome(home, needing: .log, in: world)
    guard closed.has(home.keys) else { return try statusOfLog(closed) }
    let log = try closed.log()
    let (evidence, shapes) = try closed.shapes(Evidence(scanning: log))
    let (identity, key) = try signer(evidence)
    let places = try closed.places(evidence)
    let cells = try Store.cellStatus(closed, places, shapes.epoch, shapes.rootPageHash)
    let together = try closed.cells(evidence).current.level
    return KeyStatus(
      extent: .whole, recordsNotChecked: log.recovery.recordsNotChecked, storeID: identity.storeID.hex,
      epoch: shapes.epoch, origin: identity.origin, vkey: key.encoded,
      blocks: shapes.blocks(of: .subjects).count, cells: cells,
      threshold: Int(places.threshold), togetherLevel: together.rank.rawValue, replicas: places.replicas,
      openCases: openCases(evidence), secretMemory: SecretMemory.status)
  }

  /// What the log alone says.
  private static func statusOfLog(_ closed: ClosedHome) throws(LetheError) -> KeyStatus {
    let log = try closed.log()
    let evidence = try Evidence(scanning: log)
    let (identity, key) = try signer(evidence)
    guard let epoch = evidence.epoch else { throw LetheError.logIsEmpty }
    let level = CellLevel(.l0, "there is no Keys/ here that tells where it is")
    let cells = (1...max(1, Int(evidence.places?.cellCount ?? 1))).map {
      KeyStatus.Cell(
        number: $0, path: "", state: .away, kind: Places.fileKind, sealing: nil, level: level.rank.rawValue,
        reason: level.reason)
    }
    return KeyStatus(
      extent: .log, recordsNotChecked: log.recovery.recordsNotChecked, storeID: identity.storeID.hex, epoch: epoch.to,
      origin: identity.origin, vkey: key.encoded,
      blocks: nil, cells: cells, threshold: Int(evidence.places?.threshold ?? 1), togetherLevel: level.rank.rawValue,
      replicas: evidence.places == nil ? [] : nil, openCases: openCases(evidence), secretMemory: SecretMemory.status)
  }

  private static func signer(
    _ evidence: Evidence
  ) throws(LetheError) -> (identity: SigningIdentity, key: VerifierKey) {
    guard let identity = evidence.identities.last?.statement else {
      throw LetheError(.damage, "the log names no signing key; put back a copy of Log/")
    }
    return (identity, try VerifierKey(name: identity.origin, key: VerifyingKey(bytes: identity.publicKey)))
  }

  private static func openCases(_ evidence: Evidence) -> Int {
    Set(evidence.starts.map(\.statement.caseID)).subtracting(evidence.destructions.map(\.statement.caseID)).count
  }
}
