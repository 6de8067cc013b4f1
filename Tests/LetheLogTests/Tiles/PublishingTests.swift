import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog

/// What `publish(size:)` leaves of files: what a reader needs of a checkpoint of that size, by C2SP tlog-tiles.
@Suite struct PublishingTests {
  private static func names(_ files: MemoryFileSystem) throws -> Set<String> {
    try Set(files.logContent().keys.filter { $0.hasPrefix("tile/") })
  }

  /// All files that a tree of a size has, by the recursive rule of tlog-tiles.
  private static func names(of size: UInt64) -> Set<String> {
    var names: Set<String> = []
    var (level, count) = (0, size)
    while count > 0 {
      for tile in 0..<(count + 255) / 256 {
        let width = min(256, count - tile * 256)
        names.insert(LogLayout.tile(level: level, tile, width: width))
        if level == 0 { names.insert(LogLayout.entries(tile, width: width)) }
      }
      (level, count) = (level + 1, count / 256)
    }
    return names
  }

  private static func isFull(_ name: String) -> Bool { !name.contains(".p/") }

  @Test func `partial files of every size that was published stay until the full ones are there`() throws {
    let records = try makeGroups([Array(repeating: 1, count: 600)], partsEvery: 1000)[0]
    let files = try makeFiles([])
    var log = try openLog(files)
    var expected: Set<String> = []
    var start = 0
    for size in [1, 3, 3, 200, 255, 256, 257, 257, 258, 511, 512, 513, 600] {
      // In a new process now and then.
      if size == 255 || size == 511 { log = try openLog(files) }
      _ = try log.append(Array(records[start..<size]))
      start = size
      try log.publish(size: UInt64(size))
      expected.formUnion(Self.names(of: UInt64(size)))
      expected = expected.filter { name in
        Self.isFull(name) || !expected.contains(String(name.parentPath.dropLast(2)))
      }
      #expect(try Self.names(files) == expected, "\(size)")
      let folders = try Self.folders(files).filter { $0.hasSuffix(".p") }
      #expect(folders == Set(expected.filter { !Self.isFull($0) }.map(\.parentPath)), "\(size)")
    }
  }

  @Test func `opening asks for folders of tiles, not for each tile, and sees one that is missing`() throws {
    let groups = try makeGroups(Array(repeating: [256], count: 12), partsEvery: 1000)
    let files = try makeFiles(groups, options: .small(20_000))
    let before = files.faults.callCount(of: .entry)
    _ = try openLog(files, options: .small(20_000))
    #expect(files.faults.callCount(of: .entry) - before <= 2)
    let content = try files.logContent()
    for name in [LogLayout.entries(0), LogLayout.entries(3), LogLayout.tile(level: 0, 1)] {
      let trial = files.crash(.all)
      try trial.remove("\(logDirectory)/\(name)")
      _ = try openLog(trial, options: .small(20_000))
      #expect(try trial.logContent()[name] == content[name], "\(name)")
    }
  }

  private static func folders(_ files: MemoryFileSystem, in folder: String = "tile") throws -> Set<String> {
    var found: Set<String> = []
    for name in try files.contents(of: "\(logDirectory)/\(folder)") {
      let path = "\(folder)/\(name)"
      guard case .directory = try files.entry(at: "\(logDirectory)/\(path)") else { continue }
      found.formUnion(try folders(files, in: path).union([path]))
    }
    return found
  }

  @Test func `more than there is cannot be published`() throws {
    let log = try openLog(makeFiles(makeGroups([[3]])))
    #expect(throws: LetheError(.input, "")) { try log.publish(size: 4) }
    try log.publish(size: 0)
  }

  /// Every tile of each size against the naive tree: 65,536 and more leaves have tiles of level 2.
  @Test func `tiles hold the hashes of the naive tree`() throws {
    var generator = SeededGenerator(seed: 8)
    let digests = (0..<65_793).map { _ in Digest(generator.bytes(32))! }
    let files = MemoryFileSystem()
    try files.createDirectory(logDirectory)
    let tiles = TileFiles(directory: logDirectory, files: files)
    let entries = LeafEntries(tiles, from: 0)
    let hashes = digests.map { MerkleHash.leaf($0) }
    // At h, the roots of the perfect subtrees of 256^h leaves.
    var levels = [hashes]
    while let last = levels.last, last.count >= 256 {
      levels.append((0..<last.count / 256).map { naiveRoot(last[$0 * 256..<($0 + 1) * 256]) })
    }
    var tree = MerkleTree()
    for size in [0, 1, 255, 256, 257, 512, 65_535, 65_536, 65_537, 65_793] {
      let start = Int(tree.size)
      for hash in hashes[start..<size] { tree.append(leafHash: hash) }
      _ = entries.append(digests[start..<size])
      let roots: LeafEntries.SubtreeRoots = { [tree] in tree.subtreeRoots(height: $0, $1) }
      try entries.writeFullBundles(roots)
      try entries.writePartial(of: UInt64(size), roots)
      // The files that came last; those before were looked at when they did.
      for name in Self.names(of: UInt64(size)) {
        let bytes = try #require(files.content(of: "\(logDirectory)/\(name)"), "\(size) needs \(name)")
        let parts = name.split(separator: "/")
        guard let level = Int(parts[1]), Self.isLast(name, level, size) else { continue }
        let first = size >> (8 * level) / 256 * 256 - (Self.isFull(name) ? 256 : 0)
        let expected = levels[level][first..<min(first + 256, size >> (8 * level))]
        #expect(bytes == expected.flatMap(\.bytes), "\(name) of \(size)")
      }
    }
    let roots: LeafEntries.SubtreeRoots = { [tree] in tree.subtreeRoots(height: $0, $1) }
    for position in [0, 255, 256, 40_000, 65_535] as [UInt64] {
      #expect(try entries.entries(position..<position + 1, roots) == [digests[Int(position)]])
      #expect(try entries.entry(at: position) == digests[Int(position)])
    }
    #expect(try entries.entries(200..<600, roots) == Array(digests[200..<600]))
  }

  /// Whether a tile is the last partial one of its level, or the last full one if there is none.
  private static func isLast(_ name: String, _ level: Int, _ size: Int) -> Bool {
    let count = UInt64(size >> (8 * level))
    let width = count % 256
    return name
      == (width > 0
        ? LogLayout.tile(level: level, count / 256, width: width) : LogLayout.tile(level: level, count / 256 - 1))
  }
}
