internal import LetheCrypto
internal import LetheSystem
internal import LetheVault
internal import Synchronization

/// What was noted goes into the shards.
extension Directory {
  /// Whose notes a change puts into the shards.
  enum ChangeExtent {
    case shards(Set<UInt32>)
    case shardsOfRemoved
  }

  /// What becomes of the shards when what was noted for some is put into them, and some values are taken out.
  func change(
    removing removed: Set<Digest>, _ extent: ChangeExtent, _ shaping: ShardLayout.Shaping
  ) throws(LetheError) -> ShardLayout.Change {
    try content.withLock { (content) throws(LetheError) in
      let touched: Set<UInt32> =
        switch extent {
        case .shards(let numbers): numbers
        case .shardsOfRemoved: Set(removed.map { content.number(of: $0) })
        }
      let added = content.recent.filter { touched.contains(content.number(of: $0.key)) }
      return try ShardLayout.change(content.numbers, adding: added, removing: removed, shaping) {
        (number) throws(LetheError) in try open(number, &content)
      }
    }
  }

  /// What came of the wish to cut and unite shards.
  enum Reshaping { case done, notNow }

  /// Puts all that was noted into the shards, some at a time so that memory does not grow with their number, and says in
  /// the file that all are complete up to a position; durable at return.
  ///
  /// - Parameters:
  ///   - end: gives the log's end as it is then, all facts below which were noted; a vault commit moves it.
  ///   - reshape: makes a vault commit of shards that are to be cut or united; nil where there can be none.
  func flush(
    upTo end: () -> UInt64, reshape: ((ShardLayout.Change) throws(LetheError) -> Reshaping)? = nil
  ) throws(LetheError) {
    var start: UInt32? = 0
    while let first = start {
      let numbers: Set<UInt32>
      (numbers, start) = passage(from: first)
      var change = try change(removing: [], .shards(numbers), reshape == nil ? .kept : .free)
      if !change.reshaped.isEmpty, let reshape, try reshape(change.ofReshaped) == .notNow {
        change = try self.change(removing: [], .shards(numbers), .kept)
      }
      try write(change, numbers, upTo: end())
    }
    let position = end()
    try content.withLock { (content) throws(LetheError) in
      content.setBookmark(position)
      let rows = content.shards.compactMap { shard in
        shard.row.map { ShardFile.List.Entry(number: $0.number, kid: $0.kid, nonce: $0.nonce) }
      }
      try content.file.write(ShardFile.List(bookmark: position, rows: rows), key: listKey)
    }
  }

  /// Shards that a flush writes in one go.
  private static let passageCount = 64

  /// The next shards that lack something, and where those behind them begin.
  private func passage(from first: UInt32) -> (numbers: Set<UInt32>, next: UInt32?) {
    content.withLock { content in
      var lacking = Set(content.recent.keys.map { content.number(of: $0) }.filter { $0 >= first })
      for shard in content.shards where shard.row == nil && shard.number >= first { lacking.insert(shard.number) }
      let ascending = lacking.sorted()
      guard ascending.count > Self.passageCount else { return (lacking, nil) }
      return (Set(ascending[..<Self.passageCount]), ascending[Self.passageCount])
    }
  }

  /// Writes shards that stay where they are under the keys that they have; a shard without a row gets one even if it is
  /// empty.
  private func write(
    _ change: ShardLayout.Change, _ numbers: Set<UInt32>, upTo position: UInt64
  ) throws(LetheError) {
    try content.withLock { (content) throws(LetheError) in
      var written: [(number: UInt32, content: ShardContent, kid: KeyID, key: SealingKey)] = []
      for number in numbers.union(change.contents.keys).subtracting(change.reshaped).sorted() {
        guard let shard = content.shard(number), let next = change.contents[number] ?? (shard.row == nil ? .empty : nil)
        else { continue }
        written.append((number, next, shard.kid, try key(of: shard)))
      }
      for row in try content.file.write(written, bookmark: position) { content.put(row) }
      for shard in written { content.cache.keep(shard.content, as: shard.number) }
      let done = Set(written.map(\.number))
      content.recent = content.recent.filter { !done.contains(content.number(of: $0.key)) }
    }
  }
}
