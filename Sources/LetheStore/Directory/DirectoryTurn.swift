internal import LetheCrypto
internal import LetheSystem
internal import LetheVault
internal import Synchronization

/// Shards turn to their next keys in a vault commit.
extension Directory {
  /// Seals shards under their next keys beside the present rows; durable at return.
  ///
  /// - Returns: their rows.
  func write(
    _ change: ShardLayout.Change, under keys: [ShardKey], upTo position: UInt64
  ) throws(LetheError) -> [ShardFile.Row] {
    try content.withLock { (content) throws(LetheError) in
      var drafts: [ShardFile.Draft] = []
      for key in keys {
        guard let next = change.contents[key.number] else { continue }
        drafts.append(ShardFile.Draft(number: key.number, content: next, kid: key.kid, key: try key.key.sealingKey()))
      }
      let rows = try content.write(drafts, bookmark: position)
      // They are of use once the vault has turned.
      content.leftRows += rows
      return rows
    }
  }

  /// Reads those rows back and opens them.
  ///
  /// - Throws: `damage` if one does not open as it was written.
  func verify(_ change: ShardLayout.Change, under keys: [ShardKey]) throws(LetheError) {
    try content.withLock { (content) throws(LetheError) in
      for key in keys {
        guard let row = try content.file.row(key.number, key.kid),
          try content.file.content(row, key: key.key.sealingKey()) == change.contents[key.number]
        else {
          throw LetheError(.damage, "a directory shard that was just written does not open; check the disk of Keys/")
        }
      }
    }
  }

  /// Lets the vault turn to the new keys and takes over the shards as they are then; nobody looks anything up meanwhile.
  ///
  /// - Parameters:
  ///   - rows: those of the shards under their next keys.
  ///   - removed: values that are no longer in a shard; they are found until `forgetDeparting`.
  ///   - turn: after it the vault has the new keys. It may throw before it turned and afterwards.
  func adopt(
    _ change: ShardLayout.Change, in rows: [ShardFile.Row], removing removed: Set<Digest>,
    turn: () throws(LetheError) -> Void
  ) throws(LetheError) {
    try content.withLock { (content) throws(LetheError) in
      var departing: [Digest: DirectoryTarget] = [:]
      for value in removed {
        let number = content.number(of: value)
        if let recent = content.recent.target(of: value, in: number) {
          departing[value] = recent
        } else {
          departing[value] = try open(number, &content).target(of: value)
        }
      }
      let epoch = vault.epoch
      // Whatever came after the vault turned, the old keys are no more: shards that were looked for under them would count
      // as missing. So nothing here may fail, and nothing is read.
      defer { if vault.epoch != epoch { take(change, rows, departing, &content) } }
      try turn()
    }
  }

  private func take(
    _ change: ShardLayout.Change, _ rows: [ShardFile.Row], _ departing: [Digest: DirectoryTarget],
    _ content: inout Content
  ) {
    content.departing.merge(departing) { _, new in new }
    // Both ascend by number, and there may be thousands, of which a forget turns one or two.
    var before = content.shards[...]
    var (shards, left): ([Shard], [ShardFile.Row]) = ([], [])
    for entry in vault.shards {
      while let gone = before.first, gone.number < entry.number {
        before.removeFirst()
        if let row = gone.row { left.append(row) }
      }
      if let same = before.first, same.number == entry.number {
        before.removeFirst()
        if same.kid == entry.kid {
          shards.append(same)
          continue
        }
        if let row = same.row { left.append(row) }
      }
      let row = rows.first { $0.number == entry.number && $0.kid == entry.kid }
      shards.append(Shard(number: entry.number, kid: entry.kid, row: row, bookmark: row?.bookmark ?? 0))
    }
    content.leftRows.removeAll { row in rows.contains { $0.kid == row.kid } }
    content.take(shards, leaving: left + before.compactMap(\.row))
    for number in change.dropped {
      content.cache.remove(number)
      content.recent.removeAll(in: number)
    }
    for (number, next) in change.contents {
      content.cache.keep(next, as: number)
      content.recent.removeAll(in: number)
    }
  }

  /// Forgets what was being forgotten.
  func forgetDeparting() { content.withLock { $0.departing = [:] } }
}
