public import LetheCrypto
public import LetheSystem
internal import Synchronization

/// The log in two files of a directory: one growing segment and the leaf entries.
///
/// `00000000000000000000.segment` holds the records in frames; the name is the position of its first. `leaves` holds the
/// entries of the tree; the tree itself and the offsets of the frames (4 bytes a record) are in memory.
///
/// An append writes and syncs the segment, then writes and syncs the leaf entries. So an entry in `leaves` says that its
/// record was durable once, and bytes that are broken at or before its position are damage, never a torn write.
public final class FileLog: RecordLog {
  public static let segmentName = "00000000000000000000.segment"
  public static let leavesName = LeafFile.name

  public let storeID: [UInt8]
  /// What was found and mended when the log was opened.
  public let recovery: LogRecovery

  private let segment: any File
  private let leaves: LeafFile
  private let view: Mutex<View>
  private let writer: Mutex<Writer>

  /// What is durable; under its lock no I/O is done.
  struct View {
    var offsets = FrameOffsets()
    var end = LogFileHeader.byteCount
    var tree = MerkleTree()

    var count: UInt64 { UInt64(offsets.count) }
  }

  enum Writer {
    case ready(nextGroup: UInt64)
    case readOnly
    case stopped
  }

  init(
    storeID: [UInt8], segment: any File, leaves: LeafFile, view: sending View, writer: sending Writer,
    recovery: LogRecovery
  ) {
    self.storeID = storeID
    self.segment = segment
    self.leaves = leaves
    self.view = Mutex(view)
    self.writer = Mutex(writer)
    self.recovery = recovery
  }

  public var count: UInt64 { view.withLock { $0.count } }

  // MARK: Append

  public func append(_ group: [Record]) throws(LetheError) -> Range<UInt64> {
    guard group.last?.header.flags.contains(.lastOfBatch) ?? true else { throw .openBatch }
    return try writer.withLock { (writer) throws(LetheError) in
      let number: UInt64
      switch writer {
      case .ready(let next): number = next
      case .readOnly: throw LetheError(.refused, "the log was opened for reading only; open it for writing to append")
      case .stopped:
        throw LetheError(
          .io, "a write to the log failed, so it takes no more; see to its disk and start again",
          place: Self.segmentName)
      }
      let (start, end) = view.withLock { ($0.count, $0.end) }
      guard !group.isEmpty else { return start..<start }

      var bytes: [UInt8] = []
      bytes.reserveCapacity(group.reduce(0) { $0 + Frame.headByteCount + $1.bytes.count })
      var offsets: [Int] = []
      for record in group {
        offsets.append(end + bytes.count)
        Frame.append(record.bytes, group: number, to: &bytes)
      }
      let entries = group.map(\.leafEntry)
      let hashes = entries.map { MerkleHash.leaf($0) }
      do throws(LetheError) {
        try segment.write(bytes.span, at: end)
        try segment.synchronize()
        try leaves.write(entries, at: start)
        try leaves.file.synchronize()
      } catch {
        // What is on disk is unknown now, and a second sync would not tell: only a new opening does.
        writer = .stopped
        throw error
      }
      writer = .ready(nextGroup: number + 1)
      view.withLock { view in
        for offset in offsets { view.offsets.append(offset) }
        view.end = end + bytes.count
        for hash in hashes { view.tree.append(leafHash: hash) }
      }
      return start..<start + UInt64(group.count)
    }
  }

  // MARK: Read

  public func record(at position: UInt64) throws(LetheError) -> Record {
    let (start, end) = try view.withLock { (view) throws(LetheError) in
      guard position < view.count else { throw .noRecord(at: position, count: view.count) }
      let next = Int(position) + 1
      return (view.offsets[next - 1], next < view.offsets.count ? view.offsets[next] : view.end)
    }
    var reader = FrameReader(segment, from: start, to: end)
    guard case .frame(let frame) = try reader.next(), reader.offset == end else {
      throw .damaged(at: position, offset: start, "its frame is broken")
    }
    let entry = try leaves.entries(position..<position + 1).first
    return try Self.check(frame, at: position, offset: start, against: entry)
  }

  public func forEachRecord(
    from start: UInt64, to end: UInt64?, _ body: (UInt64, Record) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    let (end, startOffset, endOffset) = try view.withLock { (view) throws(LetheError) in
      let end = end ?? view.count
      guard start <= end, end <= view.count else { throw .notWhole(view.count) }
      return (end, view.offset(of: start), view.offset(of: end))
    }
    var reader = FrameReader(segment, from: startOffset, to: endOffset)
    var entries = LeafReader(leaves, to: end)
    for position in start..<end {
      let offset = reader.offset
      guard case .frame(let frame) = try reader.next() else {
        throw .damaged(at: position, offset: offset, "its frame is broken")
      }
      let record = try Self.check(frame, at: position, offset: offset, against: try entries.entry(at: position))
      switch try body(position, record) {
      case .continue: continue
      case .stop: return
      }
    }
  }

  private static func check(
    _ frame: Frame, at position: UInt64, offset: Int, against entry: Digest?
  ) throws(LetheError) -> Record {
    let record = try Record(decoding: frame.record)
    guard record.leafEntry == entry else {
      throw .damaged(at: position, offset: offset, "it differs from its leaf entry")
    }
    return record
  }

  // MARK: Prove

  public func leafEntry(at position: UInt64) throws(LetheError) -> Digest {
    let count = count
    guard position < count else { throw .noRecord(at: position, count: count) }
    guard let entry = try leaves.entries(position..<position + 1).first else { throw Self.leavesCut }
    return entry
  }

  public func rootHash(size: UInt64) throws(LetheError) -> Digest {
    try view.withLock { $0.tree }.root(size: size) { (range) throws(LetheError) in try leafHashes(range) }
  }

  public func inclusionProof(of position: UInt64, in size: UInt64) throws(LetheError) -> [Digest] {
    try view.withLock { $0.tree }.inclusionProof(of: position, in: size) { (range) throws(LetheError) in
      try leafHashes(range)
    }
  }

  public func consistencyProof(from first: UInt64, to second: UInt64) throws(LetheError) -> [Digest] {
    try view.withLock { $0.tree }.consistencyProof(from: first, to: second) { (range) throws(LetheError) in
      try leafHashes(range)
    }
  }

  private func leafHashes(_ positions: Range<UInt64>) throws(LetheError) -> [Digest] {
    let entries = try leaves.entries(positions)
    guard entries.count == positions.count else { throw Self.leavesCut }
    return entries.map { MerkleHash.leaf($0) }
  }

  private static var leavesCut: LetheError {
    LetheError(
      .damage, "the file of leaf entries was cut while the log was open; start again to have it written anew",
      place: leavesName)
  }
}

extension FileLog.View {
  func offset(of position: UInt64) -> Int { position < count ? offsets[Int(position)] : end }
}

extension LetheError {
  /// Damage at a record, with the byte at which its frame begins.
  static func damaged(at position: UInt64, offset: Int, _ fault: String) -> LetheError {
    LetheError(
      .damage, "a record of the log is damaged: \(fault); put back a copy of Log/",
      place: "\(FileLog.segmentName), position \(position), byte \(offset)")
  }
}
