internal import LetheCrypto
package import LetheSystem
internal import Synchronization

/// A root cell in one file of 8 KiB that is overwritten in place, past the caches (`O_DIRECT|O_DSYNC`).
///
/// Writing a new file and renaming it would leave the old secret behind. The file's format stands at `RootSlot`; what
/// the medium beneath allows to promise, `CellLevel.judging` says.
package final class FileRootCell: RootCell {
  /// Whether the file may be made.
  package enum Access: Sendable {
    /// Makes the file if it is not there; what is there stays.
    case create
    case open
  }

  private let path: String
  private let file: any File
  private let random: any RandomSource
  private let inspect: @Sendable (String) -> VolumeFacts?
  private let extentsAtStart: [VolumeFacts.Extent]?
  /// Held through every change of the file.
  private let currentLevel: Mutex<CellLevel>

  /// - Parameter inspect: tells what lies beneath the path; nil is unknown.
  /// - Throws: `io`; `damage` if the file is not of 8 KiB.
  package init(
    path: String, _ access: Access, in files: some FileSystem = LocalFileSystem(), random: some RandomSource,
    inspect: @escaping @Sendable (String) -> VolumeFacts? = FileRootCell.facts
  ) throws(LetheError) {
    if access == .create { try Self.makeFile(path, files) }
    file = try files.open(path, .direct)
    guard try file.size() == RootSlot.count * RootSlot.byteCount else {
      throw LetheError(
        .damage, "\(path.lastPathComponent): a root cell has 8,192 bytes; check that this file is one",
        place: path.lastPathComponent)
    }
    self.path = path
    self.random = random
    self.inspect = inspect
    let facts = inspect(path)
    extentsAtStart = facts?.extents
    currentLevel = Mutex(CellLevel.judging(facts, isDirect: file.isDirect, extentsBefore: facts?.extents))
  }

  /// Real zeros, not a hole, so that the slots have their places before a secret comes. A file that a crash left
  /// unfinished holds nothing but zeros and is made again.
  private static func makeFile(_ path: String, _ files: some FileSystem) throws(LetheError) {
    let byteCount = RootSlot.count * RootSlot.byteCount
    let file = try files.open(path, .create)
    let size = try file.size()
    guard size < byteCount, try file.read(count: size, at: 0).allSatisfy({ $0 == 0 }) else { return }
    let zeros = [UInt8](repeating: 0, count: byteCount)
    try zeros.withByteSpan { (bytes) throws(LetheError) in try file.write(bytes, at: 0) }
    try file.synchronize()
    try files.synchronizeDirectory(path.parentPath)
  }

  /// What the kernel tells of a file.
  package static let facts: @Sendable (String) -> VolumeFacts? = { path in
    do { return try VolumeFacts(of: path) } catch { return nil }
  }

  package var kind: String { "file" }

  package var level: CellLevel { currentLevel.withLock { $0 } }

  package func stage(_ share: RootShare, besides current: RootPair?) throws(LetheError) {
    try currentLevel.withLock { (level) throws(LetheError) in
      let slots = try readSlots()
      let kept = current.flatMap { current in slots.firstIndex { $0.pair == current } }
      guard let place = slots.indices.first(where: { kept == nil ? slots[$0].pair == nil : $0 != kept }) else {
        throw LetheError.cellIsFull
      }
      try write(RootSlot.encode(share), to: place)
      level = judge()
    }
  }

  package func readAll() throws(LetheError) -> [RootShare] {
    try currentLevel.withLock { (_) throws(LetheError) in try readSlots().compactMap(\.share) }
  }

  package func retire(allBut pair: RootPair?) throws(LetheError) -> CellAnswer {
    try currentLevel.withLock { (level) throws(LetheError) in
      let slots = try readSlots()
      guard pair == nil || slots.contains(where: { $0.pair == pair }) else { throw LetheError.rootToKeepIsMissing }
      var erased = 0
      for (place, slot) in slots.enumerated() {
        switch slot {
        case .blank: continue
        case .share(let share) where share.pair == pair: continue
        case .share, .torn:
          try write(Secret(count: RootSlot.byteCount, random: random), to: place)
          try write(RootSlot.retired(), to: place)
          erased += 1
        }
      }
      level = judge()
      return CellAnswer(kind: kind, level: level, erasedSlotCount: erased, proof: .readBack)
    }
  }

  private func judge() -> CellLevel {
    CellLevel.judging(inspect(path), isDirect: file.isDirect, extentsBefore: extentsAtStart)
  }

  private func readSlots() throws(LetheError) -> [RootSlot] {
    var slots: [RootSlot] = []
    for place in 0..<RootSlot.count { slots.append(try RootSlot(read(place))) }
    return slots
  }

  private func read(_ place: Int) throws(LetheError) -> Secret {
    var slot = try Secret(count: RootSlot.byteCount)
    let count = try slot.withMutableBytes { (bytes) throws(LetheError) in
      try file.read(into: &bytes, at: place * RootSlot.byteCount)
    }
    guard count == RootSlot.byteCount else {
      throw LetheError(
        .damage, "\(path.lastPathComponent): the root cell was cut; restore it or recover from other cells",
        place: path.lastPathComponent)
    }
    return slot
  }

  private func write(_ slot: borrowing Secret, to place: Int) throws(LetheError) {
    try slot.withBytes { (bytes) throws(LetheError) in try file.write(bytes, at: place * RootSlot.byteCount) }
    try file.synchronize()
    guard try RootSlot.fingerprint(read(place)) == RootSlot.fingerprint(slot) else {
      throw LetheError(
        .io, "\(path.lastPathComponent): the root cell reads back other bytes than were written; replace its disk",
        place: path.lastPathComponent)
    }
  }
}

extension RootSlot {
  var share: RootShare? {
    switch self {
    case .share(let share): share
    case .torn, .blank: nil
    }
  }

  var pair: RootPair? { share?.pair }
}

extension CellLevel {
  /// What a file cell may promise on what lies beneath it; what is not known for sure is L0.
  static func judging(
    _ facts: VolumeFacts?, isDirect: Bool, extentsBefore: [VolumeFacts.Extent]?
  ) -> CellLevel {
    guard let facts else { return CellLevel(.l0, "what lies beneath the file could not be asked") }
    guard facts.fileSystem == "ext4" || facts.fileSystem == "xfs" else {
      return CellLevel(.l0, "the file system (\(facts.fileSystem)) is not known to overwrite in place")
    }
    guard isDirect else { return CellLevel(.l0, "the file system does not let writes pass its caches (O_DIRECT)") }
    switch facts.dataJournal {
    case .none: break
    case .journaled: return CellLevel(.l0, "the file system copies data to its journal")
    case .unknown: return CellLevel(.l0, "whether the file system copies data to its journal is not known")
    }
    switch facts.medium {
    case .rotational, .persistentMemory: break
    case .solidState: return CellLevel(.l0, "a solid-state disk writes elsewhere than where it is told to")
    case .virtual: return CellLevel(.l0, "the disk is virtual; what its host keeps of old blocks is not known")
    case .unknown: return CellLevel(.l0, "the kind of disk is not known")
    }
    guard let extents = facts.extents, extents.allSatisfy(\.isPlain) else {
      return CellLevel(.l0, "where the file lies on its disk is not known")
    }
    if extents.contains(where: \.isShared) { return CellLevel(.l0, "the file's blocks are shared with a snapshot") }
    guard extents == extentsBefore else { return CellLevel(.l0, "the file moved on its disk while it was open") }
    return CellLevel(.l1, "overwritten in place on a checked local disk")
  }
}
