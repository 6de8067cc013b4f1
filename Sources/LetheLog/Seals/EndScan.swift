internal import LetheCrypto
internal import LetheSystem

/// Reads the end of a log, which a checkpoint does not cover or not all of, and decides with the group seals what of it
/// counts. Nothing is changed.
///
/// Behind a break it goes on with the next whole frame that can belong to the log: what an adversary put in does not hide
/// what the store wrote behind it.
struct EndScan {
  private let sealing: any GroupSealing
  private let signed: (size: UInt64, root: Digest)
  private let counted: (origin: Digest, run: UInt64)?
  private let noting: any RecordNoting
  private(set) var judge: LogEnd
  /// Over all that is believed.
  private(set) var tree: MerkleTree
  /// The run of the last group that was read; nil if none was, or its seal is not genuine.
  private(set) var lastRun: UInt64?
  private(set) var recovery = LogRecovery()
  /// Whether a genuine group of another run goes on from what is believed.
  private(set) var hasOtherRunsNext = false
  /// Whole records since the last seal that are of no group that could come next.
  private var skipped = 0

  /// One segment, as far as it is believed.
  struct Segment {
    var scan: SegmentScan
    /// Where what is believed lies, in order and each behind the other.
    var ranges: [Range<Int>]
    /// Where anything at all ends.
    var contentEnd: Int

    /// Whether something else lies between what is believed.
    var isScattered: Bool {
      guard let first = ranges.first else { return false }
      return ranges.count > 1 || first.lowerBound > LogFileHeader.byteCount
    }
  }

  /// - Parameters:
  ///   - checkpoint: the newest; nil if there is none.
  ///   - counted: the only origin and run that count; nil if all do.
  ///   - tree: over all records before the first segment that will be read.
  init(
    _ sealing: any GroupSealing, _ checkpoint: Checkpoint?, counting counted: (origin: Digest, run: UInt64)?,
    from tree: MerkleTree, _ noting: any RecordNoting
  ) {
    self.sealing = sealing
    self.counted = counted
    self.tree = tree
    self.noting = noting
    signed = (checkpoint?.size ?? 0, checkpoint?.rootHash ?? MerkleHash.emptyRoot)
    judge = LogEnd(counting: counted, signed: signed, from: (tree.size, tree.root))
  }

  /// Reads the next segment.
  ///
  /// - Throws: `damage`, `format`, `io`.
  mutating func read(_ file: any File, first: UInt64) throws(LetheError) -> Segment {
    let size = try file.size()
    var segment = Segment(scan: SegmentScan(first), ranges: [], contentEnd: LogFileHeader.byteCount)
    segment.contentEnd = try SegmentTail.contentEnd(in: file, from: LogFileHeader.byteCount, to: size)
    try readSigned(file, &segment)
    var reader = FrameReader(file, from: segment.scan.end, to: size)
    var group: [SegmentScan.Found] = []
    while true {
      let offset = reader.offset
      switch try reader.next() {
      case .end:
        take(nil, &group, &segment, offset)
        return segment
      case .bad:
        take(nil, &group, &segment, offset)
        let end = judge.believed.end
        let next = try SegmentTail.firstFrame(in: file, from: offset + 1, to: segment.contentEnd) { kind, group in
          kind == .seal || group == end
        }
        guard let next else { return segment }
        reader = FrameReader(file, from: next, to: size)
      case .frame(let frame):
        switch frame.kind {
        case .record:
          // What is no record of the next group is nothing of the log.
          guard frame.group == judge.believed.end, let record = try? Record(decoding: frame.content) else {
            judge.take(LogEnd.Found(seal: .missing, hasRecords: false))
            segment.scan.noteBreak(at: offset, behind: group.count)
            skipped += group.count + 1
            group.removeAll(keepingCapacity: true)
            continue
          }
          group.append(SegmentScan.Found(record: record, offset: offset))
        case .seal: try take(frame, &group, &segment, endingAt: reader.offset)
        }
      }
    }
  }

  /// What a checkpoint covers need not be held against seals, of which there may be many.
  private mutating func readSigned(_ file: any File, _ segment: inout Segment) throws(LetheError) {
    guard judge.believed.end < signed.size else { return }
    do throws(LetheError) {
      let scan = try SegmentScan(file, first: segment.scan.segment, upTo: signed.size, noting: noting)
      guard scan.endPosition == signed.size else { return }
      var growth = tree.growth
      growth.append(leafHashes: scan.entries.lazy.map { MerkleHash.leaf($0) })
      guard growth.root == signed.root else { return }
      tree.grow(by: growth)
      segment.scan = scan
      lastRun = scan.lastSeal.flatMap { SealFrame.genuine($0, sealing)?.run }
      segment.ranges = [LogFileHeader.byteCount..<scan.end]
      judge = LogEnd(counting: counted, signed: signed, from: (signed.size, signed.root))
    } catch {
      // Then each group is looked at.
      guard error.code == .damage else { throw error }
    }
  }

  /// Takes what lies behind the last seal and has none.
  private mutating func take(
    _ seal: Never?, _ group: inout [SegmentScan.Found], _ segment: inout Segment, _ offset: Int
  ) {
    recovery.recordsCut += UInt64(skipped)
    skipped = 0
    guard !group.isEmpty || segment.contentEnd > offset else { return }
    segment.scan.noteBreak(at: offset, behind: group.count)
    recovery.recordsCut += UInt64(group.count)
    group.removeAll(keepingCapacity: true)
    judge.take(LogEnd.Found(seal: .missing, hasRecords: false))
  }

  /// Takes a group that ends with a seal.
  private mutating func take(
    _ frame: Frame, _ group: inout [SegmentScan.Found], _ segment: inout Segment, endingAt end: Int
  ) throws(LetheError) {
    defer {
      group.removeAll(keepingCapacity: true)
      recovery.recordsCut += UInt64(skipped)
      skipped = 0
    }
    let start = group.first?.offset ?? end - SealFrame.frameByteCount
    guard let seal = SealFrame.genuine(frame, sealing) else {
      judge.take(LogEnd.Found(seal: .forged, hasRecords: false))
      setAside(group.count)
      return
    }
    // Others may have put records before those that the seal names.
    let count = seal.end - seal.first
    var records = group[...]
    var growth = tree.growth
    if seal.first == judge.believed.end, count <= UInt64(group.count) {
      records = group.suffix(Int(count))
      growth.append(leafHashes: records.lazy.map { MerkleHash.leaf($0.record.leafEntry) })
    }
    let isWhole =
      growth.root == seal.rootAfter && records.last?.record.header.flags.contains(.lastOfBatch) ?? false
    let before = judge.believed
    judge.take(LogEnd.Found(seal: .genuine(seal), hasRecords: isWhole))
    guard judge.believed.end > before.end else {
      let isNext = seal.first == before.end && seal.rootBefore == before.root && isWhole
      if isNext, let counted, seal.run != counted.run, seal.origin == counted.origin { hasOtherRunsNext = true }
      segment.scan.noteBreak(at: start)
      if seal.first < before.end || isWhole {
        setAside(group.count)
      } else {
        recovery.recordsCut += UInt64(group.count)
      }
      return
    }
    recovery.recordsCut += UInt64(group.count - records.count)
    let offset = records.first?.offset ?? start
    tree.grow(by: growth)
    segment.scan.noteGroup(frame, at: offset)
    try segment.scan.add(records, noting, end: end)
    if let last = segment.ranges.last, last.upperBound == offset {
      segment.ranges[segment.ranges.count - 1] = last.lowerBound..<end
    } else {
      segment.ranges.append(offset..<end)
    }
    lastRun = seal.run
  }

  private mutating func setAside(_ records: Int) {
    recovery.foreignGroups += 1
    recovery.foreignRecords += UInt64(records + skipped)
    skipped = 0
  }

  // MARK: The run

  /// The highest run that genuine seals of an origin bear in a segment; nil if there are none.
  static func highestRun(
    in file: any File, of origin: Digest, _ sealing: any GroupSealing
  ) throws(LetheError) -> UInt64? {
    let size = try file.size()
    let contentEnd = try SegmentTail.contentEnd(in: file, from: LogFileHeader.byteCount, to: size)
    var reader = FrameReader(file, from: LogFileHeader.byteCount, to: size)
    var highest: UInt64?
    while true {
      let offset = reader.offset
      switch try reader.next() {
      case .end: return highest
      case .bad:
        let next = try SegmentTail.firstFrame(in: file, from: offset + 1, to: contentEnd) { kind, _ in kind == .seal }
        guard let next else { return highest }
        reader = FrameReader(file, from: next, to: size)
      case .frame(let frame):
        guard frame.kind == .seal, let seal = SealFrame.genuine(frame, sealing), seal.origin == origin else {
          continue
        }
        highest = max(highest ?? 0, seal.run)
      }
    }
  }
}
