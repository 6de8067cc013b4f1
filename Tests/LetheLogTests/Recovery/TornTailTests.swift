import LetheLog
import LetheSystem
import LetheTesting
import Testing

/// What a crash leaves of the last group.
@Suite struct TornTailTests {
  @Test func `a tail that is torn at any byte is cut after the last whole group`() throws {
    let groups = try makeGroups([[1], [1, 2], [2, 1, 1]])
    let before = try makeFiles(Array(groups.dropLast()))
    let segment = try #require(makeFiles(groups).content(of: segmentPath()))
    let start = frameEnd(groups.dropLast())
    for end in start...frameEnd(groups) {
      for isFilledUp in [true, false] {
        let files = before.crash(.all)
        files.damage(segmentPath()) { bytes in
          bytes = segment[..<end] + [UInt8](repeating: 0, count: isFilledUp ? segment.count - end : 0)
        }
        try expectRecovered(
          files, acknowledged: groups.dropLast(), next: groups[2], "cut at byte \(end), zeros behind: \(isFilledUp)")
      }
    }
  }

  @Test func `recovery says what it cut`() throws {
    let groups = try makeGroups([[1], [2, 3]])
    let files = try makeFiles(groups)
    let end = frameEnd(groups)
    files.damage(segmentPath()) { $0[end - 1] ^= 1 }
    let log = try openLog(files)
    #expect(log.count == 1)
    // The seal is broken, so nobody vouches for the whole records before it.
    #expect(log.recovery.recordsCut == 5)
    #expect(log.recovery.bytesCut == end - frameEnd(groups[..<1]))
    #expect(try openLog(files).recovery.isEmpty)
  }

  /// The first batch of a group was torn, the second is whole. What cuts it off fails to be synced, and the process that
  /// comes next sees it cut in memory; a group takes the place of the first batch, and the power fails.
  @Test(arguments: [false, true])
  func `what was cut off never comes back, though its cut was not synced when it was tried first`(
    isConfirmed: Bool
  ) throws {
    let groups = try makeGroups([[1], [1, 1], [1]], partsEvery: 1000)
    let files = try makeFiles([groups[0]])
    let checkpoint = isConfirmed ? try openLog(files, access: .read).checkpoint() : nil
    let start = frameEnd(groups[..<1])
    let segment = try #require(makeFiles(Array(groups[..<2])).content(of: segmentPath()))
    #expect(frameByteCount(groups[2]) == frameByteCount(groups[1][..<1]))
    files.damage(segmentPath()) { bytes in
      bytes = segment
      bytes[start + 20] ^= 1
    }
    files.faults.arm(.failedSync, at: 0)
    #expect(throws: LetheError(.io, "")) { try openLog(files, atLeast: checkpoint) }
    let next = files.crash(.cached)
    let log = try openLog(next, atLeast: checkpoint)
    #expect(try log.append(groups[2]) == 1..<2)
    let last = try openLog(next.crash(.synced), atLeast: checkpoint)
    #expect(try last.allRecords() == groups[0] + groups[2])
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `sectors of the last group that are lost, torn or out of order cost no record before`(seed: UInt64) throws {
    let groups = try makeGroups([[1, 3], [6], [1, 2, 5, 3, 1]], seed: seed, partsEvery: 2)
    let before = try makeFiles(Array(groups.dropLast()))
    var segment = try #require(makeFiles(groups).content(of: segmentPath()))
    var generator = SeededGenerator(seed: seed)
    var sector = frameEnd(groups.dropLast())
    let groupEnd = frameEnd(groups)
    while sector < groupEnd {
      let end = min((sector / 512 + 1) * 512, groupEnd)
      switch generator.next() % 6 {
      case 0: for index in sector..<end { segment[index] = 0 }
      case 1: for index in Int.random(in: sector..<end, using: &generator)..<end { segment[index] = 0 }
      case 2: for index in sector..<Int.random(in: sector..<end, using: &generator) { segment[index] = 0xff }
      default: break
      }
      sector = end
    }
    let files = before.crash(.all)
    files.damage(segmentPath()) { $0 = segment }
    try expectRecovered(files, acknowledged: groups.dropLast(), next: groups[2], "seed \(seed)")
  }

  /// The first record of an unacknowledged group is lost, others of the same write are there.
  @Test func `a last group that lost its beginning is cut`() throws {
    let groups = try makeGroups([[2], [3], [1, 2]])
    let files = try makeFiles(groups)
    let start = frameEnd(groups.dropLast())
    files.damage(segmentPath()) { bytes in
      for index in start..<start + 40 { bytes[index] = 0 }
    }
    #expect(try openLog(files).allRecords() == groups[0] + groups[1])
  }

  /// A long group is torn at its beginning; a shorter one takes its place and is torn too.
  @Test(arguments: 0..<8 as Range<UInt64>)
  func `bytes of a torn group never come to life behind a shorter one`(seed: UInt64) throws {
    let groups = try makeGroups([[2], [1, 1, 1, 1, 1, 1]], seed: seed)
    let short = try makeGroups([[1]], seed: seed + 50)[0]
    let files = try makeFiles(groups)
    let start = frameEnd(groups[..<1])
    files.damage(segmentPath()) { $0[start + 20] ^= 1 }
    let log = try openLog(files)
    #expect(log.count == 2)
    // The short group ends where a frame of the long one began, or elsewhere.
    let same = try Record(
      header: RecordHeader(flags: [.system, .lastOfBatch], streamID: .system, revision: 2, parts: []), sealedParts: [],
      clearBody: [UInt8](repeating: 9, count: groups[1][0].bytes.count - 28))
    for group in [[same], short] {
      let copy = files.crash(.all)
      _ = try openLog(copy).append(group)
      for survival in survivals() {
        #expect(try openLog(copy.crash(survival)).allRecords() == groups[0] + group, "\(survival)")
      }
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `random bytes behind the last group are cut, and never crash`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let groups = try makeGroups([[2], [1]])
    let whole = try makeFiles(groups)
    let empty = try makeFiles([])
    let end = frameEnd(groups)
    for _ in 0..<20 {
      let noise = generator.bytes(Int(generator.next() % 300)) + [1]
      let files = whole.crash(.all)
      files.damage(segmentPath()) { $0.replaceSubrange(end..., with: noise) }
      let log = try openLog(files)
      #expect(try log.allRecords() == groups.flatMap { $0 } && log.recovery.bytesCut == noise.count)
      let other = empty.crash(.all)
      other.damage(segmentPath()) { $0 += noise }
      #expect(try openLog(other).count == 0)
    }
  }
}
