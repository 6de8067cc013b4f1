import LetheCrypto
import LetheLog
import LetheSystem
import LetheTesting
import Testing

/// What every record log does. Expects an empty log of `testStoreID`; leaves records in it.
func recordLogConformance(_ log: any RecordLog) throws {
  #expect(log.storeID == testStoreID && log.count == 0)
  #expect(try log.rootHash(size: 0) == MerkleHash.emptyRoot)
  #expect(try log.append([]) == 0..<0)
  #expect(try log.allRecords().isEmpty)

  // Groups are appended whole, one behind the other.
  let groups = try makeGroups([[1], [2, 3], [1, 1, 1], [40], [300]])
  var expected: [Record] = []
  for group in groups {
    let start = UInt64(expected.count)
    #expect(try log.append(group) == start..<start + UInt64(group.count))
    expected += group
    #expect(log.count == UInt64(expected.count))
  }

  // A group that does not end a batch is refused and leaves nothing behind.
  #expect(throws: LetheError(.input, "")) {
    try log.append([makeRecord(seed: 1), makeRecord(seed: 2, endsBatch: false)])
  }
  #expect(log.count == UInt64(expected.count))

  try checkReading(log, expected)
  try checkProofs(log, expected)
}

private func checkReading(_ log: any RecordLog, _ expected: [Record]) throws {
  let count = log.count
  for (position, record) in expected.enumerated() {
    #expect(try log.record(at: UInt64(position)) == record)
    #expect(try log.leafEntry(at: UInt64(position)) == record.leafEntry)
  }
  #expect(try log.allRecords() == expected)
  #expect(try log.allRecords(from: 5, to: 9) == Array(expected[5..<9]))
  #expect(try log.allRecords(from: count) == [])
  #expect(try log.allRecords(from: 7, to: 7) == [])

  var seen: [UInt64] = []
  try log.forEachRecord(from: 3, to: nil) { (position, record) in
    #expect(record == expected[Int(position)])
    seen.append(position)
    return position == 6 ? .stop : .continue
  }
  #expect(seen == [3, 4, 5, 6])
  #expect(throws: LetheError(.held, "")) {
    try log.forEachRecord(from: 0, to: nil) { (_, _) throws(LetheError) in throw LetheError(.held, "from the body") }
  }

  let refused = LetheError(.input, "")
  #expect(throws: refused) { try log.record(at: count) }
  #expect(throws: refused) { try log.record(at: .max) }
  #expect(throws: refused) { try log.leafEntry(at: count) }
  #expect(throws: refused) { try log.allRecords(from: count + 1) }
  #expect(throws: refused) { try log.allRecords(from: 0, to: count + 1) }
  #expect(throws: refused) { try log.allRecords(from: 3, to: 2) }
}

private func checkProofs(_ log: any RecordLog, _ expected: [Record]) throws {
  let hashes = expected.map { MerkleHash.leaf($0.leafEntry) }
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

@Suite struct RecordLogConformanceTests {
  @Test func `a log in memory conforms`() throws { try recordLogConformance(MemoryLog(storeID: testStoreID)) }

  @Test func `a log in files in memory conforms, and so does what is opened again`() throws {
    let files = MemoryFileSystem()
    let log = try FileLog.create(in: logDirectory, fileSystem: files, storeID: testStoreID)
    try recordLogConformance(log)
    let records = try log.allRecords()
    for access in [LogAccess.read, .write] {
      let again = try openLog(files, atLeast: log.checkpoint(), access: access)
      #expect(again.recovery.isEmpty)
      try checkReading(again, records)
      try checkProofs(again, records)
    }
  }

  @Test func `a log in the machine's files conforms, and so does what is opened again`() throws {
    let directory = TemporaryDirectory()
    let path = directory.path("home/Log")
    let log = try FileLog.create(in: path, fileSystem: LocalFileSystem(), storeID: testStoreID)
    try recordLogConformance(log)
    let again = try FileLog.open(in: path, fileSystem: LocalFileSystem(), storeID: testStoreID)
    #expect(again.recovery.isEmpty)
    try checkReading(again, log.allRecords())
  }

  @Test func `records longer than a chunk are read`() throws {
    let files = MemoryFileSystem()
    let log = try FileLog.create(in: logDirectory, fileSystem: files, storeID: testStoreID)
    let records = [1_100_000, 10, 2_500_000, 1_048_576 - 44, 7].map { count in
      RecordHeader(flags: [.system, .lastOfBatch], streamID: .system, revision: UInt64(count), parts: [])
    }.map { header in
      (header, [UInt8](repeating: UInt8(truncatingIfNeeded: header.revision), count: Int(header.revision)))
    }
    var built: [Record] = []
    for (header, body) in records { built.append(try Record(header: header, sealedParts: [], clearBody: body)) }
    _ = try log.append(built)
    #expect(try log.allRecords() == built)
    #expect(try openLog(files).allRecords() == built)
    #expect(try log.record(at: 2) == built[2])
  }

  @Test func `readers are not disturbed by the writer`() async throws {
    let files = MemoryFileSystem()
    let log = try FileLog.create(in: logDirectory, fileSystem: files, storeID: testStoreID)
    let groups = try makeGroups(Array(repeating: [3, 4], count: 40))
    let all = groups.flatMap { $0 }
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { for group in groups { _ = try log.append(group) } }
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
  }
}
