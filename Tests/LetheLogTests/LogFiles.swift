import LetheCrypto
import LetheSystem
import LetheTesting

@testable import LetheLog

let logDirectory = "/home/Log"

/// The path of a segment by the position of its first record.
func segmentPath(_ first: UInt64 = 0) -> String { "\(logDirectory)/\(LogLayout.segment(first))" }

/// The path of a segment's index.
func indexPath(_ first: UInt64 = 0) -> String { "\(logDirectory)/\(LogLayout.index(first))" }

extension LogOptions {
  /// Small segments, each filled to its end, and no other thread.
  static func small(_ segmentByteCount: Int = 4096, growingByteLimit: Int = .max) -> LogOptions {
    LogOptions(
      segmentByteCount: segmentByteCount, growthByteCount: 512, growingByteLimit: growingByteLimit,
      workshop: ImmediateWorkshop())
  }

  /// Everything in one segment, and no other thread.
  static let oneSegment = small(1 << 20)
}

/// Seals every group with a known key, under one run as long as nothing else is said. Nothing is signed.
struct TestSealing: GroupSealing {
  static let key: [UInt8] = Array("a key for group seals".utf8)

  var origin = "lethe.example/log"
  var countedRuns = CountedRuns.only(1)
  var hasNewestCheckpoint = true
  /// The number under which it appends.
  var run: UInt64 = 1
  var key = TestSealing.key

  func authenticate(_ seal: [UInt8]) -> Digest { SHA256.hash(key + seal) }

  func beginRun(in log: FileLog, after run: UInt64) -> RunBeginning { RunBeginning(run: self.run, origin: origin) }
}

extension FileLog {
  static func create(
    in directory: String, fileSystem: some FileSystem, storeID: [UInt8], noting: any RecordNoting = NoNotes(),
    options: LogOptions = .usual
  ) throws(LetheError) -> FileLog {
    try create(
      in: directory, fileSystem: fileSystem, storeID: storeID, sealing: TestSealing(), noting: noting, options: options)
  }
}

/// A log in memory files that the groups were appended to.
func makeFiles(_ groups: [[Record]], options: LogOptions = .oneSegment) throws -> MemoryFileSystem {
  let files = MemoryFileSystem()
  let log = try FileLog.create(
    in: logDirectory, fileSystem: files, storeID: testStoreID, noting: FactNoting(), options: options)
  for group in groups { _ = try log.append(group) }
  return files
}

func openLog(
  _ files: some FileSystem, atLeast checkpoint: Checkpoint? = nil, access: LogAccess = .write,
  options: LogOptions = .oneSegment, in directory: String = logDirectory,
  believing belief: LogBelief = .sealed(TestSealing())
) throws(LetheError) -> FileLog {
  try FileLog.open(
    in: directory, fileSystem: files, storeID: testStoreID, atLeast: checkpoint, believing: belief, access: access,
    noting: FactNoting(), options: options)
}

/// Where the frames of whole groups end that lie in a segment alone, the last group's seal included.
func frameEnd(_ groups: some Collection<[Record]>) -> Int {
  groups.reduce(64) { $0 + frameByteCount($1) + SealFrame.frameByteCount }
}

/// Bytes that the frames of records take, without seals.
func frameByteCount(_ records: some Sequence<Record>) -> Int { records.reduce(0) { $0 + 16 + $1.bytes.count } }

extension MemoryFileSystem {
  /// All files below the log's directory with their content, as the process sees them.
  func logContent() throws -> [String: [UInt8]] {
    var content: [String: [UInt8]] = [:]
    try withoutFaults { files in
      for entry in try FolderTree.files(in: logDirectory, files) {
        content[entry.name] = files.content(of: "\(logDirectory)/\(entry.name)")
      }
    }
    return content
  }

  /// The positions at which segments begin, in order.
  func segmentStarts() throws -> [UInt64] {
    try logContent().keys.compactMap { $0.hasSuffix(".segment") ? UInt64($0.dropLast(8)) : nil }.sorted()
  }
}

/// A crash leaves what was synced, all, or what some seeds say.
func survivals(seeds: Range<UInt64> = 0..<4) -> [MemoryFileSystem.Survival] {
  [.synced, .all] + seeds.map { .some(seed: $0) }
}

extension MemoryFileSystem {
  /// Writes frames behind those that end at an offset; each is a record and its group.
  func replaceTail(of path: String, from end: Int, frames: [(record: [UInt8], group: UInt64)]) {
    var writer = ByteWriter()
    for (record, group) in frames { Frame.append(record.span, group: group, to: &writer) }
    damage(path) { $0.replaceSubrange(end..., with: writer.bytes) }
  }

  /// Puts another clear body of the same length into the record whose frame begins at an offset; the frame stays whole.
  func forge(_ path: String, frameAt offset: Int, _ record: Record) throws -> Record {
    let forged = try Record(
      header: record.header, sealedParts: record.header.parts.indices.map { Array(record.sealedPart($0)) },
      clearBody: record.clearBody.map { ~$0 })
    damage(path) { bytes in
      let group = Array(bytes[offset + 8..<offset + 16])
      bytes.replaceSubrange(offset + 16..<offset + 16 + forged.bytes.count, with: forged.bytes)
      bytes.replaceSubrange(
        offset + 4..<offset + 8, with: CRC32C.checksum((group + forged.bytes).span).littleEndianBytes)
    }
    return forged
  }
}
