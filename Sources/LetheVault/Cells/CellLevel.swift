/// What a root cell can promise about what it was told to erase, and why; it stands on every certificate.
public struct CellLevel: Hashable, Sendable {
  /// From the weakest to the strongest.
  public enum Rank: String, Sendable, CaseIterable, Comparable {
    /// Old copies may survive.
    case l0 = "L0"
    /// Overwritten in place on checked local media.
    case l1 = "L1"
    /// Erased inside a tamper boundary, or by an independent operator's signed word.
    case l2 = "L2"
    /// A quorum of unlike cells that includes an independent one.
    case l3 = "L3"

    public static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }
  }

  /// Who holds the cell.
  public enum Guardian: Sendable {
    /// Whoever runs this store.
    case sameOperator
    /// Somebody who answers to nobody here.
    case independentOperator
  }

  public let rank: Rank
  /// One sentence.
  public let reason: String
  public let guardian: Guardian

  public init(_ rank: Rank, _ reason: String, heldBy guardian: Guardian = .sameOperator) {
    self.rank = rank
    self.reason = reason
    self.guardian = guardian
  }
}

/// What became of one cell at an erasure.
public enum CellReport: Hashable, Sendable {
  case answered(CellAnswer)
  /// It could not be reached, or what is in it could not be read: it may still hold its old share.
  case away
}

/// What a cell answered when it was told to erase.
public struct CellAnswer: Hashable, Sendable {
  /// How the cell knows that the secrets are gone.
  public enum Proof: String, Sendable {
    /// It read the places back and found what it had written over them.
    case readBack = "read-back"
    /// It took its device's word.
    case told
  }

  /// `file`, …
  public let kind: String
  /// Asked anew if something was erased.
  public let level: CellLevel
  /// Slots erased by this very call; those erased before count no more.
  public let erasedSlotCount: Int
  public let proof: Proof

  public init(kind: String, level: CellLevel, erasedSlotCount: Int, proof: Proof) {
    self.kind = kind
    self.level = level
    self.erasedSlotCount = erasedSlotCount
    self.proof = proof
  }
}
