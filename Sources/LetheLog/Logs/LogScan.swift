internal import LetheCrypto
internal import LetheSystem

/// Reads a whole segment when a log is opened and decides what of it counts.
///
/// The rule: group n + 1 is written only after group n was synced, and a group's leaf entries only after its records
/// were. So what is torn lies in the last group and has no leaf entry; behind its last whole batch all is cut off. Any
/// other break is damage: one with a leaf entry or a checkpoint at or behind it, or with a whole frame behind it of a
/// group that is later than the broken frame's own can be. Where nothing but the file's end breaks a frame that was once
/// durable, the log was cut, as if it ended before that frame.
struct LogScan {
  private let segment: any File
  private let size: Int
  private let leaves: LeafFile
  private let leafCount: UInt64
  private let checkpoint: Checkpoint?
  private let access: LogAccess

  /// Offsets and tree of the records in whole batches.
  private(set) var view = FileLog.View()
  /// The group of the last record in `view`, and the position of that group's first.
  private(set) var group: UInt64 = 0
  private(set) var groupStart: UInt64 = 0
  /// The first position whose leaf entry is there but not the record's.
  private(set) var firstDifferentLeaf: UInt64?
  /// The records of a batch whose end has not come yet.
  private(set) var open: [(offset: Int, entry: Digest)] = []

  init(
    segment: any File, size: Int, leaves: LeafFile, leafCount: UInt64, checkpoint: Checkpoint?, access: LogAccess
  ) {
    self.segment = segment
    self.size = size
    self.leaves = leaves
    self.leafCount = leafCount
    self.checkpoint = checkpoint
    self.access = access
  }

  /// The first position whose leaf entry must be written anew; `view.count` if there is none.
  var firstWrongLeaf: UInt64 { min(firstDifferentLeaf ?? .max, leafCount, view.count) }

  mutating func run() throws(LetheError) {
    try compareWithCheckpoint()
    var reader = FrameReader(segment, from: LogFileHeader.byteCount, to: size)
    var entries = LeafReader(leaves, to: leafCount)
    var lastGroup: UInt64 = 0
    while true {
      let offset = reader.offset
      let position = view.count + UInt64(open.count)
      switch try reader.next() {
      case .end: return try finish(.clean)
      case .broken:
        try judgeBreak(at: position, offset: offset, behind: lastGroup)
        return try finish(.torn)
      case .cut:
        if isKnown(position) {
          try judgeCut(at: position, offset: offset, behind: lastGroup)
          return try finish(.cut)
        }
        try judgeBreak(at: position, offset: offset, behind: lastGroup)
        return try finish(.torn)
      case .frame(let frame):
        if frame.group != lastGroup || lastGroup == 0 {
          try beginGroup(frame.group, after: lastGroup, at: position, offset: offset)
          lastGroup = frame.group
        }
        let record = try Self.decode(frame, at: position, offset: offset)
        let entry = record.leafEntry
        if firstDifferentLeaf == nil, position < leafCount, try entries.entry(at: position) != entry {
          firstDifferentLeaf = position
        }
        open.append((offset, entry))
        guard record.header.flags.contains(.lastOfBatch) else { continue }
        // Beside a process that appends, records without leaf entries may not be durable yet.
        if access == .read, position >= leafCount { return try finish(.unconfirmed) }
        try keepBatch(group: frame.group, end: reader.offset)
      }
    }
  }

  private func beginGroup(
    _ next: UInt64, after last: UInt64, at position: UInt64, offset: Int
  ) throws(LetheError) {
    guard next == last + 1 else {
      throw .damaged(at: position, offset: offset, "its sync group does not follow the one before")
    }
    guard open.isEmpty else {
      throw .damaged(at: position, offset: offset, "the batch before it has no end")
    }
    if let firstDifferentLeaf { throw Self.differentLeaf(at: firstDifferentLeaf) }
  }

  private static func decode(_ frame: Frame, at position: UInt64, offset: Int) throws(LetheError) -> Record {
    do throws(LetheError) { return try Record(decoding: frame.record) } catch {
      throw LetheError(
        error.code, error.message, place: "\(FileLog.segmentName), position \(position), byte \(offset)")
    }
  }

  private mutating func keepBatch(group: UInt64, end: Int) throws(LetheError) {
    if group != self.group {
      self.group = group
      groupStart = view.count
    }
    for (offset, entry) in open {
      view.offsets.append(offset)
      view.tree.append(leafHash: MerkleHash.leaf(entry))
      try compareWithCheckpoint()
    }
    open.removeAll(keepingCapacity: true)
    view.end = end
  }

  private func compareWithCheckpoint() throws(LetheError) {
    guard let checkpoint, checkpoint.size == view.count, checkpoint.rootHash != view.tree.root else { return }
    if let firstDifferentLeaf { throw Self.differentLeaf(at: firstDifferentLeaf) }
    throw LetheError(
      .damage,
      "the log's first \(checkpoint.size) records are not those that the checkpoint was signed for; "
        + "put back a copy of Log/", place: FileLog.segmentName)
  }

  /// Throws if the bytes at an offset, which are no frame, cannot be a write that was interrupted.
  private func judgeBreak(at position: UInt64, offset: Int, behind last: UInt64) throws(LetheError) {
    let damage = LetheError.damaged(at: position, offset: offset, "its frame is broken")
    if isKnown(position) { throw damage }
    // With all entries before it at hand, the broken frame is the first of the next group or lies in the last one;
    // then a frame of the next group may be of the same write. Without them nothing says so.
    let isFirstPossible = leafCount == position && open.isEmpty
    let later = last + (isFirstPossible ? 2 : 1)
    let farthest = later + UInt64((size - offset) / Frame.minimumByteCount)
    let frame = try Resynchronization.firstFrame(in: segment, from: offset + 1, to: size, groups: later...farthest)
    if frame != nil { throw damage }
  }

  /// Whether a leaf entry or a checkpoint says that the record was there once.
  private func isKnown(_ position: UInt64) -> Bool { position < max(leafCount, checkpoint?.size ?? 0) }

  /// Throws if the frame at the offset of a known record goes on behind the file's end only because its length changed:
  /// then it is whole as it lies there, or whole frames lie behind it.
  private func judgeCut(at position: UInt64, offset: Int, behind last: UInt64) throws(LetheError) {
    let farthest = last + 1 + UInt64((size - offset) / Frame.minimumByteCount)
    let frame = try Resynchronization.firstFrame(in: segment, from: offset + 1, to: size, groups: last...farthest)
    let isWhole = try Resynchronization.isFrame(in: segment, from: offset, to: size)
    if isWhole || frame != nil { throw .damaged(at: position, offset: offset, "its frame is broken") }
  }

  private enum End {
    case clean
    case torn
    /// Within a record that was once durable.
    case cut
    /// More records follow, without leaf entries.
    case unconfirmed
  }

  private func finish(_ end: End) throws(LetheError) {
    if let checkpoint, view.count < checkpoint.size {
      let place = "\(FileLog.segmentName), position \(view.count)"
      if end == .torn { throw .damaged(at: view.count, offset: view.end, "its batch is not whole") }
      throw LetheError(
        .rolledBack,
        "the log ends before the \(checkpoint.size) records of a signed checkpoint; put back the newest Log/",
        place: place)
    }
    guard view.count >= leafCount || end == .unconfirmed else {
      throw LetheError(
        .rolledBack, "the log ends before its \(leafCount) leaf entries do; put back the newest Log/",
        place: "\(FileLog.segmentName), position \(view.count)")
    }
    if access == .read, let firstDifferentLeaf { throw Self.differentLeaf(at: firstDifferentLeaf) }
  }

  private static func differentLeaf(at position: UInt64) -> LetheError {
    LetheError(
      .damage, "a record and its leaf entry differ; put back a copy of Log/",
      place: "\(FileLog.leavesName), position \(position)")
  }
}
