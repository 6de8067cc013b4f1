internal import LetheCrypto
internal import LetheSystem

/// One opening of a log: what its segments, indexes and tiles hold, and what is to be mended of them.
struct FileLogOpening {
  let directory: String
  let files: any FileSystem
  let storeID: [UInt8]
  let checkpoint: Checkpoint?
  let access: LogAccess
  let locking: LogOptions.Locking
  let noting: any RecordNoting
  let tiles: TileFiles

  /// Where segments begin, in order.
  private var firsts: [UInt64] = []
  /// All segments but the last.
  private(set) var found: [FoundSegment] = []
  private(set) var last: SegmentScan?
  private var lastFile: (any File)?
  /// When the last segment was changed before it was opened here.
  private(set) var modified: FileTime?

  // What `readTree` makes of them.
  var tree = MerkleTree()
  var entries: LeafEntries
  var closed: [ClosedSegment] = []

  /// What is known of a segment that another follows.
  enum FoundSegment {
    /// By its index.
    case sealed(SegmentIndex)
    /// It has no index that is of use.
    case scanned(SegmentScan)

    var isSealed: Bool {
      switch self {
      case .sealed: true
      case .scanned: false
      }
    }
  }

  init(
    _ directory: String, _ files: any FileSystem, _ storeID: [UInt8], _ checkpoint: Checkpoint?, _ access: LogAccess,
    _ locking: LogOptions.Locking, _ noting: any RecordNoting
  ) {
    self.directory = directory
    self.files = files
    self.storeID = storeID
    self.checkpoint = checkpoint
    self.access = access
    self.locking = locking
    self.noting = noting
    tiles = TileFiles(directory: directory, files: files)
    entries = LeafEntries(tiles, from: 0)
  }

  var recovery: LogRecovery { last?.recovery ?? LogRecovery() }
  var count: UInt64 { last?.endPosition ?? 0 }

  // MARK: Segments

  mutating func readSegments() throws(LetheError) {
    try findSegments()
    for (place, first) in firsts.enumerated() {
      let next = place + 1 < firsts.count ? firsts[place + 1] : nil
      let file = try files.open(
        "\(directory)/\(LogLayout.segment(first))", next == nil && access == .write ? .update : .read, as: .segment)
      if next == nil, access == .write {
        switch locking {
        case .none: break
        case .activeSegment(let patience): try file.lock(waiting: patience)
        }
        modified = try file.facts().modified
      }
      try checkHead(of: file, first, isLast: next == nil)
      guard let next else {
        last = try scan(file, first, .last)
        lastFile = file
        return
      }
      if let index = try index(of: first, before: next), index.end <= (try file.size()) {
        found.append(.sealed(index))
      } else {
        found.append(.scanned(try scan(file, first, .before(next))))
      }
    }
  }

  private func scan(_ file: any File, _ first: UInt64, _ place: SegmentScan.Place) throws(LetheError) -> SegmentScan {
    try SegmentScan(file, first: first, place, checkpoint: checkpoint, noting: noting)
  }

  /// Reads a segment that has an index as if it had none.
  func scan(_ index: SegmentIndex) throws(LetheError) -> SegmentScan {
    let file = try files.open("\(directory)/\(LogLayout.segment(index.first))", .read, as: .segment)
    return try scan(file, index.first, .before(index.first + UInt64(index.count)))
  }

  /// Finds the segments' names, and sees to it that none is missing whose index tells of it.
  private mutating func findSegments() throws(LetheError) {
    let names = try files.contents(of: directory)
    firsts = names.compactMap { LogLayout.firstPosition(ofSegment: $0) }.sorted()
    guard let last = firsts.last else {
      throw LetheError(.io, "no finished log is here; make one with `lethe init` or restore it")
    }
    guard firsts.first == 0 else { throw .firstSegmentIsMissing }
    for name in names {
      guard let segment = LogLayout.segment(ofIndex: name) else { continue }
      guard names.contains(segment) else {
        guard segment > LogLayout.segment(last) else {
          throw LetheError(
            .damage,
            "a segment within the log is missing; put it back with `lethe restore` from a backup, or from a copy of Log/",
            place: segment)
        }
        throw LetheError(
          .rolledBack, "a segment of the log is missing whose index is there; bring back the newer log", place: segment)
      }
      // A segment is sealed once the next one is there. A process that appends may have made both since we looked.
      guard segment != LogLayout.segment(last) || access == .read else {
        throw LetheError(
          .rolledBack,
          "the log ends with a segment that another followed; bring back the newer log, or remove this one's index if "
            + "it is all there is", place: segment)
      }
    }
  }

  /// A segment's index; nil if there is none that is of use.
  private func index(of first: UInt64, before next: UInt64) throws(LetheError) -> SegmentIndex? {
    let name = LogLayout.index(first)
    guard files.exists("\(directory)/\(name)") else { return nil }
    do throws(LetheError) {
      let index = try SegmentIndex(
        files.open("\(directory)/\(name)", .read, as: .index), name: name, first: first, storeID: storeID)
      return first + UInt64(index.count) == next ? index : nil
    } catch {
      // It is made again from the segment.
      guard error.code == .damage else { throw error }
      return nil
    }
  }

  private func checkHead(of file: any File, _ first: UInt64, isLast: Bool) throws(LetheError) {
    let name = LogLayout.segment(first)
    if isLast, first > 0 {
      let head = try file.read(count: LogFileHeader.byteCount, at: 0)
      switch try LogFileHeader.read(head, as: .segment, ofFileWith: file.size()) {
      // A head is synced before the first group is written: one that was not written whole has nothing behind it.
      case .unfinished, .damaged, .foreign: if try !SegmentTail.hasContent(file) { return }
      case .header, .newer: break
      }
    }
    try LogFileHeader.check(file, as: .segment, storeID: storeID, name: name)
    guard try LogFileHeader.load(file, as: .segment, name: name).firstPosition == first else {
      throw LetheError(
        .damage, "a segment of the log has another one's name; give it its own back", place: name)
    }
  }

  // MARK: Mending

  /// Makes the open segment's end what the scan took it for.
  ///
  /// After a sync that failed, bytes may be in the cache alone, where no later sync finds them; written again they are.
  /// So the last group is written once more, unless a checkpoint says that its sync succeeded.
  mutating func mend() throws(LetheError) {
    guard let scan = last, let file = lastFile else { return }
    let size = try file.size()
    if scan.index.count == 0 {
      try LogFileHeader(kind: .segment, storeID: storeID, firstPosition: scan.segment).write(to: file)
    }
    // What is cut off must not come back. Zeros over it would not tell the next process that their sync had failed, which
    // would then append before what the disk still has; a file that ends with its last frame tells.
    let contentEnd = try SegmentTail.contentEnd(in: file, from: scan.end, to: size)
    let isCut = size == scan.end || contentEnd > scan.end
    if isCut { try file.truncate(to: scan.end) }
    // Of a segment without records there is the head alone, and no checkpoint tells of that.
    let isConfirmed = scan.index.count > 0 && checkpoint.map { $0.size >= count } ?? false
    if !isConfirmed {
      var offset = scan.lastGroup.offset
      while offset < scan.end {
        let bytes = try file.read(count: min(FrameReader.chunkByteCount, scan.end - offset), at: offset)
        if bytes.isEmpty { break }
        try file.write(bytes.span, at: offset)
        offset += bytes.count
      }
    }
    if !isConfirmed || isCut { try file.synchronize() }
    // A copy that was put back may be writable.
    for case .sealed(let index) in found { try files.protect("\(directory)/\(LogLayout.segment(index.first))") }
    try files.synchronizeDirectory(directory)
    try files.synchronizeDirectory(directory.parentPath)
    try files.remove("\(directory)/\(LogLayout.spareInMaking)")
  }

  /// What readers see.
  var view: FileLog.View {
    get throws(LetheError) {
      guard let last, let lastFile else {
        throw LetheError(.io, "no finished log is here; make one with `lethe init` or restore it")
      }
      let open = OpenSegment(
        first: last.segment, file: lastFile, index: last.index, end: last.end, zeroedEnd: try lastFile.size())
      return FileLog.View(closed: closed, open: open, tree: tree)
    }
  }
}
