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
  /// Values noted in memory above which the writer flushes, some 100 bytes each. A flush opens and seals nearly all
  /// shards, so that the more there are of them the rarer it should be.
  static let recentLimit = 1 << 17
  /// Values in open shards, some 50 bytes each.
  static let cachedValues = 1 << 18

  let content: Mutex<Content>
  let vault: Vault
  let listKey: SealingKey

  struct Content: ~Copyable {
    let file: ShardFile
    /// Ascending by number; the first is 0.
    private(set) var shards: [Shard] = []
    /// Theirs.
    private(set) var numbers: [UInt32] = []
    /// Noted and not yet in a shard.
    var recent = RecentValues()
    /// Of subjects whose keys are going: no longer in a shard, and not unknown either until the log says that they are
    /// gone.
    var departing: [Digest: DirectoryTarget] = [:]
    /// Rows in the file that no shard of the root page has. They go with what is written next.
    var leftRows: [ShardFile.Row]
    var cache = ShardCache(mostValues: Directory.cachedValues)

    init(file: consuming ShardFile, shards: [Shard], leftRows: [ShardFile.Row]) {
      self.file = file
      self.shards = shards
      self.leftRows = leftRows
      numbers = shards.map(\.number)
    }

    func number(of value: Digest) -> UInt32 { ShardLayout.shard(of: value, among: numbers) }

    func shard(_ number: UInt32) -> Shard? { place(of: number).map { shards[$0] } }

    private func place(of number: UInt32) -> Int? { numbers.firstPlace(ofKey: number) { $0 } }

    /// - Parameter rows: of shards that are no more.
    mutating func take(_ shards: [Shard], leaving rows: [ShardFile.Row]) {
      self.shards = shards
      numbers = shards.map(\.number)
      leftRows += rows
    }

    mutating func put(_ row: ShardFile.Row) {
      guard let place = place(of: row.number) else { return }
      shards[place].row = row
      shards[place].bookmark = row.bookmark
    }

    /// Writes shards, all or none, and removes the rows that are left; durable at return.
    ///
    /// - Returns: the rows of those that were written.
    mutating func write(_ shards: [ShardFile.Draft], bookmark: UInt64) throws(LetheError) -> [ShardFile.Row] {
      let rows = try file.write(shards, bookmark: bookmark, removing: leftRows)
      leftRows = []
      return rows
    }

    /// Removes the rows that are left and says in the list which others there are; durable at return.
    ///
    /// - Parameter position: the others are complete up to it. Those that were written later are not listed: they tell by
    ///   themselves how far they are complete.
    mutating func writeList(upTo position: UInt64, key: SealingKey) throws(LetheError) {
      let rows = shards.compactMap(\.row).filter { $0.bookmark <= position }.map {
        ShardFile.List.Entry(number: $0.number, kid: $0.kid, nonce: $0.nonce)
      }
      try file.write(ShardFile.List(bookmark: position, rows: rows), key: key, removing: leftRows)
      leftRows = []
    }

    /// Takes note that all shards are complete up to a position; some may be further.
    mutating func setBookmark(_ position: UInt64) {
      for place in shards.indices { shards[place].bookmark = max(shards[place].bookmark, position) }
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
      let number = content.number(of: value)
      if let target = content.recent.target(of: value, in: number) ?? content.departing[value] { return target }
      guard content.cache.mayContain(value, number) else { return nil }
      return try open(number, &content).target(of: value)
    }
  }

  /// The open form of a shard.
  func open(_ number: UInt32, _ content: inout Content) throws(LetheError) -> ShardContent {
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

  func key(of shard: Shard) throws(LetheError) -> SealingKey {
    guard let found = try vault.shardKey(shard.number), found.kid == shard.kid else {
      throw LetheError(
        .missingKey,
        "the key of a directory shard is missing; put the pages back with `lethe restore` from a replica")
    }
    return try found.key.sealingKey()
  }

  /// Whether there are subjects whose keys are going and who are found all the same.
  var hasDeparting: Bool { content.withLock { !$0.departing.isEmpty } }

  // MARK: Noting

  /// Takes note of a value; it is in memory until the next flush.
  func note(_ value: Digest, _ target: DirectoryTarget) {
    content.withLock { $0.recent.note(value, target, in: $0.number(of: value)) }
  }

  /// Takes note of what a fact at a position says, unless the value's shard has it.
  func note(_ value: Digest, _ target: DirectoryTarget, unlessKnownAt position: UInt64) {
    content.withLock { content in
      let number = content.number(of: value)
      if let shard = content.shard(number), shard.bookmark > position { return }
      content.recent.note(value, target, in: number)
    }
  }

  /// Whether so much was noted that a flush is due.
  var isFull: Bool { content.withLock { $0.recent.count >= Self.recentLimit } }

  /// The first position whose facts some shard lacks.
  var bookmark: UInt64 { content.withLock { $0.shards.map(\.bookmark).min() ?? 0 } }

  /// - Throws: `io` once a sync of the file failed.
  func demandWritable() throws(LetheError) {
    try content.withLock { (content) throws(LetheError) in try content.file.demandWritable() }
  }

  func close() throws(LetheError) { try content.withLock { (content) throws(LetheError) in try content.file.close() } }
}
