package import LetheCrypto
package import LetheSystem

/// What pages tell without any key: which nodes live, and what each epoch destroyed.
///
/// The log names the hash of a root page, the root page those of its children, and their shapes stand in clear: so
/// whoever trusts the log's hash need trust nobody else to see that no node covers a forgotten key.
package struct VaultShapes: Sendable {
  package let epoch: UInt64
  package let rootPageHash: Digest
  package let shards: [ShardEntry]
  /// What this epoch destroyed.
  package let punctures: [Puncture]
  /// Children of which no row with the right hash is there, or that are no page of their kind.
  package let missingPages: [PageID]
  private let shapes: [PageID: BlockShape]

  /// Reads the epoch whose root page has this hash.
  ///
  /// - Throws: `missing-key` if no row has it; `damage` if it is no root page of the store; `format`.
  package init(rows: [PageRow], rootPageHash: Digest, storeID: [UInt8]) throws(LetheError) {
    var byKey: [PageRow.Key: [PageRow]] = [:]
    for row in rows { byKey[row.key, default: []].append(row) }
    guard let root = rows.first(where: { $0.key.page == .root && $0.hash == rootPageHash }) else {
      throw .pageMissing
    }
    let view = try PageView(root.bytes)
    guard view.storeID == storeID else { throw .pageDamage }
    let page = try RootPage(view)
    var shapes: [PageID: BlockShape] = [:]
    var missing: [PageID] = []
    for child in page.children {
      guard let row = byKey[child.key]?.first(where: { $0.hash == child.hash }) else {
        missing.append(child.key.page)
        continue
      }
      let view = try PageView(row.bytes)
      guard view.id == child.key.page, view.storeID == storeID else { throw .pageDamage }
      if view.kind == .block { shapes[view.id] = try BlockPage.shape(of: view).shape }
    }
    self.rootPageHash = rootPageHash
    epoch = page.epoch
    shards = page.shards
    punctures = page.punctures
    missingPages = missing
    self.shapes = shapes
  }

  /// The numbers of a plane's blocks whose shape is known, ascending.
  package func blocks(of plane: Plane) -> [UInt64] {
    shapes.keys.compactMap { id in
      guard let (at, block) = id.blockNumber, at == plane else { return nil }
      return block
    }.sorted()
  }

  /// The living nodes of a block; nil if its shape is not known.
  package func livingNodes(_ plane: Plane, _ block: UInt64) -> [KeyNode]? {
    shapes[.block(plane, block)]?.nodes(plane: plane, block: block)
  }

  /// Whether any key below the node lives.
  package func coverage(of node: KeyNode) -> NodeCoverage {
    guard let shape = shapes[.block(node.plane, node.block)] else { return .pageMissing }
    return shape.positions(meeting: UInt16(heapNodeOf: node)).isEmpty ? .gone : .living
  }
}

extension VaultShapes {
  /// The largest nodes of a block below which nothing lives, ascending; nil if its shape is not known.
  package func deadNodes(_ plane: Plane, _ block: UInt64) -> [KeyNode]? {
    guard let shape = shapes[.block(plane, block)] else { return nil }
    var dead: [KeyNode] = []
    var open: [UInt16] = [1]
    while let node = open.popLast() {
      let living = shape.positions(meeting: node)
      if living.isEmpty {
        dead.append(KeyNode(plane: plane, block: block, depth: node.depth, prefix: node.prefix))
      } else if living.contains(where: { shape.heap[$0].depth > node.depth }) {
        open += [node * 2 + 1, node * 2]
      }
    }
    return dead
  }

  /// What an epoch destroyed, from the root page alone.
  ///
  /// - Throws: as the initialiser, for the root page.
  package static func punctures(
    in rows: [PageRow], rootPageHash: Digest
  ) throws(LetheError) -> [Puncture] {
    guard let root = rows.first(where: { $0.key.page == .root && $0.hash == rootPageHash }) else {
      throw .pageMissing
    }
    return try RootPage(PageView(root.bytes)).punctures
  }

  /// SHA-256 of every root page among the rows, by epoch ascending; several of one epoch are attempts at it.
  package static func rootPages(in rows: [PageRow]) -> [(epoch: UInt64, hash: Digest)] {
    rows.filter { $0.key.page == .root }.compactMap { row -> (epoch: UInt64, hash: Digest)? in
      do { return (try PageView(row.bytes).epoch, row.hash) } catch { return nil }
    }.sorted { ($0.epoch, $0.hash) < ($1.epoch, $1.hash) }
  }
}
