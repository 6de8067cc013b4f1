internal import LetheCrypto
internal import LetheSystem
internal import Synchronization

/// The leaf entries of all records: those that fill bundles in files, the rest, and what is still to be written, in memory.
final class LeafEntries: Sendable {
  /// Gives roots of subtrees of the tree, by height and number.
  typealias SubtreeRoots = @Sendable (_ height: Int, _ numbers: Range<UInt64>) -> [Digest]

  private static let width = LogLayout.tileWidth
  /// Bundles of late reads that are kept.
  private static let cachedBundles: UInt64 = 32

  private let tiles: TileFiles
  private let state: Monitor<State>
  /// Held while bundles are written: by the workshop, or by who publishes.
  private let writing = Mutex(())

  private struct State {
    /// The first bundle that is not in a file.
    var firstBundle: UInt64
    /// Its entries and those of the bundles behind it; all but the last are full.
    var bundles: [[Digest]]
    /// By number modulo its count.
    var cache: [Cached?] = Array(repeating: nil, count: Int(LeafEntries.cachedBundles))

    /// One that is not in a file.
    func bundle(_ number: UInt64) -> [Digest]? {
      number >= firstBundle ? bundles[Int(number - firstBundle)] : nil
    }

    mutating func append(_ entry: Digest) {
      if bundles.last.map({ $0.count == LeafEntries.width }) ?? true {
        bundles.append([])
        bundles[bundles.count - 1].reserveCapacity(Int(LeafEntries.width))
      }
      bundles[bundles.count - 1].append(entry)
    }
  }

  /// A bundle as a file had it.
  private struct Cached {
    let number: UInt64
    let entries: [Digest]
    /// Whether it was held against the tree.
    var isChecked = false
  }

  /// - Parameter firstBundle: bundles before it are in files.
  init(_ tiles: TileFiles, from firstBundle: UInt64) {
    self.tiles = tiles
    state = Monitor(State(firstBundle: firstBundle, bundles: []))
  }

  /// Adds entries at the end. Tells whether there are bundles to be written.
  func append(_ entries: some Sequence<Digest>) -> Bool {
    state.withLock { state in
      for entry in entries { state.append(entry) }
      return state.bundles.first.map { $0.count == Self.width } ?? false
    }
  }

  /// How many bundles are in files alone.
  var bundlesInFiles: UInt64 { state.withLock { $0.firstBundle } }

  /// The entry of a position that there is, as a file has it if one does: who holds a record against it, and finds that
  /// both differ, asks `entries` which of them is right.
  func entry(at position: UInt64) throws(LetheError) -> Digest {
    let (number, place) = (position / Self.width, Int(position % Self.width))
    let found = state.withLock { $0.bundle(number)?[place] }
    if let found { return found }
    return try bundle(number)[place]
  }

  /// The entries of positions that there are, checked against the tree where a file has them.
  ///
  /// - Throws: `damage` if a file is missing or differs from the tree; `io`.
  func entries(_ positions: Range<UInt64>, _ roots: SubtreeRoots) throws(LetheError) -> [Digest] {
    var entries: [Digest] = []
    entries.reserveCapacity(positions.count)
    var position = positions.lowerBound
    while position < positions.upperBound {
      let number = position / Self.width
      let end = min((number + 1) * Self.width, positions.upperBound)
      let start = number * Self.width
      entries += try checkedBundle(number, roots)[Int(position - start)..<Int(end - start)]
      position = end
    }
    return entries
  }

  private func checkedBundle(_ number: UInt64, _ roots: SubtreeRoots) throws(LetheError) -> [Digest] {
    let slot = Int(number % Self.cachedBundles)
    let entries = try bundle(number)
    let isSure = state.withLock { state in
      number >= state.firstBundle || state.cache[slot].map { $0.number == number && $0.isChecked } ?? false
    }
    if isSure { return entries }
    let root = MerkleTree.root(entries.map { MerkleHash.leaf($0) }[...])
    guard [root] == roots(MerkleTree.keptHeight, number..<number + 1) else {
      throw TileFiles.damage(LogLayout.entries(number))
    }
    state.withLock { $0.cache[slot] = Cached(number: number, entries: entries, isChecked: true) }
    return entries
  }

  /// The entries of a bundle, as a file has them if one does; of the last bundle as many as there are.
  func bundle(_ number: UInt64) throws(LetheError) -> [Digest] {
    let slot = Int(number % Self.cachedBundles)
    let found = state.withLock { state -> [Digest]? in
      // What still grows is copied here: that nobody else holds it any more is what the thread sanitizer cannot see.
      if let bundle = state.bundle(number) { return bundle.count == Self.width ? bundle : bundle.map { $0 } }
      return state.cache[slot].flatMap { $0.number == number ? $0.entries : nil }
    }
    if let found { return found }
    guard let entries = try tiles.entries(bundle: number) else {
      throw LetheError(
        .damage, "a file of the tree is missing; start again, which makes it again from the segments",
        place: LogLayout.entries(number))
    }
    state.withLock { $0.cache[slot] = Cached(number: number, entries: entries) }
    return entries
  }

  // MARK: Files

  /// Writes the bundles that are full and the tiles that came to be full with them.
  ///
  /// - Throws: `io`; what was not written stays in memory.
  func writeFullBundles(_ roots: SubtreeRoots) throws(LetheError) {
    try writing.withLock { (_) throws(LetheError) in try writeFullBundlesAlone(roots) }
  }

  private func writeFullBundlesAlone(_ roots: SubtreeRoots) throws(LetheError) {
    while let (number, entries) = firstFull {
      try tiles.write(entries: entries, bundle: number)
      try tiles.write(hashes: entries.map { MerkleHash.leaf($0) }, level: 0, tile: number)
      var (level, count) = (1, number + 1)
      while count % Self.width == 0 {
        count /= Self.width
        try tiles.write(
          hashes: roots(8 * level, (count - 1) * Self.width..<count * Self.width), level: level, tile: count - 1)
        level += 1
      }
      state.withLock { state in
        state.bundles.removeFirst()
        state.firstBundle += 1
      }
    }
  }

  private var firstFull: (number: UInt64, entries: [Digest])? {
    state.withLock { state in
      guard let first = state.bundles.first, first.count == Self.width else { return nil }
      return (state.firstBundle, first)
    }
  }

  /// Writes what a tree of a size has of files that are not full; all full ones are written.
  func writePartial(of size: UInt64, _ roots: SubtreeRoots) throws(LetheError) {
    let width = size % Self.width
    if width > 0 {
      let entries = try bundle(size / Self.width).prefix(Int(width))
      try tiles.write(entries: Array(entries), bundle: size / Self.width)
      try tiles.write(hashes: entries.map { MerkleHash.leaf($0) }, level: 0, tile: size / Self.width)
    }
    var (level, count) = (1, size / Self.width)
    while count > 0 {
      let (tile, width) = (count / Self.width, count % Self.width)
      if width > 0 {
        try tiles.write(hashes: roots(8 * level, tile * Self.width..<count), level: level, tile: tile)
      }
      (level, count) = (level + 1, tile)
    }
  }
}
