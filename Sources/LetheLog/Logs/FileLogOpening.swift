internal import LetheCrypto
internal import LetheSystem

/// One opening of a log: what its segments, indexes and tiles hold, and what is to be mended of them.
struct FileLogOpening {
  let directory: String
  let files: any FileSystem
  let storeID: [UInt8]
  let checkpoint: Checkpoint?
  let belief: LogBelief
  let access: LogAccess
  let locking: LogOptions.Locking
  let noting: any RecordNoting
  let tiles: TileFiles

  /// All segments that are read, in order.
  private var segments: [(first: UInt64, file: any File)] = []
  /// Segments that others follow.
  private(set) var found: [FoundSegment] = []
  private(set) var last: SegmentScan?
  /// What lies in the last segment, if seals were asked what counts of it.
  private var lastExtent: EndScan.Segment?
  /// When the last segment was changed before it was opened here.
  private(set) var modified: FileTime?
  private(set) var recovery = LogRecovery()
  /// The newest run that is known; 0 if none is.
  private(set) var newestRun: UInt64 = 0
  /// Whether the last group is one of it.
  private(set) var endsInNewestRun = false

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
    _ directory: String, _ files: any FileSystem, _ storeID: [UInt8], _ checkpoint: Checkpoint?, _ belief: LogBelief,
    _ access: LogAccess, _ locking: LogOptions.Locking, _ noting: any RecordNoting
  ) {
    self.directory = directory
    self.files = files
    self.storeID = storeID
    self.checkpoint = checkpoint
    self.belief = belief
    self.access = access
    self.locking = locking
    self.noting = noting
    tiles = TileFiles(directory: directory, files: files)
    entries = LeafEntries(tiles, from: 0)
  }

  var count: UInt64 { last?.endPosition ?? 0 }
  var lastFile: (any File)? { segments.last?.file }

  // MARK: Segments

  /// Reads what there is. Nothing is changed, but for tiles that had to be made again.
  mutating func read() throws(LetheError) {
    let firsts = try findSegments()
    for (place, first) in firsts.enumerated() {
      try openSegment(first, isLast: place == firsts.count - 1)
    }
    // A segment behind which a covered one begins is covered.
    let covered =
      belief.sealing == nil
      ? segments.count - 1 : segments.lastIndex { $0.first <= checkpoint?.size ?? 0 } ?? segments.count - 1
    for (place, segment) in segments[..<covered].enumerated() {
      let next = segments[place + 1].first
      if let index = try index(of: segment.first, before: next), index.end <= (try segment.file.size()) {
        found.append(.sealed(index))
      } else {
        found.append(
          .scanned(try SegmentScan(whole: segment.file, first: segment.first, before: next, noting: noting)))
      }
    }
    try readTree()
    if let sealing = belief.sealing {
      try judge(segments[covered...], sealing)
    } else if let segment = segments.last {
      let scan = try SegmentScan(segment.file, first: segment.first, upTo: belief.limit, noting: noting)
      add(scan.entries)
      last = scan
      try countNotChecked(behind: scan, in: segment.file)
    }
  }

  private mutating func openSegment(_ first: UInt64, isLast: Bool) throws(LetheError) {
    let file = try files.open(
      "\(directory)/\(LogLayout.segment(first))", isLast && access == .write ? .update : .read, as: .segment)
    if isLast, access == .write {
      switch locking {
      case .none: break
      case .activeSegment(let patience): try file.lock(waiting: patience)
      }
      modified = try file.facts().modified
    }
    try checkHead(of: file, first, isLast: isLast)
    segments.append((first, file))
  }

  /// Counts the whole records behind what is believed without a key. What they say is not looked at.
  private mutating func countNotChecked(behind scan: SegmentScan, in file: any File) throws(LetheError) {
    guard case .upTo = belief else { return }
    var (file, offset, end) = (file, scan.end, scan.endPosition)
    while true {
      var reader = FrameReader(file, from: offset, to: try file.size())
      var count: UInt64 = 0
      while case .frame = try reader.nextRecord() { count += 1 }
      recovery.recordsNotChecked += count
      end += count
      let path = "\(directory)/\(LogLayout.segment(end))"
      guard count > 0, files.exists(path) else { return }
      (file, offset) = (try files.open(path, .read, as: .segment), LogFileHeader.byteCount)
    }
  }

  /// Asks the seals what counts of segments that a checkpoint does not cover, or not all of.
  private mutating func judge(
    _ segments: ArraySlice<(first: UInt64, file: any File)>, _ sealing: any GroupSealing
  ) throws(LetheError) {
    let origin = SHA256.hash(Array(sealing.origin.utf8))
    var counted: (origin: Digest, run: UInt64)?
    switch sealing.countedRuns {
    case .only(let run): counted = (origin, run)
    case .highest:
      var highest: UInt64 = 0
      for segment in segments {
        highest = max(highest, try EndScan.highestRun(in: segment.file, of: origin, sealing) ?? 0)
      }
      counted = (origin, highest)
    case .all: break
    }
    var end = EndScan(sealing, checkpoint, counting: counted, from: tree, noting)
    for (place, segment) in segments.enumerated() {
      let read = try end.read(segment.file, first: segment.first)
      let next = segments.index(segments.startIndex, offsetBy: place + 1)
      guard next < segments.endIndex else {
        lastExtent = read
        last = read.scan
        break
      }
      // Segments behind it say that it was whole.
      guard read.scan.endPosition == segments[next].first, !read.isScattered, read.contentEnd <= read.scan.end else {
        try demandSound(end.judge, read.scan)
        let fault = read.scan.firstBreak ?? (read.scan.endPosition, read.scan.end)
        throw .damaged(at: fault.position, in: segment.first, offset: fault.offset, "its frame is broken")
      }
      add(read.scan.entries)
      // An index that a crash left may be there without a checkpoint that covers its segment. It has the tags.
      if let index = try index(of: segment.first, before: segments[next].first), index.end == read.scan.end,
        index.rootHash == tree.root
      {
        closed.append(.sealed(index))
      } else {
        closed.append(
          .frozen(FrozenSegment(first: segment.first, index: read.scan.index, ending: try ending(of: read.scan))))
      }
    }
    guard let last else { return }
    try demandSound(end.judge, last)
    guard sealing.hasNewestCheckpoint || !end.hasOtherRunsNext else { throw .checkpointIsNotTheNewest }
    add(last.entries)
    recovery = end.recovery
    recovery.bytesCut = unbelieved.reduce(0) { $0 + $1.count }
    newestRun = max(counted?.run ?? 0, end.lastRun ?? 0)
    endsInNewestRun = end.lastRun == newestRun
  }

  /// - Throws: `damage` if records are missing that were durable.
  private func demandSound(_ judge: LogEnd, _ scan: SegmentScan) throws(LetheError) {
    let place = scan.firstBreak ?? (scan.endPosition, scan.end)
    if case .damaged = judge.verdict, let checkpoint, judge.believed.end < checkpoint.size,
      let differing = firstDiffering(before: checkpoint.size)
    {
      throw differing
    }
    switch judge.verdict {
    case .whole, .torn, .foreign: return
    case .damaged(.durableGroupIsMissing):
      throw .damaged(
        at: place.position, in: scan.segment, offset: place.offset,
        "its frame is broken, and the store wrote more behind it")
    case .damaged(.rootDiffers):
      throw .damaged(
        at: scan.endPosition, in: scan.segment, offset: scan.end, "its group goes on from other records than these")
    case .damaged(.signedRecordsAreMissing), .damaged(.signedRootDiffers):
      // `check` tells what differs.
      return
    }
  }

  /// Where in the last segment something lies that does not count, in order.
  private var unbelieved: [Range<Int>] {
    guard let lastExtent else { return [] }
    var ranges: [Range<Int>] = []
    var end = LogFileHeader.byteCount
    for believed in lastExtent.ranges {
      if believed.lowerBound > end { ranges.append(end..<believed.lowerBound) }
      end = believed.upperBound
    }
    if lastExtent.contentEnd > end { ranges.append(end..<lastExtent.contentEnd) }
    return ranges
  }

  /// Reads a segment that has an index as if it had none.
  func scan(_ index: SegmentIndex) throws(LetheError) -> SegmentScan {
    let file = try files.open("\(directory)/\(LogLayout.segment(index.first))", .read, as: .segment)
    return try SegmentScan(
      whole: file, first: index.first, before: index.first + UInt64(index.count), noting: noting)
  }

  /// Where the segments begin that are to be read, in order. None may be missing whose index tells of it.
  private func findSegments() throws(LetheError) -> [UInt64] {
    let names = try files.contents(of: directory)
    let firsts = names.compactMap { LogLayout.firstPosition(ofSegment: $0) }.sorted()
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
    // Segments behind what is believed are not looked at.
    let limit = belief.limit
    return firsts.filter { $0 == 0 || $0 < limit }
  }

  /// A segment's index; nil if there is none that is of use.
  private func index(of first: UInt64, before next: UInt64) throws(LetheError) -> SegmentIndex? {
    let name = LogLayout.index(first)
    guard files.exists("\(directory)/\(name)") else { return nil }
    do throws(LetheError) {
      let index = try SegmentIndex(
        files.open("\(directory)/\(name)", .read, as: .index), name: name, first: first, storeID: storeID,
        sealing: belief.sealing)
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
      case .header, .newer, .former: break
      }
    }
    // Only behind a migration records are appended, and they stand in a segment of their own.
    let header = try LogFileHeader.load(
      file, as: .segment, name: name, isFormerTaken: !isLast || belief.sealing == nil)
    guard header.storeID == storeID else {
      throw LetheError(
        .input, "the log belongs to another store than the keys; bring together Keys and Log of one home", place: name)
    }
    guard header.firstPosition == first else {
      throw LetheError(
        .damage, "a segment of the log has another one's name; give it its own back", place: name)
    }
  }

  // MARK: Mending

  /// Whether the last segment is to be written anew, since what is not the store's lies within what is.
  var isScattered: Bool { lastExtent?.isScattered ?? false }

  /// Keeps aside what lies in the last segment and is not the store's, and writes the segment anew without it. The log is
  /// to be opened again then.
  func rewrite() throws(LetheError) {
    guard let last, let lastFile, let lastExtent else { return }
    try keepForeign()
    let path = "\(directory)/\(LogLayout.rewritten(last.segment))"
    let file = try files.open(path, .create, as: .segment)
    try file.truncate(to: 0)
    try LogFileHeader(kind: .segment, storeID: storeID, firstPosition: last.segment).write(to: file)
    var end = LogFileHeader.byteCount
    for range in lastExtent.ranges { try copy(lastFile, range, to: file, at: &end) }
    file.tryToCoarsenTime(after: nil)
    try file.synchronize()
    try files.rename(path, to: "\(directory)/\(LogLayout.segment(last.segment))")
    try files.synchronizeDirectory(directory)
  }

  private func copy(_ source: any File, _ range: Range<Int>, to file: any File, at end: inout Int) throws(LetheError) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let bytes = try source.read(count: min(FrameReader.chunkByteCount, range.upperBound - offset), at: offset)
      if bytes.isEmpty { break }
      try file.write(bytes.span, at: end)
      offset += bytes.count
      end += bytes.count
    }
  }

  /// Keeps aside what is about to be cut off and is not the store's, as far as there is room for such.
  private func keepForeign() throws(LetheError) {
    guard recovery.foreignGroups > 0 || isScattered, let last, let lastFile else { return }
    try ForeignFrames(directory: directory, files: files).keep(unbelieved, of: lastFile, behind: last.endPosition)
  }

  /// Makes the open segment's end what the scan took it for.
  ///
  /// After a sync that failed, bytes may be in the cache alone, where no later sync finds them; written again they are.
  /// So the last group is written once more, unless a checkpoint says that its sync succeeded.
  mutating func mend() throws(LetheError) {
    guard let scan = last, let file = lastFile else { return }
    try keepForeign()
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
    for case .sealed(let index) in closed { try files.protect("\(directory)/\(LogLayout.segment(index.first))") }
    try files.synchronizeDirectory(directory)
    try files.synchronizeDirectory(directory.parentPath)
    try files.remove("\(directory)/\(LogLayout.spareInMaking)")
    try files.remove("\(directory)/\(LogLayout.rewritten(scan.segment))")
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
