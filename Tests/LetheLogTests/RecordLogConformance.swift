import Glibc
import LetheCrypto
import LetheLog
import LetheSystem
import LetheTesting
import Testing

/// What every record log does. Expects an empty log of `testStoreID`; leaves the records in it that are returned.
func recordLogConformance(_ log: any RecordLog) throws -> History {
  #expect(log.storeID == testStoreID && log.count == 0)
  #expect(try log.rootHash(size: 0) == MerkleHash.emptyRoot)
  #expect(try log.append([PreparedRecords]()) == 0..<0)
  #expect(try log.allRecords().isEmpty && log.landmarks.isEmpty)
  #expect(try log.highestKey(notAbove: .max) == nil && log.keys(in: 0...(.max)) == [])

  // Groups are appended whole, one behind the other.
  var history = try History(seed: 3)
  for _ in 0..<120 {
    let start = history.count
    let group = try history.addGroup()
    #expect(try log.append(group) == start..<history.count)
    #expect(log.count == history.count)
  }

  // A group that does not end a batch is refused and leaves nothing behind.
  #expect(throws: LetheError(.input, "")) {
    try log.append([makeRecord(seed: 1), makeRecord(seed: 2, endsBatch: false)])
  }
  #expect(log.count == history.count)

  try checkReading(log, history)
  try checkProofs(log, history)
  try checkFinding(log, history, tags: .kept)
  return history
}

func checkReading(_ log: any RecordLog, _ history: History) throws {
  let expected = history.records
  let count = log.count
  #expect(count == history.count)
  for (position, record) in expected.enumerated() {
    #expect(try log.record(at: UInt64(position)) == record)
    #expect(try log.leafEntry(at: UInt64(position)) == record.leafEntry)
  }
  #expect(try log.allRecords() == expected)
  #expect(try log.allRecords(from: 5, to: 90) == Array(expected[5..<90]))
  #expect(try log.allRecords(from: count) == [])
  #expect(try log.allRecords(from: 7, to: 7) == [])

  var seen: [UInt64] = []
  try log.forEachRecord(from: 3, to: nil) { (position, record) in
    #expect(record == expected[Int(position)])
    seen.append(position)
    return position == 60 ? .stop : .continue
  }
  #expect(seen == Array(3...60))
  #expect(throws: LetheError(.held, "")) {
    try log.forEachRecord(from: 0, to: nil) { (_, _) throws(LetheError) in throw LetheError(.held, "from the body") }
  }

  let refused = LetheError(.input, "")
  #expect(throws: refused) { try log.record(at: count) }
  #expect(throws: refused) { try log.record(at: .max) }
  #expect(throws: refused) { try log.leafEntry(at: count) }
  #expect(throws: refused) { try log.tag(at: count) }
  #expect(throws: refused) { try log.allRecords(from: count + 1) }
  #expect(throws: refused) { try log.allRecords(from: 0, to: count + 1) }
  #expect(throws: refused) { try log.allRecords(from: 3, to: 2) }
}

func checkProofs(_ log: any RecordLog, _ history: History) throws {
  let hashes = history.leafHashes
  let count = log.count
  var generator = SeededGenerator(seed: 9)
  for _ in 0..<20 {
    let second = UInt64.random(in: 1...count, using: &generator)
    let first = UInt64.random(in: 0...second, using: &generator)
    let position = UInt64.random(in: 0..<second, using: &generator)
    let roots = try (log.rootHash(size: first), log.rootHash(size: second))
    #expect(roots.0 == naiveRoot(hashes.prefix(Int(first))) && roots.1 == naiveRoot(hashes.prefix(Int(second))))
    let inclusion = MerkleProof.verifyInclusion(
      leafHash: hashes[Int(position)], position: position, size: second,
      proof: try log.inclusionProof(of: position, in: second), root: roots.1)
    let consistency = MerkleProof.verifyConsistency(
      first: first, firstRoot: roots.0, second: second, secondRoot: roots.1,
      proof: try log.consistencyProof(from: first, to: second))
    #expect(inclusion == .proven && consistency == .proven)
  }
  #expect(try log.rootHash(size: count) == naiveRoot(hashes[...]))

  let refused = LetheError(.input, "")
  #expect(throws: refused) { try log.rootHash(size: count + 1) }
  #expect(throws: refused) { try log.inclusionProof(of: count, in: count) }
  #expect(throws: refused) { try log.inclusionProof(of: 0, in: count + 1) }
  #expect(throws: refused) { try log.consistencyProof(from: 2, to: 1) }
}

/// What became of tags.
enum TagFate {
  case kept
  /// Those of segments that were not sealed are lost, as when a log is opened again.
  case keptIfSealed(before: UInt64)
}

func checkFinding(_ log: any RecordLog, _ history: History, tags: TagFate) throws {
  var generator = SeededGenerator(seed: 11)
  let unknown = StreamID(generator.bytes(16))!
  for stream in history.streams + [.system, unknown] {
    let next = history.nextRevision(of: stream)
    #expect(try log.nextRevision(of: stream) == next)
    #expect(try log.positions(ofFactsAbout: stream) == history.positions(ofFactsAbout: stream))
    var ranges: [Range<UInt64>] = [0..<0, 0..<next, 0..<UInt64.max, next..<next + 5]
    for _ in 0..<4 {
      let start = UInt64.random(in: 0...next, using: &generator)
      ranges.append(start..<UInt64.random(in: start...next + 2, using: &generator))
    }
    for range in ranges {
      #expect(try log.positions(of: stream, range) == history.positions(of: stream, range), "\(range)")
    }
  }
  #expect(log.landmarks == history.landmarks)

  let keys = history.keys
  let groups = Set(keys.map { $0 >> 4 }.flatMap { [$0, $0 &+ 1 & UInt64.max >> 4] })
  for group in groups.sorted() {
    let first = group << 4
    for range in [first...first + 15, first...first, first + 15...first + 15, first + 3...first + 7] {
      for kind in [RecordKind.events, .facts] {
        #expect(try log.positions(under: range, kind) == history.positions(under: range, kind), "\(range)")
      }
    }
    for key in [first, first + 7, first + 15] {
      #expect(try log.highestKey(notAbove: key) == keys.last { $0 <= key })
      #expect(try log.keys(in: first...key) == keys.filter { (first...key).contains($0) })
    }
  }
  #expect(try log.keys(in: 0...(.max)) == keys)
  #expect(try log.highestKey(notAbove: .max) == keys.last)

  for (position, entry) in history.entries.enumerated() {
    let expected: UInt64? =
      switch tags {
      case .keptIfSealed(let end) where position >= end: nil
      case .kept, .keptIfSealed: entry.tag == 0 ? nil : entry.tag
      }
    #expect(try log.tag(at: UInt64(position)) == expected)
  }
}

@Suite struct RecordLogConformanceTests {
  @Test func `a log in memory conforms`() throws {
    _ = try recordLogConformance(MemoryLog(storeID: testStoreID, noting: FactNoting()))
  }

  @Test(arguments: [1 << 20, 16384, 4096])
  func `a log in files in memory conforms, and so does what is opened again`(segmentByteCount: Int) throws {
    let files = MemoryFileSystem()
    let options = LogOptions.small(segmentByteCount)
    let log = try FileLog.create(
      in: logDirectory, fileSystem: files, storeID: testStoreID, noting: FactNoting(), options: options)
    let history = try recordLogConformance(log)
    let starts = try files.segmentStarts()
    #expect(starts.count > (1 << 18) / segmentByteCount / 2)
    for access in [LogAccess.read, .write] {
      let again = try openLog(files, atLeast: log.checkpoint(), access: access, options: options)
      #expect(again.recovery.isEmpty)
      try checkReading(again, history)
      try checkProofs(again, history)
      try checkFinding(again, history, tags: .keptIfSealed(before: starts.last!))
    }
  }

  @Test func `a log in the machine's files, with a thread beside it, conforms, and so does what is opened again`()
    throws
  {
    let directory = TemporaryDirectory()
    let path = directory.path("home/Log")
    func options() throws -> LogOptions {
      LogOptions(segmentByteCount: 16384, growthByteCount: 512, workshop: try ThreadWorkshop())
    }
    let log = try FileLog.create(
      in: path, fileSystem: LocalFileSystem(), storeID: testStoreID, noting: FactNoting(), options: options())
    let history = try recordLogConformance(log)
    try log.finish()
    let mode = permissions(of: "\(path)/\(LogLayout.segment(0))")
    #expect(mode == 0o400, "a sealed segment is protected")
    #expect(chmod("\(path)/\(LogLayout.segment(0))", 0o600) == 0)
    let names = try LocalFileSystem().contents(of: path)
    let last = try #require(
      names.last { $0.hasSuffix(".segment") && $0 != "spare.segment" }.map { UInt64($0.dropLast(8)) })
    for access in [LogAccess.read, .write] {
      let again = try openLog(LocalFileSystem(), access: access, options: options(), in: path)
      #expect(again.recovery.isEmpty)
      try checkReading(again, history)
      try checkProofs(again, history)
      try checkFinding(again, history, tags: .keptIfSealed(before: last!))
      try again.finish()
      #expect(permissions(of: "\(path)/\(LogLayout.segment(0))") == (access == .read ? 0o600 : 0o400), "\(access)")
    }
  }

  @Test func `records longer than a chunk and than a segment are read`() throws {
    let files = MemoryFileSystem()
    let log = try FileLog.create(
      in: logDirectory, fileSystem: files, storeID: testStoreID, options: .small(1 << 21))
    var built: [Record] = []
    for count in [1_100_000, 10, 2_500_000, 1_048_576 - 44, 7] {
      built.append(
        try Record(
          header: RecordHeader(
            flags: [.system, .lastOfBatch], streamID: .system, revision: UInt64(built.count), parts: []),
          sealedParts: [], clearBody: [UInt8](repeating: UInt8(truncatingIfNeeded: count), count: count)))
    }
    _ = try log.append(Array(built[..<2]))
    for record in built[2...] { _ = try log.append([record]) }
    #expect(try files.segmentStarts() == [0, 2, 3])
    #expect(try log.allRecords() == built)
    #expect(try openLog(files).allRecords() == built)
    #expect(try log.record(at: 2) == built[2])
  }

  @Test func `readers are not disturbed by the writer and what it does beside`() async throws {
    let files = MemoryFileSystem()
    let log = try FileLog.create(
      in: logDirectory, fileSystem: files, storeID: testStoreID,
      options: LogOptions(segmentByteCount: 8192, growthByteCount: 512, workshop: ThreadWorkshop()))
    let groups = try makeGroups(Array(repeating: [3, 4], count: 60))
    let all = groups.flatMap { $0 }
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        for (number, group) in groups.enumerated() {
          _ = try log.append(group)
          if number % 10 == 0 { try log.publish(size: log.count) }
        }
      }
      for reader in 0..<3 {
        tasks.addTask {
          while true {
            let count = log.count
            let records = try log.allRecords(to: count)
            #expect(records == Array(all.prefix(Int(count))))
            if count > 0, reader == 1 {
              let proof = try log.inclusionProof(of: count / 2, in: count)
              let verdict = MerkleProof.verifyInclusion(
                leafHash: MerkleHash.leaf(all[Int(count / 2)].leafEntry), position: count / 2, size: count,
                proof: proof, root: try log.rootHash(size: count))
              #expect(verdict == .proven)
            }
            if count == UInt64(all.count) { return }
            await Task.yield()
          }
        }
      }
      try await tasks.waitForAll()
    }
    try log.finish()
  }
}
