internal import LetheCrypto
internal import LetheSystem

/// The next epoch before it is written: its pages, its root secret, and what the vault will be once it is adopted.
final class VaultDraft: Sendable {
  let state: VaultState
  /// New versions of the touched pages and of the root page.
  let rows: [PageRow]
  /// One for each cell of the set, in order.
  let shares: [RootShare]
  /// The cells that are to keep the root.
  let cells: CellSet
  let shardKeys: [ShardKey]
  let nodesWithoutEffect: [KeyNode]

  var advance: EpochAdvance { EpochAdvance(state.pair, state.page) }

  init(
    state: VaultState, rows: [PageRow], shares: [RootShare], cells: CellSet, shardKeys: [ShardKey],
    nodesWithoutEffect: [KeyNode]
  ) {
    self.state = state
    self.rows = rows
    self.shares = shares
    self.cells = cells
    self.shardKeys = shardKeys
    self.nodesWithoutEffect = nodesWithoutEffect
  }
}

/// Makes a draft step by step from the state that it will replace.
struct VaultDraftBuilder {
  private let base: VaultState
  private let random: any RandomSource
  private var trees: [PageID: PuncturedTree]
  private var fences: [FencePage]
  /// Ascending by number.
  private var shards: [ShardEntry]
  private var nextShardKid: KeyID
  private var shardKids: [(number: UInt32, kid: KeyID)] = []
  private var touched: Set<PageID> = []
  private var punctures: [Puncture] = []
  private var nodesWithoutEffect: [KeyNode] = []

  init(_ base: VaultState, random: any RandomSource) {
    self.base = base
    self.random = random
    trees = base.trees
    fences = base.fences
    shards = base.page.shards
    nextShardKid = base.page.nextShardKid
  }

  /// Adds the blocks that follow a plane's last.
  mutating func addBlocks(_ count: Int, to plane: Plane) throws(LetheError) {
    guard count != 0 else { return }
    let known = base.page.blocks(of: plane) + trees.values.filter { $0.plane == plane }.map(\.block)
    let first = (known.max() ?? .max) &+ 1
    guard count >= 0, first + UInt64(count) <= KeyID.blockLimit else {
      throw LetheError(.refused, "a plane holds 2^34 key blocks; ask for fewer")
    }
    for block in first..<first + UInt64(count) {
      let id = PageID.block(plane, block)
      trees[id] = try PuncturedTree(plane: plane, block: block, storeID: base.storeID, random: random)
      touched.insert(id)
    }
  }

  /// Makes the one fence page of a new vault.
  mutating func addFence() {
    fences = [FencePage(prefix: .all, entries: [])]
    touched.insert(.fence(.all))
  }

  /// Gives each shard the next key of plane 2 and punctures the one it had.
  ///
  /// The keys that a draft gives are drawn for it, with all that no shard had yet. If it does not come to be they are no
  /// more, and whatever was sealed under them never opens, wherever it was left: the next draft gives other keys under
  /// the same ids.
  mutating func turnShards(_ numbers: [UInt32]) throws(LetheError) {
    if !numbers.isEmpty { try renewShardKeys() }
    for number in Set(numbers).sorted() {
      let kid = nextShardKid
      guard let following = KeyID(rawValue: kid.rawValue + 1), following.plane == .shards else {
        throw LetheError(.refused, "the keys of directory shards are used up; make a new home and import into it")
      }
      let id = PageID.block(.shards, kid.block)
      if trees[id] == nil, base.page.position(of: id) == nil { try addBlocks(1, to: .shards) }
      _ = try tree(of: kid.plane, kid.block)
      nextShardKid = following
      shardKids.append((number, kid))
      if let place = place(ofShard: number) { try puncture(Puncture(KeyNode(shards[place].kid), cause: .shard)) }
    }
  }

  /// Draws anew what is left of the block from which the next shard gets its key. A block that is still to be made has
  /// keys of its own in each draft.
  private mutating func renewShardKeys() throws(LetheError) {
    let id = PageID.block(.shards, nextShardKid.block)
    guard let tree = trees[id] else { return }
    trees[id] = try tree.renewing(from: nextShardKid, random: random)
    touched.insert(id)
  }

  /// Takes shards out of the directory and punctures the keys that they had.
  mutating func dropShards(_ numbers: [UInt32]) throws(LetheError) {
    for number in Set(numbers).sorted() {
      guard let place = place(ofShard: number) else { continue }
      try puncture(Puncture(KeyNode(shards.remove(at: place).kid), cause: .shard))
    }
  }

  private func place(ofShard number: UInt32) -> Int? { shards.firstPlace(ofKey: number) { $0.number } }

  /// Destroys what was asked for.
  ///
  /// - Throws: `refused` for what may never be punctured, or if nothing that was asked for is left to destroy;
  ///   `missing-key` if a page that it needs is missing.
  mutating func destroy(_ wanted: [Puncture]) throws(LetheError) {
    let before = punctures.count
    for puncture in wanted.sorted() {
      guard puncture.node.plane == .subjects, puncture.cause != .shard,
        puncture.caseID == nil || puncture.node.depth >= KeyNode.subjectDepth
      else {
        throw LetheError(
          .refused, "a case destroys slots or whole subjects of plane 0 and nothing larger; correct the request")
      }
      try self.puncture(puncture)
    }
    guard wanted.isEmpty || punctures.count > before else {
      throw LetheError(.refused, "all keys that were to be destroyed are gone already; record them as destroyed")
    }
  }

  private mutating func puncture(_ puncture: Puncture) throws(LetheError) {
    let tree = try tree(of: puncture.node.plane, puncture.node.block)
    guard let next = try tree.puncturing(puncture.node) else {
      nodesWithoutEffect.append(puncture.node)
      return
    }
    let id = PageID.block(tree.plane, tree.block)
    trees[id] = next
    touched.insert(id)
    punctures.append(puncture)
  }

  private func tree(of plane: Plane, _ block: UInt64) throws(LetheError) -> PuncturedTree {
    let id = PageID.block(plane, block)
    if let tree = trees[id] { return tree }
    guard base.page.position(of: id) == nil else { throw .pageMissing }
    throw LetheError(.refused, "the key block was never made; correct the request")
  }

  /// Lets the fence remember more.
  mutating func fence(_ entries: [FenceEntry]) throws(LetheError) {
    var byPage: [FencePrefix: [FenceEntry]] = [:]
    for entry in entries {
      guard let page = fences.first(where: { $0.prefix.contains(entry.value) }) else { throw .pageMissing }
      byPage[page.prefix, default: []].append(entry)
    }
    for (prefix, more) in byPage {
      guard let place = fences.firstIndex(where: { $0.prefix == prefix }) else { continue }
      let pages = fences[place].adding(more)
      fences.replaceSubrange(place...place, with: pages)
      touched.formUnion(pages.map { PageID.fence($0.prefix) })
      touched = touched.filter { id in id.fencePrefix.map { prefix in fences.contains { $0.prefix == prefix } } ?? true
      }
    }
  }

  /// Draws keys, versions, the root secret and the polynomial of its shares, and seals all.
  func finish(for cells: CellSet) throws(LetheError) -> VaultDraft {
    let epoch = base.page.epoch + 1
    var children: [PageReference] = []
    var rows: [PageRow] = []
    let ids = childIDs()
    var pageKeys = try Secret(count: ids.count * PageFormat.pageKeyByteCount)
    for (place, (id, old)) in ids.enumerated() {
      if let old {
        let child = base.page.children[old]
        children.append(PageReference(key: child.key, hash: child.hash, writtenBy: .earlier))
        base.pageKeys.withBytes { Self.copy($0, from: old, into: &pageKeys, at: place) }
        continue
      }
      let key = try Secret(count: PageFormat.pageKeyByteCount, random: random)
      key.withBytes { Self.copy($0, from: 0, into: &pageKeys, at: place) }
      let row = PageRow(
        key: PageRow.Key(page: id, version: try .random(from: random)), bytes: try seal(id, key, epoch))
      rows.append(row)
      children.append(PageReference(key: row.key, hash: row.hash, writtenBy: .thisEpoch))
    }
    let (entries, shardKeys) = try openShards()
    let page = RootPage(
      epoch: epoch, children: children, shards: entries, nextShardKid: nextShardKid, punctures: punctures.sorted())
    let root = try Secret(count: RootShare.secretByteCount, random: random)
    let rootKey = try PageKey.ofRootPage(root, epoch: epoch, storeID: base.storeID)
    let rootRow = PageRow(
      key: PageRow.Key(page: .root, version: try .random(from: random)),
      bytes: try page.seal(pageKeys, key: rootKey, storeID: base.storeID, random: random))
    rows.append(rootRow)
    let pair = RootPair(epoch: epoch, rootPageHash: rootRow.hash)
    let state = VaultState(
      storeID: base.storeID, pair: pair, rootRow: rootRow.key,
      rootCommitment: PageKey.commitment(of: rootKey, storeID: base.storeID), page: page, pageKeys: pageKeys,
      trees: trees, fences: fences, missing: base.missing)
    return VaultDraft(
      state: state, rows: rows, shares: try share(root, pair, cells), cells: cells, shardKeys: shardKeys,
      nodesWithoutEffect: nodesWithoutEffect)
  }

  private func share(
    _ root: borrowing Secret, _ pair: RootPair, _ cells: CellSet
  ) throws(LetheError) -> [RootShare] {
    let polynomial = try SecretPolynomial(of: root, threshold: cells.threshold, random: random)
    var shares: [RootShare] = []
    for index in 1...cells.cells.count {
      let label = ShareLabel(
        storeID: base.storeID, pair: pair, threshold: cells.threshold, shareCount: cells.cells.count, index: index,
        claim: .unclaimed)
      shares.append(RootShare(label, secret: try polynomial.share(UInt8(index))))
    }
    return shares
  }

  /// All pages below the next root page, ascending, each with its place in the present one unless it is touched.
  private func childIDs() -> [(id: PageID, old: Int?)] {
    // Both ascend, and there may be thousands, of which a commit touches a few.
    var news = touched.sorted()[...]
    let prefixes = Set(fences.map(\.prefix))
    var ids: [(id: PageID, old: Int?)] = []
    ids.reserveCapacity(base.page.children.count + news.count)
    for (place, child) in base.page.children.enumerated() {
      let id = child.key.page
      while let first = news.first, first < id { ids.append((news.removeFirst(), nil)) }
      // A fence page that was cut in two is no more.
      let isThere = id.fencePrefix.map(prefixes.contains) ?? true
      if news.first == id {
        ids.append((news.removeFirst(), nil))
      } else if isThere || base.missing.contains(id) {
        ids.append((id, place))
      }
    }
    return ids + news.map { ($0, nil) }
  }

  private func seal(_ id: PageID, _ key: borrowing Secret, _ epoch: UInt64) throws(LetheError) -> [UInt8] {
    if let tree = trees[id] {
      return try BlockPage.seal(tree, epoch: epoch, key: key, storeID: base.storeID, random: random)
    }
    guard let page = fences.first(where: { PageID.fence($0.prefix) == id }) else {
      preconditionFailure("a touched page is a block or fence page")
    }
    return try page.seal(epoch: epoch, key: key, storeID: base.storeID, random: random)
  }

  /// The shards' entries in the root page, and the new keys among them.
  private func openShards() throws(LetheError) -> ([ShardEntry], [ShardKey]) {
    var entries = shards
    var keys: [ShardKey] = []
    for (number, kid) in shardKids {
      guard let key = try tree(of: kid.plane, kid.block).derive(kid) else { throw .pageMissing }
      let entry = ShardEntry(number: number, kid: kid, commitment: key.commitment)
      let place = entries.firstPlace { $0.number < number }
      if place < entries.count, entries[place].number == number {
        entries[place] = entry
      } else {
        entries.insert(entry, at: place)
      }
      keys.append(ShardKey(number: number, key: key))
    }
    return (entries, keys)
  }

  private static func copy(_ keys: RawSpan, from: Int, into target: inout Secret, at place: Int) {
    let size = PageFormat.pageKeyByteCount
    let key = keys.extracting(from * size..<(from + 1) * size)
    target.withMutableBytes { $0.copy(key, to: place * size) }
  }
}

extension LetheError {
  static var pageMissing: LetheError {
    LetheError(
      .missingKey,
      "a page of the vault is missing or does not open; put the pages back with `lethe restore` from a replica")
  }
}
