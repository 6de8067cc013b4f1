internal import LetheCrypto
public import LetheSystem

extension FileLog {
  /// Whether a log was created in the directory, to its end. What a crash left of one that was not counts as none.
  ///
  /// - Throws: `io`.
  public static func exists(in directory: String, fileSystem: some FileSystem) throws(LetheError) -> Bool {
    let path = "\(directory)/\(segmentName)"
    guard fileSystem.exists(path) else { return false }
    let file = try fileSystem.open(path, .read)
    let head = try file.read(count: LogFileHeader.byteCount, at: 0)
    return try LogFileHeader.read(head, as: .segment, ofFileWith: file.size()) != .unfinished
  }

  /// Makes an empty log in a directory, which is made if it is missing. Durable at return.
  ///
  /// - Throws: `refused` if there is one already, which is left alone; `io`.
  public static func create(
    in directory: String, fileSystem: some FileSystem, storeID: [UInt8]
  ) throws(LetheError) -> FileLog {
    precondition(storeID.count == 16, "a store id has 16 bytes")
    guard try !exists(in: directory, fileSystem: fileSystem) else {
      throw LetheError(.refused, "a log is here already; choose another home", place: segmentName)
    }
    try fileSystem.createDirectory(directory)
    // The segment comes last: with its head the log is there.
    for (kind, name) in [(LogFileHeader.Kind.leaves, leavesName), (.segment, segmentName)] {
      let file = try fileSystem.open("\(directory)/\(name)", .create)
      try file.truncate(to: 0)
      try LogFileHeader(kind: kind, storeID: storeID, firstPosition: 0).write(to: file)
      try file.synchronize()
    }
    return try open(in: directory, fileSystem: fileSystem, storeID: storeID)
  }

  /// Opens a log: reads all of it once, checks every frame, record and leaf entry, cuts off what a crash left behind the
  /// last whole batch of the last group, and makes leaf entries again that are missing.
  ///
  /// - Parameters:
  ///   - storeID: 16 bytes; those of the keys that go with the log.
  ///   - checkpoint: a checkpoint that was signed for this log; all that it covers must be there unchanged.
  /// - Throws: `damage` with position and byte if anything is broken that was once durable; `rolledBack` if records are
  ///   missing at the end that were once durable; `input` if the log belongs to another store; `format` if the file is
  ///   none of ours or from a newer program; `io` if there is no log. Nothing is changed then.
  public static func open(
    in directory: String, fileSystem: some FileSystem, storeID: [UInt8], atLeast checkpoint: Checkpoint? = nil,
    access: LogAccess = .write
  ) throws(LetheError) -> FileLog {
    let segment = try fileSystem.open("\(directory)/\(segmentName)", access == .write ? .update : .read)
    try LogFileHeader.check(segment, as: .segment, storeID: storeID, name: segmentName)
    let leaves = try openLeaves("\(directory)/\(leavesName)", fileSystem, storeID, access)
    // Before the segment's size: beside a process that appends, no entry may be ahead of the records that are read.
    let leafCount = try leaves.count()
    let size = try segment.size()
    var scan = LogScan(
      segment: segment, size: size, leaves: leaves, leafCount: leafCount, checkpoint: checkpoint, access: access)
    try scan.run()

    var recovery = LogRecovery()
    recovery.recordsCut = UInt64(scan.open.count)
    recovery.bytesCut = size - scan.view.end
    recovery.leavesRewritten = scan.view.count - scan.firstWrongLeaf
    if access == .write {
      try mendSegment(segment, scan, size, storeID)
      try mendLeaves(leaves, segment, scan, storeID)
      try synchronizeNames(in: directory, fileSystem)
    }
    return FileLog(
      storeID: storeID, segment: segment, leaves: leaves, view: scan.view,
      writer: access == .write ? .ready(nextGroup: scan.group + 1) : .readOnly, recovery: recovery)
  }

  /// The file of leaf entries; for writing, one that is missing or was not finished is made, without a head.
  private static func openLeaves(
    _ path: String, _ fileSystem: some FileSystem, _ storeID: [UInt8], _ access: LogAccess
  ) throws(LetheError) -> LeafFile {
    let file = try fileSystem.open(path, access == .write ? .create : .read)
    if access == .write {
      let head = try file.read(count: LogFileHeader.byteCount, at: 0)
      if try LogFileHeader.read(head, as: .leaves, ofFileWith: file.size()) == .unfinished {
        return LeafFile(file: file)
      }
    }
    try LogFileHeader.check(file, as: .leaves, storeID: storeID, name: leavesName)
    return LeafFile(file: file)
  }

  private static func synchronizeNames(in directory: String, _ fileSystem: some FileSystem) throws(LetheError) {
    try fileSystem.synchronizeDirectory(directory)
    try fileSystem.synchronizeDirectory(directory.parentPath)
  }

  // After a sync that failed, bytes may be in the cache alone, where no later sync finds them; written again they are.
  // So whatever the last group or the creation wrote is written once more, unless something later says that its sync
  // succeeded.

  private static func mendSegment(
    _ segment: any File, _ scan: LogScan, _ size: Int, _ storeID: [UInt8]
  ) throws(LetheError) {
    let isConfirmed = scan.view.count > 0 && scan.firstWrongLeaf == scan.view.count
    if size == scan.view.end && isConfirmed { return }
    if size > scan.view.end { try segment.truncate(to: scan.view.end) }
    if scan.view.count == 0 { try LogFileHeader(kind: .segment, storeID: storeID, firstPosition: 0).write(to: segment) }
    if !isConfirmed {
      var offset = scan.view.offset(of: scan.groupStart)
      while offset < scan.view.end {
        let bytes = try segment.read(count: min(FrameReader.chunkByteCount, scan.view.end - offset), at: offset)
        if bytes.isEmpty { break }
        try segment.write(bytes.span, at: offset)
        offset += bytes.count
      }
    }
    try segment.synchronize()
  }

  private static func mendLeaves(
    _ leaves: LeafFile, _ segment: any File, _ scan: LogScan, _ storeID: [UInt8]
  ) throws(LetheError) {
    let size = try leaves.file.size()
    let end = LeafFile.offset(of: scan.view.count)
    if size <= LogFileHeader.byteCount {
      try LogFileHeader(kind: .leaves, storeID: storeID, firstPosition: 0).write(to: leaves.file)
    }
    if size > end { try leaves.file.truncate(to: end) }
    var position = min(scan.firstWrongLeaf, scan.groupStart)
    var reader = FrameReader(segment, from: scan.view.offset(of: position), to: scan.view.end)
    var entries: [Digest] = []
    while case .frame(let frame) = try reader.next() {
      entries.append(try Record(decoding: frame.record).leafEntry)
      if entries.count == LeafFile.chunkCount {
        try leaves.write(entries, at: position)
        position += UInt64(entries.count)
        entries.removeAll(keepingCapacity: true)
      }
    }
    try leaves.write(entries, at: position)
    try leaves.file.synchronize()
  }
}

extension FileLog {
  /// The id of the store that a log belongs to, by its head alone.
  ///
  /// - Throws: `io` if there is no log; `damage` or `format` if its head cannot be read.
  public static func storeID(in directory: String, fileSystem: some FileSystem) throws(LetheError) -> [UInt8] {
    let segment = try fileSystem.open("\(directory)/\(segmentName)", .read)
    return try LogFileHeader.load(segment, as: .segment, name: segmentName).storeID
  }
}
