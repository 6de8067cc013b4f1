import LetheCrypto
import LetheLog
import LetheSystem
import LetheTesting
import Testing

@Suite struct FileLogRecoveryTests {
  /// Opens what a crash left and checks that it holds the groups given and of the next one whole batches in order, that
  /// it takes new records, and that these and all before are there at the next opening.
  private func expectRecovered(
    _ files: MemoryFileSystem, acknowledged: [[Record]], next: [Record], _ comment: Comment
  ) throws {
    let sure = acknowledged.flatMap { $0 }
    let log = try openLog(files)
    let records = try log.allRecords()
    #expect(records.starts(with: sure), comment)
    #expect((sure + next).starts(with: records), comment)
    #expect(records.last?.header.flags.contains(.lastOfBatch) ?? true, comment)
    let hashes = records.map { MerkleHash.leaf($0.leafEntry) }
    #expect(try log.rootHash(size: log.count) == naiveRoot(hashes[...]), comment)

    let more = try makeGroups([[2, 1]], seed: 99)[0]
    #expect(try log.append(more) == log.count - 3..<log.count)
    let checkpoint = try log.checkpoint()
    let again = try openLog(files.crash(.synced), atLeast: checkpoint)
    #expect(try again.allRecords() == records + more, comment)
    #expect(again.recovery.isEmpty, comment)
  }

  @Test func `a tail that is torn at any byte is cut after the last whole batch`() throws {
    let groups = try makeGroups([[1], [1, 2], [2, 1, 1]])
    let before = try makeFiles(Array(groups.dropLast()))
    let whole = try makeFiles(groups)
    let start = try #require(before.content(of: segmentPath)).count
    let segment = try #require(whole.content(of: segmentPath))
    for end in start...segment.count {
      let files = before.crash(.all)
      files.damage(segmentPath) { $0 = Array(segment[..<end]) }
      try expectRecovered(files, acknowledged: groups.dropLast(), next: groups[2], "cut at byte \(end)")
    }
  }

  @Test func `recovery says what it cut`() throws {
    let groups = try makeGroups([[1], [2, 3]])
    let files = try makeFiles([groups[0]])
    let segment = try #require(makeFiles(groups).content(of: segmentPath))
    let kept = try #require(makeFiles([groups[0], Array(groups[1][..<2])]).content(of: segmentPath)).count
    files.damage(segmentPath) { $0 = segment.dropLast() }
    let log = try openLog(files)
    #expect(log.count == 3)
    #expect(log.recovery.recordsCut == 2 && log.recovery.bytesCut == segment.count - 1 - kept)
    #expect(log.recovery.leavesRewritten == 2)
    #expect(try openLog(files).recovery.isEmpty)
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `sectors of the last group that are lost, torn or out of order cost no record before`(seed: UInt64) throws {
    let groups = try makeGroups([[1, 3], [6], [1, 2, 5, 3, 1]], seed: seed, partsEvery: 2)
    let before = try makeFiles(Array(groups.dropLast()))
    let start = try #require(before.content(of: segmentPath)).count
    var segment = try #require(makeFiles(groups).content(of: segmentPath))
    var generator = SeededGenerator(seed: seed)
    var sector = start
    while sector < segment.count {
      let end = min((sector / 512 + 1) * 512, segment.count)
      switch generator.next() % 6 {
      case 0: for index in sector..<end { segment[index] = 0 }
      case 1: for index in Int.random(in: sector..<end, using: &generator)..<end { segment[index] = 0 }
      case 2: for index in sector..<Int.random(in: sector..<end, using: &generator) { segment[index] = 0xff }
      default: break
      }
      sector = end
    }
    let files = before.crash(.all)
    files.damage(segmentPath) { $0 = segment }
    try expectRecovered(files, acknowledged: groups.dropLast(), next: groups[2], "seed \(seed)")
  }

  @Test func `a crash at any call of an append loses nothing that was acknowledged`() throws {
    let groups = try makeGroups([[1, 3], [2, 7, 4], [5, 1]], partsEvery: 2)
    for stop in 0... {
      var outcomes = 0
      for survival in [.synced, .all] + (0..<6).map({ MemoryFileSystem.Survival.some(seed: $0) }) {
        let files = try makeFiles([groups[0]])
        let log = try openLog(files)
        files.faults.stop(at: stop)
        var acknowledged = 1
        do throws(LetheError) {
          for group in groups[1...] {
            _ = try log.append(group)
            acknowledged += 1
          }
        } catch { #expect(error.code == .io) }
        outcomes = max(outcomes, acknowledged)
        let next = acknowledged < groups.count ? groups[acknowledged] : []
        try expectRecovered(
          files.crash(survival), acknowledged: Array(groups[..<acknowledged]), next: next,
          "stopped at call \(stop); \(survival)")
      }
      if outcomes == groups.count { break }
    }
  }

  @Test func `a crash at any call of the recovery does no harm`() throws {
    let groups = try makeGroups([[1, 3], [2, 7, 4]], partsEvery: 2)
    let before = try makeFiles([groups[0]])
    let segment = try #require(makeFiles(groups).content(of: segmentPath))
    for stop in 0... {
      var isThrough = false
      for survival in [.synced, .all] + (0..<6).map({ MemoryFileSystem.Survival.some(seed: $0) }) {
        let files = before.crash(.all)
        files.damage(segmentPath) { $0 = segment.dropLast(50) }
        files.faults.stop(at: stop)
        isThrough = (try? openLog(files)) != nil
        try expectRecovered(
          files.crash(survival), acknowledged: [groups[0]], next: groups[1], "stopped at call \(stop); \(survival)")
      }
      if isThrough { break }
    }
  }

  @Test func `after any failed write or sync the log takes no more until it is opened again`() throws {
    let groups = try makeGroups([[1, 3], [2, 1], [4]])
    for call in 0... {
      let files = try makeFiles([groups[0]])
      let log = try openLog(files)
      files.faults.fail(at: call)
      guard (try? log.append(groups[1])) == nil else { break }
      files.faults.clear()
      #expect(throws: LetheError(.io, "")) { try log.append(groups[2]) }
      #expect(try log.allRecords() == groups[0])
      // Opened again at once, the failed sync's bytes are read from the cache; they must be made durable before more.
      try expectRecovered(files, acknowledged: [groups[0]], next: groups[1], "call \(call) failed")
      #expect(call < 10)
    }
  }

  @Test func `leaf entries that are missing at the end are made again`() throws {
    let groups = try makeGroups([[1], [2, 1], [3]])
    let whole = try makeFiles(groups)
    let leaves = try #require(whole.content(of: leavesPath))
    for count in 0..<leaves.count {
      let files = whole.crash(.all)
      files.damage(leavesPath) { $0 = Array(leaves[..<count]) }
      let log = try openLog(files, atLeast: openLog(whole).checkpoint())
      #expect(log.recovery.leavesRewritten == 7 - max(0, count - 64) / 32)
      #expect(files.content(of: leavesPath) == leaves)
    }
    let files = whole.crash(.all)
    try files.remove(leavesPath)
    #expect(try openLog(files).allRecords() == groups.flatMap { $0 })
    #expect(files.content(of: leavesPath) == leaves)
  }

  @Test func `a crash at any call of a creation leaves no log or an empty one`() throws {
    for stop in 0... {
      var isThrough = false
      for survival in [.synced, .all] + (0..<6).map({ MemoryFileSystem.Survival.some(seed: $0) }) {
        let files = MemoryFileSystem()
        files.faults.stop(at: stop)
        do throws(LetheError) {
          _ = try FileLog.create(in: logDirectory, fileSystem: files, storeID: testStoreID)
          isThrough = true
        } catch { #expect(error.code == .io) }
        let left = files.crash(survival)
        if try !FileLog.exists(in: logDirectory, fileSystem: left) {
          #expect(!isThrough)
          _ = try FileLog.create(in: logDirectory, fileSystem: left, storeID: testStoreID)
        }
        try expectRecovered(left, acknowledged: [], next: [], "stopped at call \(stop); \(survival)")
      }
      if isThrough { break }
    }
  }

  @Test func `a creation whose write or sync failed is finished by the next process`() throws {
    for call in 0... {
      let files = MemoryFileSystem()
      files.faults.fail(at: call)
      let isThrough = (try? FileLog.create(in: logDirectory, fileSystem: files, storeID: testStoreID)) != nil
      files.faults.clear()
      if try !FileLog.exists(in: logDirectory, fileSystem: files) {
        _ = try FileLog.create(in: logDirectory, fileSystem: files, storeID: testStoreID)
      }
      try expectRecovered(files, acknowledged: [], next: [], "call \(call) failed")
      if isThrough { break }
    }
  }
}
