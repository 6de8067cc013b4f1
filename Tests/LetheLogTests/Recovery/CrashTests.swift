import LetheLog
import LetheSystem
import LetheTesting
import Testing

/// The world stops at any call.
@Suite struct LogCrashTests {
  @Test func `a crash at any call of an append loses nothing that was acknowledged`() throws {
    try stopAtEachCall(
      of: makeGroups([[1, 3], [2, 7, 4], [5, 1]], partsEvery: 2), behind: 1, rotations: 0, options: .oneSegment,
      seeds: 0..<6)
  }

  /// Each group fills most of a segment: its append begins one, seals the one before, and has the next made.
  @Test func `a crash at any call of a rotation, a sealing or the making of a spare loses nothing`() throws {
    let groups = try makeGroups([[2], [4, 4], [3, 5]], partsEvery: 3)
    let seeds = UInt64(Exhaustive.count(1, of: 20))
    try stopAtEachCall(of: groups, behind: 1, rotations: 1, options: .small(2048), seeds: 0..<seeds)
  }

  @Test func `a crash at any call of a rotation that has nothing done beside it loses nothing`() throws {
    let groups = try makeGroups([[2], [4, 4], [3, 5]], partsEvery: 3)
    try stopAtEachCall(of: groups, behind: 1, rotations: 1, options: .small(2048), seeds: 0..<8, isIdle: true)
  }

  @Test(arguments: [1, 8, 63, 700])
  func `a write that is torn anywhere in a rotation loses nothing`(byteCount: Int) throws {
    let groups = try makeGroups([[2], [4, 4], [3, 5]], partsEvery: 3)
    try stopAtEachCall(of: groups, behind: 1, rotations: 1, options: .small(2048), seeds: 0..<0, tearing: byteCount)
  }

  /// With a full bundle the tiles are written too.
  @Test func `a crash at any call where a bundle is full loses nothing`() throws {
    let groups = try makeGroups([Array(repeating: 2, count: 127), [1, 3], [2]], partsEvery: 1000)
    try stopAtEachCall(of: groups, behind: 1, rotations: 0, options: .small(32768), seeds: 0..<2)
  }

  @Test func `a crash at any call of the recovery does no harm`() throws {
    let groups = try makeGroups([[1, 3], [2, 7, 4]], partsEvery: 2)
    let before = try makeFiles([groups[0]])
    let segment = try #require(makeFiles(groups).content(of: segmentPath()))
    let end = frameEnd(groups)
    for stop in 0... {
      var isThrough = false
      for survival in survivals(seeds: 0..<6) {
        let files = before.crash(.all)
        files.damage(segmentPath()) { $0 = Array(segment[..<(end - 50)]) }
        files.faults.stop(at: stop)
        isThrough = (try? openLog(files)) != nil
        try expectRecovered(
          files.crash(survival), acknowledged: [groups[0]], next: groups[1], "stopped at call \(stop); \(survival)")
      }
      if isThrough { break }
    }
  }

  /// Two segments are left without an index, and tiles of theirs are missing.
  @Test func `a crash at any call of an opening that seals what was left does no harm`() throws {
    let groups = try makeGroups([Array(repeating: 2, count: 20), [2, 2], [3, 5], [1]], partsEvery: 100)
    let options = LogOptions.small(2048)
    let whole = try makeFiles(groups, options: options)
    for start in try whole.segmentStarts().dropLast() { try whole.remove(indexPath(start)) }
    for stop in sequence(first: 0, next: { $0 + 3 }) {
      var isThrough = false
      for survival in survivals(seeds: 0..<2) {
        let files = whole.crash(.all)
        files.faults.stop(at: stop)
        if let log = try? openLog(files, options: options) { isThrough = (try? log.finish()) != nil }
        try expectRecovered(
          files.crash(survival), acknowledged: groups, next: [], "stopped at call \(stop); \(survival)",
          options: options)
      }
      if isThrough { break }
    }
  }

  @Test func `a crash at any call of a creation leaves no log or an empty one`() throws {
    for stop in 0... {
      var isThrough = false
      for survival in survivals(seeds: 0..<6) {
        let files = MemoryFileSystem()
        files.faults.stop(at: stop)
        do throws(LetheError) {
          _ = try FileLog.create(
            in: logDirectory, fileSystem: files, storeID: testStoreID, options: .oneSegment)
          isThrough = true
        } catch { #expect(error.code == .io) }
        let left = files.crash(survival)
        if try !FileLog.exists(in: logDirectory, fileSystem: left) {
          #expect(!isThrough)
          _ = try FileLog.create(in: logDirectory, fileSystem: left, storeID: testStoreID, options: .oneSegment)
        }
        try expectRecovered(left, acknowledged: [], next: [], "stopped at call \(stop); \(survival)")
      }
      if isThrough { break }
    }
  }

  /// The head of a segment is lost whose name is there; a checkpoint covers all before. What is written next to it must
  /// not be durable before the head is.
  @Test func `a segment that lost its head has it again before a group follows`() throws {
    let groups = try makeGroups([[3], [3]], partsEvery: 1)
    let options = LogOptions.small(2048)
    let whole = try makeFiles(groups, options: options)
    let start = try #require(whole.segmentStarts().last)
    #expect(start == 3)
    let checkpoint = try openLog(makeFiles([groups[0]], options: options), options: options).checkpoint()
    whole.damage(segmentPath(start)) { bytes in
      for index in bytes.indices { bytes[index] = 0 }
    }
    for survival in survivals(seeds: 0..<20) {
      let files = whole.crash(.all)
      let log = try openLog(files, atLeast: checkpoint, options: options)
      // A group over several sectors that is written and not synced.
      files.faults.decide { $0.kind == .synchronize ? .stop : .proceed }
      #expect(throws: LetheError(.io, "")) { try log.append(groups[1]) }
      try expectRecovered(
        files.crash(survival), acknowledged: [groups[0]], next: groups[1], "\(survival)", options: options)
    }
  }
}
