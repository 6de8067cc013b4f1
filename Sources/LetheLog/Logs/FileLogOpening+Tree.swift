internal import LetheCrypto
internal import LetheSystem

extension FileLogOpening {
  private var subtreeRoots: LeafEntries.SubtreeRoots {
    { [tree] height, numbers in tree.subtreeRoots(height: height, numbers) }
  }

  /// Makes the tree of all segments but those at the end: up to the last index of what the tiles have, or of the segments if that is not what the index says;
  /// behind it of the segments.
  mutating func readTree() throws(LetheError) {
    let sealedEnd = found.lastIndex(where: \.isSealed).map { $0 + 1 } ?? 0
    if case .sealed(let index) = found[..<sealedEnd].last, try !readTiles(of: index, found[..<sealedEnd]) {
      try makeTilesAgain(of: found[..<sealedEnd])
    }
    for (place, segment) in found.enumerated() {
      switch segment {
      case .sealed(let index): closed.append(.sealed(index))
      case .scanned(let scan):
        if place >= sealedEnd { add(scan.entries) } else { try holdAgainstTree(scan) }
        closed.append(
          .frozen(FrozenSegment(first: scan.segment, index: scan.index, ending: try ending(of: scan))))
      }
    }
  }

  mutating func add(_ more: [Digest]) {
    for entry in more { tree.append(leafHash: MerkleHash.leaf(entry)) }
    _ = entries.append(more)
  }

  func ending(of scan: SegmentScan) throws(LetheError) -> SegmentIndex.Ending {
    let end = scan.endPosition
    return SegmentIndex.Ending(
      end: scan.end, rootHash: try root(size: end),
      tailEntries: try entries.entries(end / LogLayout.tileWidth * LogLayout.tileWidth..<end, subtreeRoots))
  }

  private func root(size: UInt64) throws(LetheError) -> Digest {
    try tree.root(size: size) { (range) throws(LetheError) in
      try entries.entries(range, subtreeRoots).map { MerkleHash.leaf($0) }
    }
  }

  /// A segment whose index is missing must have what later indexes were made for.
  private func holdAgainstTree(_ scan: SegmentScan) throws(LetheError) {
    let known = try entries.entries(scan.segment..<scan.endPosition, subtreeRoots)
    guard let number = known.indices.first(where: { known[$0] != scan.entries[$0] }) else { return }
    throw differs(scan, number)
  }

  private func differs(_ scan: SegmentScan, _ number: Int) -> LetheError {
    .damaged(
      at: scan.segment + UInt64(number), in: scan.segment, offset: Int(scan.index.offsets[number]),
      "it differs from its leaf entry")
  }

  // MARK: Tiles

  /// Makes the tree up to the end of the sealed segments; false if the tiles do not give what the index says.
  private mutating func readTiles(
    of last: SegmentIndex, _ segments: ArraySlice<FoundSegment>
  ) throws(LetheError) -> Bool {
    let width = LogLayout.tileWidth
    let end = last.first + UInt64(last.count)
    let bundles = end / width
    guard UInt64(last.tailEntries.count) == end % width else { return false }
    do throws(LetheError) {
      var bundle: UInt64 = 0
      while bundle < bundles {
        if bundle % width == 0, bundle + width <= bundles,
          let roots = try tiles.hashes(level: 1, tile: bundle / width)
        {
          for root in roots { tree.append(subtreeRoot: root) }
          bundle += width
        } else {
          guard let hashes = try tiles.hashes(level: 0, tile: bundle) else { return false }
          tree.append(subtreeRoot: MerkleTree.root(hashes[...]))
          bundle += 1
        }
      }
    } catch {
      guard error.code == .damage else { throw error }
      return false
    }
    for entry in last.tailEntries { tree.append(leafHash: MerkleHash.leaf(entry)) }
    guard tree.root == last.rootHash, try tiles.areThere(bundles: bundles) else { return false }
    entries = LeafEntries(tiles, from: bundles)
    _ = entries.append(last.tailEntries)
    for case .scanned(let scan) in segments {
      guard (try? entries.entries(scan.segment..<scan.endPosition, subtreeRoots)) != nil else { return false }
    }
    return true
  }

  /// Makes the tree of segments, all of whose records have an index behind them, and writes the tiles again as it goes:
  /// memory does not grow with the log, but for a reader, who writes nothing.
  private mutating func makeTilesAgain(of segments: ArraySlice<FoundSegment>) throws(LetheError) {
    tree = MerkleTree()
    entries = LeafEntries(tiles, from: 0)
    for segment in segments {
      switch segment {
      case .scanned(let scan): add(scan.entries)
      case .sealed(let index):
        add(try scan(index).entries)
        guard tree.root == index.rootHash else {
          throw LetheError(
            .damage,
            "the records up to a segment's end are not those that its index was made for; "
              + "put the file back from a copy of Log/", place: LogLayout.segment(index.first))
        }
        if access == .write { try entries.writeFullBundles(subtreeRoots) }
      }
    }
    // An index says that all before it is durable.
    if access == .write { try files.synchronizeAll(in: directory) }
  }

  // MARK: Checking

  /// Holds the log against the checkpoint and against what is there of tiles.
  func check() throws(LetheError) {
    guard let last else { return }
    let place = "\(LogLayout.segment(last.segment)), position \(count)"
    if let checkpoint {
      guard count >= checkpoint.size else {
        if let fault = last.firstBreak, let lastFile, try !SegmentScan.isCut(lastFile, at: fault.offset) {
          throw .damaged(at: fault.position, in: last.segment, offset: fault.offset, "its frame is broken")
        }
        throw LetheError(
          .rolledBack,
          "the log ends before the \(checkpoint.size) records of a signed checkpoint; bring back the newer log",
          place: place)
      }
      guard try root(size: checkpoint.size) == checkpoint.rootHash else { throw differing(checkpoint) }
    }
    // Only durable records have tiles. Beside a process that appends there may be more than were read.
    guard access == .write else { return }
    if files.exists("\(directory)/\(LogLayout.entries(count / LogLayout.tileWidth))") {
      throw LetheError(
        .rolledBack, "the log ends before its tiles do; bring back the newer log, or remove Log/tile if this is all",
        place: place)
    }
  }

  /// Why the tree differs from a checkpoint.
  private func differing(_ checkpoint: Checkpoint) -> LetheError {
    firstDiffering(before: checkpoint.size)
      ?? LetheError(
        .damage,
        "the log's first \(checkpoint.size) records are not those that the checkpoint was signed for; "
          + "put the file back from a copy of Log/", place: LogLayout.segment(0))
  }

  /// The first record before a position that was read and differs from its entry in a bundle.
  func firstDiffering(before end: UInt64) -> LetheError? {
    var scans = found.compactMap { segment -> SegmentScan? in
      guard case .scanned(let scan) = segment else { return nil }
      return scan
    }
    if let last { scans.append(last) }
    for scan in scans {
      for number in scan.entries.indices {
        let position = scan.segment + UInt64(number)
        guard position < end, let bundle = try? tiles.entries(bundle: position / LogLayout.tileWidth),
          bundle[Int(position % LogLayout.tileWidth)] != scan.entries[number]
        else { continue }
        return differs(scan, number)
      }
    }
    return nil
  }
}
