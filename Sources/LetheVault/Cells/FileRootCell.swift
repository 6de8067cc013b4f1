internal import LetheCrypto
package import LetheSystem
internal import Synchronization

/// A root cell in one file of 8 KiB that is overwritten in place, past the caches (`O_DIRECT|O_DSYNC`).
///
/// Writing a new file and renaming it would leave the old secret behind. The file's format stands at `RootSlot`; what
/// the medium beneath allows to promise, `CellLevel.judging` says. Its shares may be sealed (`CellSeal`): labels are read
/// and slots erased without the key all the same.
package final class FileRootCell: RootCell {
  /// Whether the file may be made.
  package enum Access: Sendable {
    /// Makes the file if it is not there; what is there stays.
    case create
    case open
    /// A copy that is only looked at, to whomever it belongs.
    case copy
  }

  private let path: String
  /// What must be true of the file.
  private let fileClass: FileClass
  private let files: any FileSystem
  private let random: any RandomSource
  private let inspect: @Sendable (String) -> VolumeFacts?
  /// Held through every use of the file.
  private let observed: Mutex<Observed>

  private struct Observed {
    /// Nil until the file was first opened.
    var level: CellLevel?
    /// Where the file lay when it was first opened.
    var extents: [VolumeFacts.Extent]?
    var keys: CellKeys
    /// Whether others are kept from the cell while it is used.
    var holding = Holding.free
  }

  private enum Holding {
    case free
    case wanted
    /// The file that is locked; closing it gives it back.
    case held(any File)
  }

  /// A file that is not there yet, or not any more, is no error here but at every use: it may come with its disk.
  ///
  /// - Parameters:
  ///   - seal: nil for a cell that is not sealed.
  ///   - keys: the folder whose owner owns the cell; nil for the cell's own.
  ///   - inspect: tells what lies beneath the path; nil is unknown.
  /// - Throws: `io` or `damage` if the file cannot be made.
  package init(
    path: String, _ access: Access, sealedBy seal: CellSeal? = nil, of keys: String? = nil,
    in files: some FileSystem = LocalFileSystem(),
    random: some RandomSource, inspect: @escaping @Sendable (String) -> VolumeFacts? = FileRootCell.facts
  ) throws(LetheError) {
    switch access {
    case .copy: fileClass = .plain
    case .create, .open: fileClass = .rootCell(of: keys ?? path.parentPath)
    }
    if access == .create { try Self.makeFile(path, fileClass, files) }
    self.path = path
    self.files = files
    self.random = random
    self.inspect = inspect
    observed = Mutex(Observed(keys: CellKeys(seal)))
  }

  /// Opens the file anew for each use, so that a file that was moved away or replaced is never taken for the cell.
  ///
  /// - Parameter mode: `.direct` or `.directRead`.
  private func open(_ mode: OpenMode, _ observed: inout Observed) throws(LetheError) -> any File {
    guard try files.facts(of: path, .refused) != nil else {
      throw LetheError(
        .io, "\(path.lastPathComponent): the root cell's file is not there; mount its disk or bring the file back",
        place: path.lastPathComponent)
    }
    let file = try files.open(path, mode, as: fileClass)
    guard try file.size() == RootSlot.count * RootSlot.byteCount else {
      throw LetheError(
        .damage, "\(path.lastPathComponent): a root cell has 8,192 bytes; check that this file is one",
        place: path.lastPathComponent)
    }
    if observed.level == nil { judge(file, &observed) }
    return file
  }

  private func judge(_ file: any File, _ observed: inout Observed) {
    let facts = inspect(path)
    if observed.level == nil { observed.extents = facts?.extents }
    observed.level = .judging(facts, isDirect: file.isDirect, extentsBefore: observed.extents)
  }

  /// Keeps others from the cell from its next use on, until `release`: two homes whose keys are copies of one another must
  /// not share it.
  ///
  /// - Throws: `locked`; a cell that is away is no error.
  package func hold(waiting patience: Duration) throws(LetheError) {
    try observed.withLock { (observed) throws(LetheError) in
      observed.holding = .wanted
      let file: any File
      do throws(LetheError) { file = try open(.directRead, &observed) } catch { return }
      try take(file, waiting: patience, &observed)
    }
  }

  /// Gives the cell back to others.
  package func release() {
    observed.withLock { observed in
      if case .held(let file) = observed.holding { file.unlock() }
      observed.holding = .free
    }
  }

  private func take(
    _ file: any File, waiting patience: Duration, _ observed: inout Observed
  ) throws(LetheError) {
    do throws(LetheError) { try file.lock(waiting: patience) } catch {
      guard error.code == .locked else { throw error }
      throw LetheError(
        .locked,
        "another process uses a root cell of this home; wait for it to end or stop it, and keep one Keys/ for one cell",
        place: path.lastPathComponent)
    }
    observed.holding = .held(file)
  }

  /// Takes a cell that was away when the others were taken.
  private func takeIfWanted(_ file: any File, _ observed: inout Observed) throws(LetheError) {
    switch observed.holding {
    case .free, .held: return
    case .wanted: try take(file, waiting: .zero, &observed)
    }
  }

  /// Real zeros, not a hole, so that the slots have their places before a secret comes. A file that a crash left
  /// unfinished holds nothing but zeros and is made again. What somebody else laid there is refused: that one could read
  /// the secret.
  private static func makeFile(
    _ path: String, _ fileClass: FileClass, _ files: some FileSystem
  ) throws(LetheError) {
    let byteCount = RootSlot.count * RootSlot.byteCount
    let file = try files.open(path, .create, as: fileClass)
    let size = try file.size()
    guard size < byteCount, try file.read(count: size, at: 0).allSatisfy({ $0 == 0 }) else { return }
    let zeros = [UInt8](repeating: 0, count: byteCount)
    try zeros.withByteSpan { (bytes) throws(LetheError) in try file.write(bytes, at: 0) }
    file.tryToCoarsenTime(after: nil)
    try file.synchronize()
    try files.synchronizeDirectory(path.parentPath)
  }

  /// What the kernel tells of a file.
  package static let facts: @Sendable (String) -> VolumeFacts? = { path in
    do { return try VolumeFacts(of: path) } catch { return nil }
  }

  package var kind: String { "file" }

  package var level: CellLevel {
    observed.withLock { observed in
      do throws(LetheError) { if observed.level == nil { _ = try open(.directRead, &observed) } } catch {
        return CellLevel(.l0, "the cell cannot be reached")
      }
      return observed.level ?? CellLevel(.l0, "the cell cannot be reached")
    }
  }

  package func stage(_ share: RootShare, besides current: RootPair?) throws(LetheError) {
    try observed.withLock { (observed) throws(LetheError) in
      let file = try open(.direct, &observed)
      try takeIfWanted(file, &observed)
      let slots = try readSlots(file)
      // What is sealed by another passphrase is seen before a share is lost to a wrong one.
      for case .sealed(let sealed) in slots { _ = try observed.keys.open(sealed) }
      let kept = current.flatMap { current in slots.firstIndex { $0.pair == current } }
      guard let place = slots.indices.first(where: { kept == nil ? slots[$0].pair == nil : $0 != kept }) else {
        throw LetheError.cellIsFull
      }
      try write(observed.keys.encode(share, random), to: place, file)
    }
  }

  package func readAll() throws(LetheError) -> [RootShare] {
    try observed.withLock { (observed) throws(LetheError) in
      var shares: [RootShare] = []
      for slot in try readSlots(open(.directRead, &observed)) {
        switch slot {
        case .share(let share): shares.append(share)
        case .sealed(let share): shares.append(try observed.keys.open(share))
        case .torn, .blank: continue
        }
      }
      return shares
    }
  }

  package func labels() throws(LetheError) -> [ShareLabel] {
    try observed.withLock { (observed) throws(LetheError) in
      try readSlots(open(.directRead, &observed)).compactMap(\.label)
    }
  }

  package func retire(allBut pair: RootPair?) throws(LetheError) -> CellAnswer {
    try observed.withLock { (observed) throws(LetheError) in
      let file = try open(.direct, &observed)
      try takeIfWanted(file, &observed)
      let slots = try readSlots(file)
      guard pair == nil || slots.contains(where: { $0.pair == pair }) else { throw LetheError.rootToKeepIsMissing }
      var erased = 0
      for (place, slot) in slots.enumerated() {
        switch slot {
        case .blank: continue
        case .share, .sealed:
          if slot.pair == pair { continue }
          fallthrough
        case .torn:
          try write(Secret(count: RootSlot.byteCount, random: random), to: place, file)
          try write(RootSlot.retired(), to: place, file)
          erased += 1
        }
      }
      if erased > 0 { judge(file, &observed) }
      let level = observed.level ?? CellLevel(.l0, "the cell cannot be reached")
      return CellAnswer(kind: kind, level: level, erasedSlotCount: erased, proof: .readBack)
    }
  }

  private func readSlots(_ file: any File) throws(LetheError) -> [RootSlot] {
    // At once: each look past the caches waits for the medium.
    let bytes = try read(slots: RootSlot.count, from: 0, file)
    var slots: [RootSlot] = []
    for place in 0..<RootSlot.count {
      let slot = try bytes.withBytes { (bytes) throws(LetheError) in
        try Secret(copying: bytes.extracting(place * RootSlot.byteCount..<(place + 1) * RootSlot.byteCount))
      }
      slots.append(try RootSlot(slot))
    }
    return slots
  }

  private func read(slots count: Int, from place: Int, _ file: any File) throws(LetheError) -> Secret {
    var slots = try Secret(count: count * RootSlot.byteCount)
    let read = try slots.withMutableBytes { (bytes) throws(LetheError) in
      try file.read(into: &bytes, at: place * RootSlot.byteCount)
    }
    guard read == count * RootSlot.byteCount else {
      throw LetheError(
        .damage, "\(path.lastPathComponent): the root cell was cut; check its disk, or replace the cell",
        place: path.lastPathComponent)
    }
    return slots
  }

  private func write(_ slot: borrowing Secret, to place: Int, _ file: any File) throws(LetheError) {
    let previous = try file.facts().modified
    // Durable at return, also where the caches are not passed by: the file is open with `O_DSYNC`.
    try slot.withBytes { (bytes) throws(LetheError) in try file.write(bytes, at: place * RootSlot.byteCount) }
    file.tryToCoarsenTime(after: previous)
    guard try RootSlot.fingerprint(read(slots: 1, from: place, file)) == RootSlot.fingerprint(slot) else {
      throw LetheError(
        .io, "\(path.lastPathComponent): the root cell reads back other bytes than were written; replace its disk",
        place: path.lastPathComponent)
    }
  }
}

extension RootSlot {
  var label: ShareLabel? {
    switch self {
    case .share(let share): share.label
    case .sealed(let share): share.label
    case .torn, .blank: nil
    }
  }

  var pair: RootPair? { label?.pair }
}

extension FileClass {
  /// A cell's file, which belongs to the owner of a folder.
  static func rootCell(of keys: String) -> FileClass {
    .secret("a root cell", ownedLike: keys)
  }
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
