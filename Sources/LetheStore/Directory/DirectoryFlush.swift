internal import LetheCrypto
internal import LetheSystem
internal import LetheVault
internal import Synchronization

/// What was noted goes into the shards.
extension Directory {
  /// What becomes of the shards when some values are taken out.
  ///
  /// Each shard that comes to be another takes up what was noted for it: a neighbour too that another is united with.
  func change(removing removed: Set<Digest>) throws(LetheError) -> ShardLayout.Change {
    try change(of: [], removing: removed, .free)
  }

  /// What becomes of the shards when some take up what was noted for them.
  private func change(
    of numbers: [UInt32], removing removed: Set<Digest> = [], _ shaping: ShardLayout.Shaping
  ) throws(LetheError) -> ShardLayout.Change {
    try content.withLock { (content) throws(LetheError) in
      try ShardLayout.change(content.numbers, of: numbers, removing: removed, shaping) { (number) throws(LetheError) in
        try open(number, &content).adding(content.recent[number])
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
      let numbers: [UInt32]
      (numbers, start) = passage(from: first)
      var change = try change(of: numbers, reshape == nil ? .kept : .free)
      if !change.reshaped.isEmpty, let reshape {
        switch try reshape(change.ofReshaped) {
        case .done: change.contents = change.contents.filter { !change.reshaped.contains($0.key) }
        case .notNow: change = try self.change(of: numbers, .kept)
        }
      }
      try write(change.contents, upTo: end())
    }
    let position = end()
    try content.withLock { (content) throws(LetheError) in
      content.setBookmark(position)
      try content.writeList(upTo: position, key: listKey)
    }
  }

  /// Shards that a flush writes in one go.
  private static let passageCount = 64

  /// The next shards that lack something, and where those behind them begin.
  private func passage(from first: UInt32) -> (numbers: [UInt32], next: UInt32?) {
    content.withLock { content in
      let rowless = content.shards.lazy.filter { $0.row == nil }.map(\.number)
      let lacking = Set(content.recent.numbers).union(rowless).filter { $0 >= first }.sorted()
      let next = lacking.dropFirst(Self.passageCount).first
      return (Array(lacking.prefix(Self.passageCount)), next)
    }
  }

  /// Writes shards that stay where they are under the keys that they have.
  private func write(_ contents: [UInt32: ShardContent], upTo position: UInt64) throws(LetheError) {
    try content.withLock { (content) throws(LetheError) in
      var drafts: [ShardFile.Draft] = []
      for (number, next) in contents.sorted(by: { $0.key < $1.key }) {
        guard let shard = content.shard(number) else { continue }
        drafts.append(ShardFile.Draft(number: number, content: next, kid: shard.kid, key: try key(of: shard)))
      }
      for row in try content.write(drafts, bookmark: position) { content.put(row) }
      for shard in drafts {
        content.cache.keep(shard.content, as: shard.number)
        content.recent.removeAll(in: shard.number)
      }
    }
  }
}
