/// The steps of a vault commit, as its table names them.
package enum CommitStep: String, Sendable, Comparable, CaseIterable {
  case f2 = "F2"
  case f3 = "F3"
  case f4 = "F4"
  case f5 = "F5"
  case f6 = "F6"
  case f7 = "F7"
  case f8 = "F8"
  case f9 = "F9"

  package static func < (left: CommitStep, right: CommitStep) -> Bool { left.rawValue < right.rawValue }
}

/// Who performs an action of a commit.
package enum CommitPerformer: Sendable {
  /// The driver, who asks for the next action when this one is done and durable.
  case store
  /// `Vault.perform`.
  case vault
}

/// One thing to do next in a commit.
package enum CommitAction: Sendable {
  /// Drop keys and contexts below these nodes, wait until nobody holds one; answer *restricted* from now on.
  case evictKeys([KeyNode])
  /// Seal these shards under their new keys and write them with full sync; keep the old versions.
  case writeShards([ShardKey])
  case writePages
  case ship
  case stage
  case verify
  /// Read these shards back past caches and open them.
  case verifyShards([ShardKey])
  /// Append `EpochAdvanced`, durably.
  case recordEpoch(EpochAdvance)
  case retire
  /// Append `KeysDestroyed`, durably.
  case recordDestroyed(Destruction)
  case deleteUnreachable

  /// An action without what it is about.
  package enum Kind: Sendable, CaseIterable {
    case evictKeys, writeShards, writePages, ship, stage, verify, verifyShards, recordEpoch, retire, recordDestroyed
    case deleteUnreachable

    package var step: CommitStep {
      switch self {
      case .evictKeys: .f2
      case .writeShards, .writePages: .f3
      case .ship: .f4
      case .stage: .f5
      case .verify, .verifyShards: .f6
      case .recordEpoch: .f7
      case .retire: .f8
      case .recordDestroyed, .deleteUnreachable: .f9
      }
    }

    package var performer: CommitPerformer {
      switch self {
      case .evictKeys, .writeShards, .verifyShards, .recordEpoch, .recordDestroyed: .store
      case .writePages, .ship, .stage, .verify, .retire, .deleteUnreachable: .vault
      }
    }
  }

  package var kind: Kind {
    switch self {
    case .evictKeys: .evictKeys
    case .writeShards: .writeShards
    case .writePages: .writePages
    case .ship: .ship
    case .stage: .stage
    case .verify: .verify
    case .verifyShards: .verifyShards
    case .recordEpoch: .recordEpoch
    case .retire: .retire
    case .recordDestroyed: .recordDestroyed
    case .deleteUnreachable: .deleteUnreachable
    }
  }

  package var step: CommitStep { kind.step }
  package var performer: CommitPerformer { kind.performer }
}
