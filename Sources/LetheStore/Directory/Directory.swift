internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault
internal import Synchronization

/// From a subject's id or a stream's name to its number in the log, by keyed look-up values; a projection of the log that
/// can always be thrown away.
///
/// What was noted since the last flush is in memory, the rest in sealed shards (`ShardFile`), of which those that are hot
/// are kept open. Safe to use from several threads; only the writer, and the opener before it, change anything. The lock
/// is held while a shard is read.
final class Directory: Sendable {
  /// Values noted in memory above which the writer flushes.
  static let recentLimit = 1 << 16
  /// Values in open shards, some 50 bytes each.
  static let cachedValues = 1 << 19

  private let content: Mutex<Content>
  private let vault: Vault
  private let listKey: SealingKey

  struct Content: ~Copyable {
    let file: ShardFile
    /// Ascending by number; the first is 0.
    private(set) var shards: [Shard] = []
    /// Theirs.
    private(set) var numbers: [UInt32] = []
    /// Noted and not yet in a shard.
    var recent: [Digest: DirectoryTarget] = [:]
    /// Of subjects whose keys are going: no longer in a shard, and not unknown either until the log says that they are
    /// gone.
    var departing: [Digest: DirectoryTarget] = [:]
    var cache = ShardCache(mostValues: Directory.cachedValues)

    init(file: consuming ShardFile, shards: [Shard]) {
      self.file = file
      self.shards = shards
      numbers = shards.map(\.number)
    }

    func number(of value: Digest) -> UInt32 { ShardLayout.shard(of: value, among: numbers) }

    func shard(_ number: UInt32) -> Shard? { place(of: number).map { shards[$0] } }

    private func place(of number: UInt32) -> Int? {
      let place = numbers.partitioningIndex { $0 >= number }
      return place < numbers.count && numbers[place] == number ? place : nil
    }

    mutating func take(_ shards: [Shard]) {
      self.shards = shards
      numbers = shards.map(\.number)
    }

    mutating func put(_ row: ShardFile.Row) {
      guard let place = place(of: row.number) else { return }
      shards[place].row = row
      shards[place].bookmark = row.bookmark
    }

    mutating func setBookmark(_ position: UInt64) {
      for place in shards.indices { shards[place].bookmark = position }
    }
  }

  /// A shard of the current root page.
  struct Shard: Sendable {
    let number: UInt32
    let kid: KeyID
    /// Its row; nil if there is none that is of use, and its content is to be made from the log.
    var row: ShardFile.Row?
    /// Up to this position of the log the row has all values.
    var bookmark: UInt64
  }

  /// - Parameter listKey: seals the list of shards; the store's slot 0.
  init(_ content: consuming sending Content, vault: Vault, listKey: SealingKey) {
    self.content = Mutex(content)
    self.vault = vault
    self.listKey = listKey
  }

  // MARK: Look-up

  /// The subject with a look-up value; nil if the directory has none.
  ///
  /// - Throws: `damage` if the shard that would tell does not open; `missing-key`; `io`.
  func subject(_ value: Digest) throws(LetheError) -> SubjectIndex? {
    guard case .subject(let index)? = try target(of: value) else { return nil }
    return index
  }

  /// The stream with a look-up value; nil if the directory has none.
  ///
  /// - Throws: as `subject`.
  func stream(_ value: Digest) throws(LetheError) -> StreamID? {
    guard case .stream(let id)? = try target(of: value) else { return nil }
    return id
  }

  private func target(of value: Digest) throws(LetheError) -> DirectoryTarget? {
    try content.withLock { (content) throws(LetheError) in
      if let target = content.recent[value] ?? content.departing[value] { return target }
      return try open(content.number(of: value), &content).target(of: value)
    }
  }

  /// The open form of a shard.
  private func open(_ number: UInt32, _ content: inout Content) throws(LetheError) -> ShardContent {
    if let open = content.cache.content(number) { return open }
    guard let shard = content.shard(number), let row = shard.row else { return .empty }
    guard let open = try content.file.content(row, key: key(of: shard)) else {
      // The next start finds no row and makes the shard again.
      try content.file.remove(row)
      throw LetheError(
        .damage, "a shard of the directory does not open; start again, which makes it again from the log",
        place: "Keys/directory.sqlite")
    }
    content.cache.keep(open, as: number)
    return open
  }

  private func key(of shard: Shard) throws(LetheError) -> SealingKey {
    guard let found = try vault.shardKey(shard.number), found.kid == shard.kid else {
      throw LetheError(.missingKey, "the key of a directory shard is missing; restore Keys/ from a replica")
    }
    return try found.key.sealingKey()
  }

  // MARK: Noting

  /// Takes note of a value; it is in memory until the next flush.
  func note(_ value: Digest, _ target: DirectoryTarget) { content.withLock { $0.recent[value] = target } }

  /// Takes note of what a fact at a position says, unless the value's shard has it.
  func note(_ value: Digest, _ target: DirectoryTarget, unlessKnownAt position: UInt64) {
    content.withLock { content in
      guard let shard = content.shard(content.number(of: value)), shard.bookmark > position else {
        content.recent[value] = target
        return
      }
    }
  }

  /// Whether so much was noted that a flush is due.
  var isFull: Bool { content.withLock { $0.recent.count >= Self.recentLimit } }

  /// The first position whose facts some shard lacks.
  var bookmark: UInt64 { content.withLock { $0.shards.map(\.bookmark).min() ?? 0 } }

  // MARK: Flushing and turning

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

  /// Seals shards under their next keys beside the present rows; durable at return.
  func write(_ change: ShardLayout.Change, under keys: [ShardKey], upTo position: UInt64) throws(LetheError) {
    try content.withLock { (content) throws(LetheError) in
      var written: [(number: UInt32, content: ShardContent, kid: KeyID, key: SealingKey)] = []
      for key in keys {
        guard let next = change.contents[key.number] else { continue }
        written.append((key.number, next, key.kid, try key.key.sealingKey()))
      }
      _ = try content.file.write(written, bookmark: position)
    }
  }

  /// Reads those rows back and opens them.
  ///
  /// - Throws: `damage` if one does not open as it was written.
  func verify(_ change: ShardLayout.Change, under keys: [ShardKey]) throws(LetheError) {
    try content.withLock { (content) throws(LetheError) in
      let rows = try content.file.rows()
      for key in keys {
        guard let row = rows.first(where: { $0.number == key.number && $0.kid == key.kid }),
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
  ///   - removed: values that are no longer in a shard; they are found until `forgetDeparting`.
  ///   - turn: after it the vault has the new keys.
  func adopt(
    _ change: ShardLayout.Change, removing removed: Set<Digest>, turn: () throws(LetheError) -> Void
  ) throws(LetheError) {
    try content.withLock { (content) throws(LetheError) in
      var departing: [Digest: DirectoryTarget] = [:]
      for value in removed {
        if let recent = content.recent[value] {
          departing[value] = recent
        } else {
          departing[value] = try open(content.number(of: value), &content).target(of: value)
        }
      }
      try turn()
      content.departing.merge(departing) { _, new in new }
      let rows = try content.file.rows()
      let before = Dictionary(uniqueKeysWithValues: content.shards.map { ($0.kid, $0) })
      content.take(
        vault.shards.map { entry in
          if let same = before[entry.kid] { return same }
          let row = rows.first { $0.number == entry.number && $0.kid == entry.kid }
          return Shard(number: entry.number, kid: entry.kid, row: row, bookmark: row?.bookmark ?? 0)
        })
      for number in change.dropped { content.cache.remove(number) }
      for (number, next) in change.contents { content.cache.keep(next, as: number) }
      content.recent = content.recent.filter { value, _ in
        !removed.contains(value) && change.contents[content.number(of: value)] == nil
      }
    }
  }

  /// Forgets what was being forgotten, and removes rows under keys that are no more.
  func forgetDeparting() throws(LetheError) {
    try content.withLock { (content) throws(LetheError) in
      content.departing = [:]
      try content.file.removeOthers(than: content.shards.compactMap(\.row))
    }
  }

  func close() throws(LetheError) { try content.withLock { (content) throws(LetheError) in try content.file.close() } }
}

extension [UInt32] {
  /// The first place from which on the condition holds.
  fileprivate func partitioningIndex(where holds: (UInt32) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
