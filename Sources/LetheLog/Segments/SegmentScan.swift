internal import LetheCrypto
internal import LetheSystem

/// What the frames of a segment hold, for one that is read without its index.
struct SegmentScan {
  let segment: UInt64
  /// The records in whole batches.
  private(set) var index = ActiveIndex()
  private(set) var entries: [Digest] = []
  /// Where the frames that count end.
  private(set) var end = LogFileHeader.byteCount
  /// The position of the first record of the last group, and where its frame begins.
  private(set) var lastGroup: (position: UInt64, offset: Int)
  /// Where a frame was broken, or a group had no seal, and the position that was to come there; nil if all was whole.
  private(set) var firstBreak: (position: UInt64, offset: Int)?

  /// The frame of the last group's seal, whoever made it.
  private(set) var lastSeal: Frame?

  /// A segment without records.
  init(_ first: UInt64) {
    segment = first
    lastGroup = (first, LogFileHeader.byteCount)
  }

  /// The position behind the last record that counts.
  var endPosition: UInt64 { segment + UInt64(index.count) }

  /// One record, and where its frame begins.
  struct Found {
    let record: Record
    let offset: Int
  }

  /// Takes records that count.
  ///
  /// - Parameter end: where the frames behind them begin.
  mutating func add(_ records: some Collection<Found>, _ noting: any RecordNoting, end: Int) throws(LetheError) {
    for found in records {
      let note = try noting.note(of: found.record)
      index.append(found.record.header, note, tag: 0, offset: found.offset)
      entries.append(found.record.leafEntry)
    }
    self.end = end
  }

  mutating func noteGroup(_ seal: Frame, at offset: Int) { (lastGroup, lastSeal) = ((seal.group, offset), seal) }

  /// - Parameter count: records behind the last that counts that are whole.
  mutating func noteBreak(at offset: Int, behind count: Int = 0) {
    firstBreak = firstBreak ?? (endPosition + UInt64(count), offset)
  }

  /// Decodes a record's frame.
  ///
  /// - Throws: `damage`, `format`.
  static func record(_ frame: Frame, in segment: UInt64, at position: UInt64, offset: Int) throws(LetheError) -> Record
  {
    do throws(LetheError) { return try Record(decoding: frame.content) } catch {
      throw LetheError(
        error.code, error.message, place: "\(LogLayout.segment(segment)), position \(position), byte \(offset)")
    }
  }
}

// MARK: Reading what was believed before

extension SegmentScan {
  /// Reads a segment, all of which must be there: the next one begins at a position.
  ///
  /// - Throws: `damage` with the place; `format`, `io`.
  init(whole file: any File, first: UInt64, before next: UInt64, noting: any RecordNoting) throws(LetheError) {
    self.init(first)
    try read(file, upTo: .max, noting)
    if let firstBreak {
      throw .damaged(at: firstBreak.position, in: segment, offset: firstBreak.offset, "its frame is broken")
    }
    guard endPosition == next else {
      // Whether this one lost its end or the one behind it is gone, nothing here tells.
      throw LetheError(
        .damage,
        "records from position \(endPosition) up to \(next) are missing: \(LogLayout.segment(endPosition)), or the end of "
          + "the segment before it; put both back with `lethe restore` from a backup, or from a copy of Log/",
        place: LogLayout.segment(segment))
    }
  }

  /// Reads the records of a segment that lie before a position, as far as they are whole.
  ///
  /// - Parameter limit: the highest number for as many as there are.
  /// - Throws: `damage` for whole frames that are no records or in no order, if there is a limit; `format`, `io`.
  init(_ file: any File, first: UInt64, upTo limit: UInt64, noting: any RecordNoting) throws(LetheError) {
    self.init(first)
    do throws(LetheError) { try read(file, upTo: limit, noting) } catch {
      // Where nobody vouches for the end, it is left out.
      guard limit == .max, error.code == .damage else { throw error }
      noteBreak(at: end)
    }
  }

  /// Who vouches for the records is not asked here: a checkpoint, or nobody.
  private mutating func read(_ file: any File, upTo limit: UInt64, _ noting: any RecordNoting) throws(LetheError) {
    let size = try file.size()
    let isFormer = try LogFileHeader.isFormer(file)
    var reader = FrameReader(file, from: LogFileHeader.byteCount, to: size)
    var group: [Found] = []
    var start = endPosition
    while endPosition < limit {
      let offset = reader.offset
      let next = endPosition + UInt64(group.count)
      guard case .frame(let frame) = try reader.next() else {
        let contentEnd = try SegmentTail.contentEnd(in: file, from: offset, to: size)
        if contentEnd > offset || !group.isEmpty { noteBreak(at: offset, behind: group.count) }
        return
      }
      // Without seals a group ends where the next one begins, which is behind a whole batch.
      if isFormer, group.isEmpty, frame.group == next { start = next }
      guard frame.group == start else {
        throw .damaged(
          at: next, in: segment, offset: offset, "its sync group does not follow the one before")
      }
      switch frame.kind {
      case .record:
        let record = try Self.record(frame, in: segment, at: next, offset: offset)
        group.append(Found(record: record, offset: offset))
        guard isFormer, record.header.flags.contains(.lastOfBatch) else { continue }
        try add(group, noting, end: reader.offset)
        group.removeAll(keepingCapacity: true)
      case .seal:
        guard let seal = SealFrame.stated(frame), seal.end == next,
          group.last?.record.header.flags.contains(.lastOfBatch) ?? false
        else { throw .damaged(at: start, in: segment, offset: offset, "its group's seal is of other records") }
        noteGroup(frame, at: group[0].offset)
        try add(group, noting, end: reader.offset)
        group.removeAll(keepingCapacity: true)
        start = next
      }
    }
  }
}

extension SegmentScan {
  /// Whether nothing but the end of the file, or of what was ever written, breaks what lies at an offset: then the log was
  /// cut there.
  static func isCut(_ file: any File, at offset: Int) throws(LetheError) -> Bool {
    let size = try file.size()
    let contentEnd = try SegmentTail.contentEnd(in: file, from: offset, to: size)
    if contentEnd == offset { return true }
    let bytes = try file.read(count: Frame.headByteCount, at: offset)
    if bytes.count == Frame.headByteCount {
      guard let head = Frame.head(in: bytes.span, at: 0), offset + head.frameByteCount > size else { return false }
    }
    // A length that was changed may lead there too; then the record ends where the content does, or others follow it.
    if try SegmentTail.firstFrame(in: file, from: offset + 1, to: contentEnd, where: { _, _ in true }) != nil {
      return false
    }
    return try !SegmentTail.isFrame(in: file, from: offset, to: contentEnd)
  }
}
