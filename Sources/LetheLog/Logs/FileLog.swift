internal import LetheCrypto
public import LetheSystem
internal import Synchronization

/// The log in files of a directory: segments, their indexes, and the tree's tiles; `LogLayout` says which.
///
/// An append writes its group into the open segment, behind what is there, and syncs that once. A segment that another
/// follows is sealed: its index is written, and it is never written again. Tiles, indexes and the zeros of the next segment
/// are made by a workshop beside the appends. In memory are the index of the open segment, of each sealed one a filter and
/// little more than eight pages, and a quarter of a byte a record of the tree.
public final class FileLog: RecordLog {
  public let storeID: [UInt8]
  public let noting: any RecordNoting
  /// What was found and mended when the log was opened.
  public let recovery: LogRecovery
  /// The newest run that was known when the log was opened; 0 if none was, or nobody asked the seals.
  package let newestRun: UInt64
  /// Whether the last group was written in that run. If not, a crash may have taken the first group of
  /// that run.
  package let endsInNewestRun: Bool

  let directory: String
  let files: any FileSystem
  let options: LogOptions
  let segments: SegmentFiles
  let entries: LeafEntries
  let tiles: TileFiles
  let workshop: any Workshop
  let view: Monitor<View>
  private let writer: Mutex<Writer>
  /// Why the workshop could not do something.
  let failure = Mutex<LetheError?>(nil)
  private let spare = Mutex(Spare.none)
  /// What segments' modification times were set to, by the segments' first positions.
  let times = SegmentTimes()
  /// The count, for those who wait for more.
  let growth: Growth
  /// Nil if nobody asked the seals.
  let sealing: (any GroupSealing)?

  /// What is durable; under its lock no I/O is done.
  struct View: Sendable {
    /// In order; the open one follows.
    var closed: [ClosedSegment]
    var open: OpenSegment
    var tree: MerkleTree

    var count: UInt64 { open.endPosition }
  }

  enum Writer {
    case ready(Desk)
    case readOnly
    case stopped(LetheError?)
  }

  /// What appending needs.
  struct Desk {
    let sealing: any GroupSealing
    var buffer = ByteWriter()
    /// The number of this opening and its origin, once a group was appended.
    var run: RunBeginning?
    /// The tree's root, if it is known.
    var root: Digest?
  }

  /// The segment that is made ahead.
  private enum Spare {
    case none, inMaking, ready
    /// It could not be made; the next segment's may be.
    case failed
  }

  /// The most bytes that one group may have: an index counts a segment's bytes in 32 bits.
  static let groupByteLimit = 2 << 30
  /// Bytes from which on it is worth telling the disk of them before they are waited for.
  private static let earlyByteCount = 128 << 10
  /// Segments that may wait to be sealed; then appends wait.
  private static let frozenLimit = 4

  init(
    _ directory: String, _ files: any FileSystem, storeID: [UInt8], noting: any RecordNoting, _ options: LogOptions,
    view: consuming sending View, entries: LeafEntries, tiles: TileFiles, workshop: any Workshop,
    sealing: (any GroupSealing)?, access: LogAccess, recovery: LogRecovery, newestRun: UInt64, endsInNewestRun: Bool
  ) {
    self.directory = directory
    self.files = files
    self.storeID = storeID
    self.noting = noting
    self.options = options
    self.recovery = recovery
    self.entries = entries
    self.tiles = tiles
    self.workshop = workshop
    growth = Growth(view.count)
    self.view = Monitor(view)
    segments = SegmentFiles(directory: directory, files: files)
    (self.newestRun, self.endsInNewestRun) = (newestRun, endsInNewestRun)
    self.sealing = sealing
    let desk = access == .write ? sealing.map { Desk(sealing: $0) } : nil
    writer = Mutex(desk.map { .ready($0) } ?? .readOnly)
  }

  public var count: UInt64 { view.withLock { $0.count } }

  // MARK: Append

  public func append(_ group: [PreparedRecords]) throws(LetheError) -> Range<UInt64> {
    guard group.endsBatch else { throw .openBatch }
    let byteCount = group.byteCount + (group.byteCount > 0 ? SealFrame.frameByteCount : 0)
    guard byteCount <= Self.groupByteLimit else {
      throw LetheError(.input, "a group is longer than \(Self.groupByteLimit) bytes; append it in parts")
    }
    return try writer.withLock { (writer) throws(LetheError) in
      var desk: Desk
      switch writer {
      case .ready(let ready): desk = ready
      case .readOnly: throw LetheError(.refused, "the log was opened for reading only; open it for writing to append")
      case .stopped(let cause):
        throw LetheError(
          .io, "a write to the log failed, so it takes no more; see to its disk and start again",
          place: cause?.place, cause: cause?.cause)
      }
      // What is on disk after a failure is unknown, and a second sync would not tell: only a new opening does.
      writer = .stopped(nil)
      do throws(LetheError) {
        if let failed = failure.withLock({ $0 }) { throw failed }
        let range = try write(group, byteCount, &desk)
        writer = .ready(desk)
        growth.note(range.upperBound)
        return range
      } catch {
        writer = .stopped(error)
        throw error
      }
    }
  }

  private func write(
    _ group: [PreparedRecords], _ byteCount: Int, _ desk: inout Desk
  ) throws(LetheError) -> Range<UInt64> {
    let start = count
    guard byteCount > 0 else { return start..<start }
    let run = try run(&desk)
    try makeRoom(for: byteCount)
    var (file, end, grown) = view.withLock { ($0.open.file, $0.open.end, $0.tree.growth) }
    let rootBefore = desk.root ?? grown.root
    for records in group { grown.append(leafHashes: records.marks.lazy.map(\.leafHash)) }
    let rootAfter = grown.root
    desk.buffer.removeAll()
    for records in group { records.putFrames(group: start, to: &desk.buffer) }
    let seal = GroupSeal(
      origin: run.origin, run: run.run, first: start, end: start + UInt64(group.reduce(0) { $0 + $1.count }),
      durable: start, rootBefore: rootBefore, rootAfter: rootAfter)
    SealFrame.append(seal, desk.sealing, to: &desk.buffer)
    try file.write(desk.buffer.bytes.span, at: end)
    // Of much the disk begins with before it is waited for.
    if byteCount >= Self.earlyByteCount { file.beginWriting(end..<end + byteCount) }
    try file.synchronize()
    desk.root = rootAfter
    let hasFullBundle = view.withLock { view in
      for records in group {
        for mark in records.marks {
          view.open.index.append(mark.header, mark.note, tag: mark.tag, offset: view.open.end)
          view.open.end += Frame.headByteCount + mark.range.count
        }
      }
      view.open.end += SealFrame.frameByteCount
      view.tree.grow(by: grown)
      // Under the lock: whoever sees the count finds the entries.
      return entries.append(group.lazy.flatMap { $0.marks.lazy.map(\.leafEntry) })
    }
    if hasFullBundle { give { (log) throws(LetheError) in try log.entries.writeFullBundles(log.subtreeRoots) } }
    if end + byteCount > options.segmentByteCount / 2 { makeSpare() }
    return start..<count
  }

  /// The number of this opening. Before its first group, all that is there must be signed: afterwards no group of another
  /// run counts any more.
  private func run(_ desk: inout Desk) throws(LetheError) -> RunBeginning {
    if let run = desk.run { return run }
    let run = try desk.sealing.beginRun(in: self, after: newestRun)
    desk.run = run
    return run
  }

  /// Sees to it that as many bytes of zeros follow the open segment's last frame; closes it if they do not fit.
  ///
  /// The first segment, and one that a crash cut, grow as they are written, and the sync behind each step has zeros and
  /// metadata to wait for too. So such a one is left for the segment that was made ahead, instead of growing again.
  private func makeRoom(for byteCount: Int) throws(LetheError) {
    let (end, zeroed, count) = view.withLock { ($0.open.end, $0.open.zeroedEnd, $0.open.index.count) }
    let isFull = end + byteCount > options.segmentByteCount
    let isLeft =
      end + byteCount > zeroed && zeroed > options.growingByteLimit && spare.withLock { $0 == .ready }
    if count > 0, isFull || isLeft { try beginSegment() }
    let (file, zeroedEnd, needed) = view.withLock { ($0.open.file, $0.open.zeroedEnd, $0.open.end + byteCount) }
    guard needed > zeroedEnd else { return }
    // In steps as large as the segment is, up to 8 MiB, so that a small store's stays small; below the limit it has no
    // spare made either.
    let step = max(options.growthByteCount, min(zeroedEnd, 8 << 20))
    let grown = max(needed, min(zeroedEnd + step, max(options.segmentByteCount, needed)))
    try Zeros.write(to: file, zeroedEnd..<grown)
    view.withLock { $0.open.zeroedEnd = grown }
    if grown > options.growingByteLimit { makeSpare() }
  }

  // MARK: Segments

  /// Closes the open segment and begins the next; what is durable of the next is its head and its name.
  private func beginSegment() throws(LetheError) {
    if view.withLock({ $0.closed.count(where: \.isFrozen) }) >= Self.frozenLimit {
      workshop.finish()
      if let failed = failure.withLock({ $0 }) { throw failed }
    }
    let first = count
    let path = "\(directory)/\(LogLayout.segment(first))"
    let hasSpare = spare.withLock { spare in
      defer { if spare != .inMaking { spare = .none } }
      return spare == .ready
    }
    if hasSpare { try files.rename("\(directory)/\(LogLayout.spare)", to: path) }
    let file = try files.open(path, hasSpare ? .update : .createNew, as: .segment)
    // Before the one before is given back, so that at no time somebody else could go on behind either.
    try lock(file)
    times.note(first, hasSpare ? try file.facts().modified : nil)
    try LogFileHeader(kind: .segment, storeID: storeID, firstPosition: first).write(to: file)
    try file.synchronize()
    try files.synchronizeDirectory(directory)
    let former = view.withLock { $0.open.file }
    defer { unlock(former) }
    let segment = OpenSegment(
      first: first, file: file, zeroedEnd: hasSpare ? options.segmentByteCount : LogFileHeader.byteCount)
    let tail = try entries.entries(first / LogLayout.tileWidth * LogLayout.tileWidth..<first, subtreeRoots)
    let frozen = view.withLock { view in
      let ending = SegmentIndex.Ending(end: view.open.end, rootHash: view.tree.root, tailEntries: tail)
      let frozen = FrozenSegment(first: view.open.first, index: view.open.index, ending: ending)
      view.closed.append(.frozen(frozen))
      view.open = segment
      return frozen
    }
    give { (log) throws(LetheError) in try log.seal(frozen) }
  }

  /// Makes durable the index of a segment that another follows; then nothing of it is needed in memory.
  func seal(_ segment: FrozenSegment) throws(LetheError) {
    try entries.writeFullBundles(subtreeRoots)
    let path = "\(directory)/\(LogLayout.segment(segment.first))"
    try files.protect(path)
    times.settle(segment.first, path, files)
    // Only what is durable may be left to the index: the next opening does not look at the segment any more.
    try files.synchronizeAll(in: directory)
    let name = LogLayout.index(segment.first)
    let bytes = SegmentIndex.encode(
      segment.index, first: segment.first, segment.ending, storeID: storeID, sealing: sealing)
    try files.replace("\(directory)/\(name)", with: bytes)
    let index = try SegmentIndex(
      files.open("\(directory)/\(name)", .read, as: .index), name: name, first: segment.first, storeID: storeID,
      sealing: sealing)
    view.withLock { view in
      guard let place = view.closed.firstIndex(where: { $0.first == segment.first }) else { return }
      view.closed[place] = .sealed(index)
    }
  }

  /// Has the next segment made ahead, once; one that a process before left is taken if it is what it should be.
  private func makeSpare() {
    let isWanted = spare.withLock { spare in
      defer { if spare == .none { spare = .inMaking } }
      return spare == .none
    }
    guard isWanted else { return }
    give { (log) throws(LetheError) in
      do throws(LetheError) {
        if try !log.hasSoundSpare { try log.writeSpare() }
        log.spare.withLock { $0 = .ready }
      } catch {
        // Without one the next segment grows as it is written. On a full disk it needs the room.
        try? log.files.remove("\(log.directory)/\(LogLayout.spareInMaking)")
        log.spare.withLock { $0 = .failed }
      }
    }
  }

  private var hasSoundSpare: Bool {
    get throws(LetheError) {
      let path = "\(directory)/\(LogLayout.spare)"
      guard try files.entry(at: path) == .file(byteCount: options.segmentByteCount) else { return false }
      return try SegmentTail.contentEnd(
        in: files.open(path, .read, as: .segment), from: 0, to: options.segmentByteCount)
        == 0
    }
  }

  private func writeSpare() throws(LetheError) {
    let path = "\(directory)/\(LogLayout.spareInMaking)"
    let file = try files.open(path, .create, as: .segment)
    try Zeros.write(to: file, 0..<options.segmentByteCount)
    try file.truncate(to: options.segmentByteCount)
    file.tryToCoarsenTime(after: nil)
    try file.synchronize()
    try files.rename(path, to: "\(directory)/\(LogLayout.spare)")
  }

  /// Has the workshop do something; if it cannot, the next append says so.
  func give(_ job: @escaping @Sendable (FileLog) throws(LetheError) -> Void) {
    workshop.give { [weak self] in
      guard let self else { return }
      do throws(LetheError) { try job(self) } catch { failure.withLock { $0 = $0 ?? error } }
    }
  }

  var subtreeRoots: LeafEntries.SubtreeRoots {
    { [unowned self] height, numbers in view.withLock { $0.tree.subtreeRoots(height: height, numbers) } }
  }

  /// Waits until all that the workshop was given is done.
  ///
  /// - Throws: what it could not do.
  public func finish() throws(LetheError) {
    workshop.finish()
    if let failed = failure.withLock({ $0 }) { throw failed }
  }

  // MARK: Publishing

  /// Writes the tiles that a tree of a size has, so that a checkpoint of that size can be published. They are durable no
  /// sooner than anything else that waits for the disk: what a crash takes of them is made again.
  ///
  /// - Throws: `input` if there are not as many records; `io`.
  public func publish(size: UInt64) throws(LetheError) {
    let count = count
    guard size <= count else { throw .notWhole(count) }
    try entries.writeFullBundles(subtreeRoots)
    try entries.writePartial(of: size, subtreeRoots)
    coarsenTimes()
  }
}

extension ClosedSegment {
  fileprivate var isFrozen: Bool {
    switch self {
    case .frozen: true
    case .sealed: false
    }
  }
}
