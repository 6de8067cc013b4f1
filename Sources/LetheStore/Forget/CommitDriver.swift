internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// What a vault commit does to the directory.
struct ShardTurn {
  /// The shards that get their next keys, and what they hold then.
  let change: ShardLayout.Change
  /// Look-up values that are taken out.
  let removed: Set<Digest>
}

extension StoreWriter {
  /// Takes a vault commit through its steps: the vault's own it does by itself, the store's are done here.
  ///
  /// - Parameters:
  ///   - turn: what becomes of the directory; nil for a commit without shards, and for what a crash left, whose shards are
  ///     written already.
  ///   - next: places that the log is to have in one batch with the epoch.
  /// - Throws: what a step throws. What is not finished then is finished at the next start.
  func carryOut(
    _ commit: VaultCommit, turning turn: ShardTurn? = nil, changing next: Places? = nil
  ) throws(LetheError) {
    try demandRunning()
    var evicted: [KeyNode] = []
    var rows: [ShardFile.Row] = []
    while let action = commit.next() {
      try observe(.action(action.kind), .before)
      switch action {
      case .evictKeys(let nodes):
        try evict(nodes)
        evicted = nodes
      case .writeShards(let keys):
        if let turn {
          rows = try parts.directory.write(turn.change, under: keys, upTo: parts.state.read { $0.index.count })
        }
      case .verifyShards(let keys): if let turn { try parts.directory.verify(turn.change, under: keys) }
      case .retire: try retire(action, of: commit, turn, rows, evicted)
      case .recordEpoch(let advance): try recordEpoch(advance, next)
      case .recordDestroyed(let destruction):
        for id in Set(destruction.punctures.compactMap(\.caseID)) {
          guard let start = parts.state.read({ $0.index.forgets.cases[id]?.start?.fact }) else { continue }
          try finish(start, destruction.epoch, destruction.reports)
        }
      case .writePages, .ship, .stage, .verify, .deleteUnreachable:
        try parts.vault.perform(action, of: commit)
      }
      try observe(.action(action.kind), .after)
    }
    if let holdup = commit.holdup { throw holdup }
    try tidyPlaces()
  }

  /// F8: the vault turns to the new root, and the directory with it.
  private func retire(
    _ action: CommitAction, of commit: VaultCommit, _ turn: ShardTurn?, _ rows: [ShardFile.Row], _ evicted: [KeyNode]
  ) throws(LetheError) {
    var failure: LetheError?
    do throws(LetheError) {
      if let turn {
        try parts.directory.adopt(turn.change, in: rows, removing: turn.removed) { () throws(LetheError) in
          try parts.vault.perform(action, of: commit)
        }
      } else {
        try parts.vault.perform(action, of: commit)
      }
    } catch { failure = error }
    // Who read meanwhile may have brought keys and names back; from now on nobody can. The vault may have turned before
    // it failed.
    if !evicted.isEmpty { try evict(evicted) }
    if let failure { throw failure }
  }

  private func recordEpoch(_ advance: EpochAdvance, _ next: Places?) throws(LetheError) {
    guard let next else {
      try record([FactDraft(.epochAdvanced(advance))])
      return
    }
    try record([
      FactDraft(.epochAdvanced(advance)), FactDraft(.placesChanged(next.change), .store(next.texts)),
    ])
    try PlacesFile.adopt(parts.home, parts.world.files)
    parts.places.withLock { $0 = next }
    shipPlaces()
  }

  func observe(_ step: ObservedStep, _ moment: CommitMoment) throws(LetheError) {
    try parts.world.observer?(step, moment)
  }

  /// F2: nothing of what is below the nodes stays in memory.
  private func evict(_ nodes: [KeyNode]) throws(LetheError) {
    parts.keys.evict(nodes)
    parts.lookups.forgetTexts()
    let subjects = nodes.compactMap(\.wholeSubject)
    let streams = try parts.state.write { (state: inout StoreState) throws(LetheError) in
      state.hot.removeAll()
      var streams: [StreamID] = []
      for subject in subjects { streams += try state.index.streams(of: subject) }
      for subject in subjects { state.slots[subject] = nil }
      state.tags.remove(streams)
      return streams
    }
    parts.names.remove(streams)
  }

  /// F9: the directory forgets who it was, and the log says that the keys are gone.
  func finish(_ start: ForgetStart, _ epoch: UInt64, _ cells: [CellReport]) throws(LetheError) {
    // First: who follows looks again when the log has grown, and is to find nobody then.
    parts.directory.forgetDeparting()
    try record([
      FactDraft(
        .keysDestroyed(
          KeysDestruction(
            caseID: start.caseID, epoch: epoch, nodes: start.nodes, cells: cells.map(\.summary),
            provenance: start.provenance)))
    ])
  }
}

extension ForgetStart {
  /// The subjects that are forgotten as a whole.
  var subjects: [SubjectIndex] { nodes.compactMap(\.wholeSubject) }
}

extension CellReport {
  /// The answer in words, as the log keeps it.
  fileprivate var summary: String {
    switch self {
    case .answered(let answer):
      "\(answer.kind) \(answer.level.rank.rawValue): \(answer.erasedSlotCount) erased, \(answer.proof.rawValue)"
    case .away: "away"
    }
  }
}
