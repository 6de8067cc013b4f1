internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

extension StoreWriter {
  /// Takes a vault commit through its steps: the vault's own it does by itself, the store's are done here.
  ///
  /// - Parameter start: the forget that the commit carries out; nil for an allocation, and for what a crash left, whose
  ///   shards are written already.
  /// - Throws: what a step throws. What is not finished then is finished at the next start.
  func carryOut(_ commit: VaultCommit, for start: ForgetStart? = nil) throws(LetheError) {
    while let action = commit.next() {
      try observe(.action(action.kind), .before)
      switch action {
      case .evictKeys(let nodes): parts.keys.evict(nodes)
      case .writeShards(let shards):
        for shard in shards {
          try parts.shards.write(
            directory(without: start), shard: shard.number, kid: shard.kid, key: shard.key.sealingKey())
        }
      case .verifyShards(let shards):
        for shard in shards {
          guard
            case .directory = try parts.shards.load(shard: shard.number, kid: shard.kid, key: shard.key.sealingKey())
          else {
            throw LetheError(.damage, "a directory shard that was just written does not open; check the disk of Keys/")
          }
        }
      case .recordEpoch(let advance): try record([FactDraft(.epochAdvanced(advance))])
      case .recordDestroyed(let destruction):
        for id in Set(destruction.punctures.compactMap(\.caseID)) {
          guard let start = parts.state.read({ $0.index.forgets.cases[id]?.start?.fact }) else { continue }
          try finish(start, destruction.epoch, destruction.answers)
        }
      case .writePages, .ship, .stage, .verify, .retire, .deleteUnreachable:
        try parts.vault.perform(action, of: commit)
      }
      try observe(.action(action.kind), .after)
    }
  }

  func observe(_ step: ObservedStep, _ moment: CommitMoment) throws(LetheError) {
    try parts.world.observer?(step, moment)
  }

  /// The directory as it will be once the forget is done.
  private func directory(without start: ForgetStart?) -> Directory {
    parts.state.read { state in
      var directory = state.directory
      for subject in start?.subjects ?? [] {
        directory.remove(subject, streams: state.index.subjects[subject]?.streams ?? [])
      }
      return directory
    }
  }

  /// F9: the log says that the keys are gone, and the directory forgets who it was.
  func finish(_ start: ForgetStart, _ epoch: UInt64, _ cells: [CellAnswer]) throws(LetheError) {
    try record([
      FactDraft(
        .keysDestroyed(
          KeysDestruction(
            caseID: start.caseID, epoch: epoch, nodes: start.nodes, cells: cells.map(\.summary),
            provenance: start.provenance)))
    ])
    let directory = directory(without: start)
    parts.state.write { state in
      let bookmark = state.directory.bookmark
      state.directory = directory
      state.directory.bookmark = bookmark
      for subject in start.subjects {
        for stream in state.index.subjects[subject]?.streams ?? [] { state.tags[stream] = nil }
      }
    }
    try parts.shards.removeOthers(shard: DirectoryShards.first, than: try parts.vault.firstShard().kid)
  }
}

extension ForgetStart {
  /// The subjects that are forgotten as a whole.
  var subjects: [SubjectIndex] { nodes.compactMap(\.wholeSubject) }
}

extension CellAnswer {
  /// The answer in words, as the log keeps it.
  fileprivate var summary: String { "\(kind) \(level.rank.rawValue): \(erasedSlotCount) erased, \(proof.rawValue)" }
}
