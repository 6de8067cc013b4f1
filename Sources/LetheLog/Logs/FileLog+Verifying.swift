internal import LetheCrypto
public import LetheSystem
internal import Synchronization

extension FileLog {
  /// Reads all segments again and holds against them what opening took on trust: indexes, leaf entries, tiles and tree.
  /// Memory does not grow with the log, but for what is in memory of it anyway.
  ///
  /// - Throws: `damage` naming the first place that differs; `io`.
  public func verify() throws(LetheError) {
    let (closed, open, root) = view.withLock { ($0.closed, ($0.open.first, $0.count), $0.tree.root) }
    let sealedEnd = closed.last { if case .sealed = $0 { true } else { false } }?.endPosition ?? 0
    var tree = VerifiedTree(tiles, bundles: max(entries.bundlesInFiles, sealedEnd / LogLayout.tileWidth))
    for segment in closed {
      let scan = try SegmentScan(
        whole: segments.file(segment.first), first: segment.first, before: segment.endPosition, noting: noting)
      if case .sealed(let index) = segment { try verify(index, scan) }
      let known = try entries.entries(segment.first..<segment.endPosition, subtreeRoots)
      for (number, entry) in scan.entries.enumerated() {
        guard known[number] == entry else {
          throw .damaged(
            at: segment.first + UInt64(number), in: segment.first, offset: Int(scan.index.offsets[number]),
            "it differs from its leaf entry")
        }
        try tree.append(entry)
      }
      let ending = try ending(of: segment)
      guard ending == nil || ending == tree.root else {
        throw LetheError(
          .damage, "a segment's index names another tree than its records make; remove the index and start again",
          place: LogLayout.index(segment.first))
      }
    }
    // The open segment was read record by record when it was opened.
    for position in open.0..<open.1 { try tree.append(entries.entry(at: position)) }
    guard tree.root == root else {
      throw LetheError(
        .damage, "the tree's tiles are not those of the records; remove Log/tile and start again", place: "tile")
    }
  }

  private func ending(of segment: ClosedSegment) throws(LetheError) -> Digest? {
    switch segment {
    case .frozen(let frozen): frozen.ending.rootHash
    case .sealed(let index): index.rootHash
    }
  }

  /// Makes an index again from its segment, with the tags that it has.
  ///
  /// An index is bound to the records, which the signed tree covers, by being made of them: a digest of it among what is
  /// signed would say no more, since only who reads all of an index could hold it against that, and opening reads none. Tags
  /// alone are keyed; who has the keys holds them against the events that open (`audit verify`).
  private func verify(_ index: SegmentIndex, _ scan: SegmentScan) throws(LetheError) {
    let name = LogLayout.index(index.first)
    var made = ActiveIndex()
    var tags = try index.tags()[...]
    try forEachRecord(from: index.first, to: index.first + UInt64(index.count)) {
      (position, record) throws(LetheError) in
      made.append(
        record.header, try noting.note(of: record), tag: tags.popFirst() ?? 0,
        offset: Int(scan.index.offsets[Int(position - index.first)]))
      return .continue
    }
    let ending = SegmentIndex.Ending(end: scan.end, rootHash: index.rootHash, tailEntries: index.tailEntries)
    let bytes = SegmentIndex.encode(made, first: index.first, ending, storeID: storeID, sealing: sealing)
    let file = try files.open("\(directory)/\(name)", .read, as: .index)
    // Who has no key cannot tell whether the MAC is right.
    let vouched = sealing == nil ? bytes.count - Digest.byteCount : bytes.count
    guard try file.size() == bytes.count, try file.read(count: vouched, at: 0) == Array(bytes[..<vouched]) else {
      throw LetheError(
        .damage, "a segment's index does not say what its segment holds; remove the index and start again", place: name)
    }
  }
}

/// A tree that is made of entries, each tile of which is held against its file where there is one.
private struct VerifiedTree {
  private let tiles: TileFiles
  /// Bundles whose files count: those before the last index, and those that were written since. A crash may have left
  /// any of the files behind them torn, until a process that appends has made them again: what they hold was never
  /// durable, so it is no damage.
  private let bundles: UInt64
  private var tree = MerkleTree()
  private var bundle: [Digest] = []

  init(_ tiles: TileFiles, bundles: UInt64) {
    self.tiles = tiles
    self.bundles = bundles
  }

  var root: Digest { tree.root }

  mutating func append(_ entry: Digest) throws(LetheError) {
    bundle.append(entry)
    let hash = MerkleHash.leaf(entry)
    tree.append(leafHash: hash)
    guard bundle.count == LogLayout.tileWidth else { return }
    defer { bundle.removeAll(keepingCapacity: true) }
    let number = tree.size / LogLayout.tileWidth - 1
    guard number < bundles else { return }
    if let found = try tiles.entries(bundle: number), found != bundle { throw Self.differs(LogLayout.entries(number)) }
    let hashes = bundle.map { MerkleHash.leaf($0) }
    if let found = try tiles.hashes(level: 0, tile: number), found != hashes {
      throw Self.differs(LogLayout.tile(level: 0, number))
    }
    var (level, count) = (1, number + 1)
    while count % LogLayout.tileWidth == 0 {
      count /= LogLayout.tileWidth
      let roots = tree.subtreeRoots(
        height: 8 * level, (count - 1) * LogLayout.tileWidth..<count * LogLayout.tileWidth)
      if let found = try tiles.hashes(level: level, tile: count - 1), found != roots {
        throw Self.differs(LogLayout.tile(level: level, count - 1))
      }
      level += 1
    }
  }

  private static func differs(_ name: String) -> LetheError {
    LetheError(
      .damage, "a file of the tree is not what the records make; remove Log/tile and start again", place: name)
  }
}
