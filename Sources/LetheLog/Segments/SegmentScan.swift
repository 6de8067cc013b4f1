internal import LetheCrypto
internal import LetheSystem

/// Reads a whole segment that has no index and decides what of it counts.
///
/// The rule: a group is written only after the one before it was synced. So what is torn lies in the last group; behind
/// its last whole batch all is cut off. Any other break is damage: one before a signed checkpoint, unless the log was cut
/// there, one in a segment that another follows, and one with a whole frame behind it of a group that begins after the
/// break.
///
/// Beside a process that appends, what is read is of no one moment: where a later group is found behind a break, the
/// frame at the break was written whole before that, so it is read once more.
struct SegmentScan {
  let segment: UInt64
  private let file: any File
  private let size: Int
  private let checkpoint: Checkpoint?
  private let noting: any RecordNoting
  private let place: Place

  /// Where the segment stands among the others.
  enum Place: Equatable {
    case last
    /// The next one begins at the position.
    case before(UInt64)
  }

  /// The records in whole batches.
  private(set) var index = ActiveIndex()
  private(set) var entries: [Digest] = []
  /// Where the last of them ends.
  private(set) var end = LogFileHeader.byteCount
  /// The position of the first record of their last group, and where its frame begins.
  private(set) var lastGroup: (position: UInt64, offset: Int)
  private(set) var recovery = LogRecovery()

  /// The records of a batch whose end has not come yet.
  private var open: [(header: RecordHeader, note: RecordNote, entry: Digest, offset: Int)] = []

  init(
    _ file: any File, first: UInt64, _ place: Place, checkpoint: Checkpoint?, noting: any RecordNoting
  ) throws(LetheError) {
    segment = first
    self.file = file
    size = try file.size()
    self.place = place
    self.checkpoint = checkpoint
    self.noting = noting
    lastGroup = (first, LogFileHeader.byteCount)
    try run()
  }

  /// The position behind the last record that counts.
  var endPosition: UInt64 { segment + UInt64(index.count) }

  private var nextPosition: UInt64 { segment + UInt64(index.count + open.count) }

  private mutating func run() throws(LetheError) {
    var reader = FrameReader(file, from: LogFileHeader.byteCount, to: size)
    var group: UInt64?
    while true {
      let offset = reader.offset
      guard case .frame(let frame) = try reader.next() else {
        switch try judge(offset) {
        case .stop: return try checkEnd()
        case .continue:
          reader = FrameReader(file, from: offset, to: size)
          continue
        }
      }
      if frame.group != group {
        guard frame.group == nextPosition, open.isEmpty else {
          throw damaged(at: nextPosition, offset: offset, "its sync group does not follow the one before")
        }
        group = frame.group
      }
      let record = try decode(frame, offset: offset)
      open.append((record.header, try noting.note(of: record), record.leafEntry, offset))
      guard record.header.flags.contains(.lastOfBatch) else { continue }
      if frame.group != lastGroup.position { lastGroup = (frame.group, open[0].offset) }
      for record in open {
        index.append(record.header, record.note, tag: 0, offset: record.offset)
        entries.append(record.entry)
      }
      open.removeAll(keepingCapacity: true)
      end = reader.offset
    }
  }

  private func decode(_ frame: Frame, offset: Int) throws(LetheError) -> Record {
    do throws(LetheError) { return try Record(decoding: frame.record) } catch {
      throw LetheError(
        error.code, error.message,
        place: "\(LogLayout.segment(segment)), position \(nextPosition), byte \(offset)")
    }
  }

  /// Judges what lies at an offset, where no whole frame is; or was, when it was read.
  private mutating func judge(_ offset: Int) throws(LetheError) -> Iteration {
    let contentEnd = try SegmentTail.contentEnd(in: file, from: offset, to: size)
    let isTorn = contentEnd > offset || !open.isEmpty
    if isTorn {
      let damage = damaged(at: nextPosition, offset: offset, "its frame is broken")
      guard place == .last else { throw damage }
      if let checkpoint, nextPosition < checkpoint.size {
        guard try isCut(at: offset, contentEnd: contentEnd) else { throw damage }
      }
      // As many frames as fit may be of groups that begin that much later.
      let groups = nextPosition + 1...nextPosition + 1 + UInt64(size / Frame.minimumByteCount)
      if try SegmentTail.hasFrame(in: file, from: offset, to: contentEnd, groups: groups) {
        var again = FrameReader(file, from: offset, to: size)
        guard case .frame = try again.next() else { throw damage }
        return .continue
      }
      recovery.recordsCut = UInt64(open.count)
      recovery.bytesCut = max(contentEnd, offset) - end
    }
    return .stop
  }

  /// Whether nothing but the end of the file, or of what was ever written, breaks what lies at an offset: then the log was
  /// cut there.
  private func isCut(at offset: Int, contentEnd: Int) throws(LetheError) -> Bool {
    if contentEnd == offset { return true }
    let head = try file.read(count: Frame.headByteCount, at: offset)
    if head.count == Frame.headByteCount {
      guard let length = Frame.length(in: head.span, at: 0), offset + Frame.headByteCount + length > size else {
        return false
      }
    }
    // A length that was changed may lead there too; then the record ends where the content does, or others follow it.
    let groups = UInt64.min...UInt64.max
    if try SegmentTail.hasFrame(in: file, from: offset + 1, to: contentEnd, groups: groups) { return false }
    return try !SegmentTail.isFrame(in: file, from: offset, to: contentEnd)
  }

  private func checkEnd() throws(LetheError) {
    if case .before(let next) = place, segment + UInt64(index.count) != next {
      // Whether this one lost its end or the one behind it is gone, nothing here tells.
      throw LetheError(
        .damage,
        "records from position \(endPosition) up to \(next) are missing: \(LogLayout.segment(endPosition)), or the end of "
          + "the segment before it; put both back with `lethe restore` from a backup, or from a copy of Log/",
        place: LogLayout.segment(segment))
    }
  }

  private func damaged(at position: UInt64, offset: Int, _ fault: String) -> LetheError {
    .damaged(at: position, in: segment, offset: offset, fault)
  }
}
