package import LetheCrypto

/// What one vault commit is to do, all of it or nothing.
package struct CommitRequest: Sendable {
  /// Nodes of plane 0 to be destroyed, because of a case (one slot or one subject each) or a seal.
  package var punctures: [Puncture]
  /// Spare blocks of plane 0 to be added.
  package var newSubjectBlocks: Int
  /// What the fence is to remember besides what it knows; owners of equal values are united.
  package var fence: [FenceEntry]
  /// Directory shards to be given their next key; a number that is new begins a shard.
  package var touchedShards: [UInt32]
  /// Directory shards that are no more; their keys are destroyed.
  package var droppedShards: [UInt32]
  /// The cells among which the next root is shared; nil for those that keep the present one.
  package var cells: CellSet?

  package init(
    punctures: [Puncture] = [], newSubjectBlocks: Int = 0, fence: [FenceEntry] = [], touchedShards: [UInt32] = [],
    droppedShards: [UInt32] = [], cells: CellSet? = nil
  ) {
    self.punctures = punctures
    self.newSubjectBlocks = newSubjectBlocks
    self.fence = fence
    self.touchedShards = touchedShards
    self.droppedShards = droppedShards
    self.cells = cells
  }
}

/// What `EpochAdvanced` says.
package struct EpochAdvance: Sendable, Hashable {
  package let from: UInt64
  package let to: UInt64
  package let rootPageHash: Digest
  /// SHA-256 of the block and fence pages that this epoch wrote, in the order of the root page.
  package let touchedPageHashes: [Digest]
  package let punctures: [Puncture]

  package init(
    from: UInt64, to: UInt64, rootPageHash: Digest, touchedPageHashes: [Digest], punctures: [Puncture]
  ) {
    self.from = from
    self.to = to
    self.rootPageHash = rootPageHash
    self.touchedPageHashes = touchedPageHashes
    self.punctures = punctures
  }

  init(_ pair: RootPair, _ page: RootPage) {
    from = pair.epoch - 1
    to = pair.epoch
    rootPageHash = pair.rootPageHash
    touchedPageHashes = page.children.filter { $0.writtenBy == .thisEpoch }.map(\.hash)
    punctures = page.punctures
  }
}

/// What `KeysDestroyed` says.
package struct Destruction: Sendable, Hashable {
  package let epoch: UInt64
  package let punctures: [Puncture]
  /// One per cell, in the cells' order; n - k + 1 of them answered at least.
  package let reports: [CellReport]
}

/// The new key of a directory shard, for sealing the shard's next version.
package final class ShardKey: Sendable {
  package let number: UInt32
  package let key: DataKey

  init(number: UInt32, key: consuming DataKey) {
    self.number = number
    self.key = key
  }

  package var kid: KeyID { key.kid }
}
