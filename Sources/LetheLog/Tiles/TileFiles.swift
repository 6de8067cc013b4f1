internal import LetheCrypto
internal import LetheSystem

/// The files under `tile/`: hashes of the tree and leaf entries, as C2SP tlog-tiles has them. What they hold can always be
/// made again from the segments, so nothing here is synced by itself.
struct TileFiles: Sendable {
  private let directory: String
  private let files: any FileSystem

  init(directory: String, files: any FileSystem) {
    self.directory = directory
    self.files = files
  }

  /// Bytes of an entry with its length before it.
  private static let entryByteCount = 2 + Digest.byteCount

  // MARK: Bundles

  /// Writes a bundle of 1 to 256 entries.
  func write(entries: [Digest], bundle: UInt64) throws(LetheError) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(entries.count * Self.entryByteCount)
    for entry in entries {
      bytes += [0, UInt8(Digest.byteCount)]
      bytes += entry.bytes
    }
    try write(bytes, LogLayout.entries(bundle, width: UInt64(entries.count)))
    if entries.count == LogLayout.tileWidth { try removePartial(LogLayout.entries(bundle)) }
  }

  /// The entries of a full bundle; nil if there is none.
  ///
  /// - Throws: `damage` if it is no bundle of 256 entries of 32 bytes; `io`.
  func entries(bundle: UInt64) throws(LetheError) -> [Digest]? {
    let name = LogLayout.entries(bundle)
    let width = Int(LogLayout.tileWidth)
    guard let bytes = try read(name, byteCount: width * Self.entryByteCount) else { return nil }
    var entries: [Digest] = []
    entries.reserveCapacity(width)
    for start in stride(from: 0, to: bytes.count, by: Self.entryByteCount) {
      guard bytes[start] == 0, bytes[start + 1] == Digest.byteCount,
        let entry = Digest(bytes[start + 2..<start + Self.entryByteCount])
      else { throw Self.damage(name) }
      entries.append(entry)
    }
    return entries
  }

  // MARK: Tiles

  /// Writes a tile of 1 to 256 hashes.
  func write(hashes: [Digest], level: Int, tile: UInt64) throws(LetheError) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(hashes.count * Digest.byteCount)
    for hash in hashes { bytes += hash.bytes }
    try write(bytes, LogLayout.tile(level: level, tile, width: UInt64(hashes.count)))
    if hashes.count == LogLayout.tileWidth { try removePartial(LogLayout.tile(level: level, tile)) }
  }

  /// The hashes of a full tile; nil if there is none.
  ///
  /// - Throws: `damage` if it has another length than a full one; `io`.
  func hashes(level: Int, tile: UInt64) throws(LetheError) -> [Digest]? {
    let byteCount = Int(LogLayout.tileWidth) * Digest.byteCount
    guard let bytes = try read(LogLayout.tile(level: level, tile), byteCount: byteCount) else { return nil }
    return stride(from: 0, to: bytes.count, by: Digest.byteCount).compactMap {
      Digest(bytes[$0..<$0 + Digest.byteCount])
    }
  }

  // MARK: Files

  private func write(_ bytes: [UInt8], _ name: String) throws(LetheError) {
    let path = "\(directory)/\(name)"
    let folder = path.parentPath
    if !files.exists(folder) {
      try files.createDirectory(folder)
      var parent = folder.parentPath
      while parent.utf8.count > directory.utf8.count {
        files.tryToCoarsenTime(of: parent, after: nil)
        parent = parent.parentPath
      }
    }
    let file = try files.open(path, .create, as: .tile)
    let former = try file.facts()
    // Whoever reads beside us never finds less than what was there before.
    try file.write(bytes.span, at: 0)
    if former.byteCount > bytes.count { try file.truncate(to: bytes.count) }
    // An exact time would reveal when an event was appended. A tile that exists is rewritten after a restore.
    file.tryToCoarsenTime(after: former.byteCount > 0 ? former.modified : nil)
    files.tryToCoarsenTime(of: folder, after: nil)
  }

  private func read(_ name: String, byteCount: Int) throws(LetheError) -> [UInt8]? {
    let path = "\(directory)/\(name)"
    guard files.exists(path) else { return nil }
    let bytes = try files.open(path, .read, as: .tile).read(count: byteCount + 1, at: 0)
    guard bytes.count == byteCount else { throw Self.damage(name) }
    return bytes
  }

  // MARK: Partial files

  /// Removes what was published of a file before it was full; nobody needs it any more.
  private func removePartial(_ name: String) throws(LetheError) {
    let folder = "\(directory)/\(name).p"
    if files.exists(folder) { try removeAll(in: folder) }
  }

  /// Removes what a crash left beside full files.
  func removeLeftPartials(before bundles: UInt64) throws(LetheError) {
    try removeLeftPartials(bundles) { LogLayout.entries($0) }
    var (level, count) = (0, bundles)
    while count > 0 {
      try removeLeftPartials(count) { LogLayout.tile(level: level, $0) }
      (level, count) = (level + 1, count / LogLayout.tileWidth)
    }
  }

  /// Looks at the last folder alone, in which an append that crashed was at work.
  private func removeLeftPartials(_ count: UInt64, _ name: (UInt64) -> String) throws(LetheError) {
    guard count > 0 else { return }
    let first = (count - 1) / LogLayout.folderWidth * LogLayout.folderWidth
    let folder = "\(directory)/\(name(first).parentPath)"
    guard files.exists(folder) else { return }
    let names = Set(try files.contents(of: folder))
    for number in first..<count where names.contains(name(number).lastPathComponent + ".p") {
      try removePartial(name(number))
    }
  }

  // MARK: All files

  /// Whether all full files of a tree with a number of bundles are there: by the names in their folders, of which each has
  /// up to a thousand. What is in them is checked when it is read.
  func areThere(bundles: UInt64) throws(LetheError) -> Bool {
    guard try areThere(bundles, { LogLayout.entries($0) }) else { return false }
    var (level, count) = (0, bundles)
    while count > 0 {
      guard try areThere(count, { LogLayout.tile(level: level, $0) }) else { return false }
      (level, count) = (level + 1, count / LogLayout.tileWidth)
    }
    return true
  }

  /// Whether all files of a kind are there whose numbers are below a count.
  private func areThere(_ count: UInt64, _ name: (UInt64) -> String) throws(LetheError) -> Bool {
    var number: UInt64 = 0
    while number < count {
      let end = min(number + LogLayout.folderWidth, count)
      let folder = "\(directory)/\(name(number).parentPath)"
      guard files.exists(folder) else { return false }
      let names = Set(try files.contents(of: folder))
      for number in number..<end where !names.contains(name(number).lastPathComponent) { return false }
      number = end
    }
    return true
  }

  /// Removes all tiles and bundles.
  func removeAll() throws(LetheError) {
    let root = "\(directory)/\(LogLayout.tiles)"
    if files.exists(root) { try removeAll(in: root) }
  }

  private func removeAll(in folder: String) throws(LetheError) {
    for name in try files.contents(of: folder) {
      let path = "\(folder)/\(name)"
      if case .directory = try files.entry(at: path) { try removeAll(in: path) } else { try files.remove(path) }
    }
    try files.removeDirectory(folder)
  }

  static func damage(_ name: String) -> LetheError {
    LetheError(
      .damage, "a file of the tree is damaged; remove Log/tile, and the next start makes it again from the segments",
      place: name)
  }
}
