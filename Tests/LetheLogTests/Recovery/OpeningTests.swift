import LetheCrypto
import LetheSystem
import LetheTesting
import Synchronization
import Testing

@testable import LetheLog

@Suite struct LogOpeningTests {
  @Test func `a log that is there is not created again`() throws {
    let groups = try makeGroups([[2]])
    let files = try makeFiles(groups)
    #expect(try FileLog.exists(in: logDirectory, fileSystem: files))
    #expect(throws: LetheError(.refused, "")) {
      try FileLog.create(in: logDirectory, fileSystem: files, storeID: testStoreID)
    }
    #expect(try openLog(files).allRecords() == groups[0])
  }

  @Test func `a log whose head was not written whole counts as none`() throws {
    let whole = try makeFiles([])
    let head = try #require(whole.content(of: segmentPath()))
    #expect(head.count == 64)
    for count in 0...64 {
      for isFilledUp in [true, false] where count < 64 {
        let files = whole.crash(.all)
        files.damage(segmentPath()) {
          $0 = head[..<count] + [UInt8](repeating: 0, count: isFilledUp ? 64 - count : 0)
        }
        #expect(try !FileLog.exists(in: logDirectory, fileSystem: files))
        #expect(throws: LetheError(.io, "")) { try openLog(files) }
        _ = try FileLog.create(in: logDirectory, fileSystem: files, storeID: testStoreID, options: .oneSegment)
        #expect(files.content(of: segmentPath()) == head)
      }
    }
    #expect(try !FileLog.exists(in: "/elsewhere", fileSystem: MemoryFileSystem()))
    #expect(throws: LetheError(.io, "")) { try openLog(MemoryFileSystem()) }
  }

  @Test func `a log whose first sector or first segment is lost is a log still, and none is made in its place`() throws
  {
    let groups = try makeGroups([[2], [9, 9], [9, 9]])
    for options in [LogOptions.oneSegment, .small(2048)] {
      let whole = try makeFiles(groups, options: options)
      let changes: [(MemoryFileSystem) throws -> Void] = [
        { $0.damage(segmentPath()) { for index in 0..<512 { $0[index] = 0 } } },
        { $0.damage(segmentPath()) { $0[3] ^= 1 } },
        { if try $0.segmentStarts().count > 1 { try $0.remove(segmentPath()) } },
      ]
      for change in changes {
        let files = whole.crash(.all)
        try change(files)
        if files.content(of: segmentPath()) == whole.content(of: segmentPath()) { continue }
        let before = try files.logContent()
        #expect(try FileLog.exists(in: logDirectory, fileSystem: files))
        #expect(throws: LetheError(.refused, "")) {
          try FileLog.create(in: logDirectory, fileSystem: files, storeID: testStoreID, options: options)
        }
        do throws(LetheError) {
          _ = try openLog(files, options: options)
          Issue.record("not seen")
        } catch { #expect([.damage, .format].contains(error.code), "\(error)") }
        #expect(try files.logContent() == before)
      }
    }
  }

  @Test func `files of others and of newer programs are refused`() throws {
    let whole = try makeFiles(makeGroups([[2]]))
    func open(storeID: [UInt8] = testStoreID, isSound: Bool = true, _ change: (inout [UInt8]) -> Void) -> LetheError
      .Code?
    {
      let files = whole.crash(.all)
      files.damage(segmentPath()) { bytes in
        change(&bytes)
        if isSound {
          bytes.replaceSubrange(60..<64, with: CRC32C.checksum(bytes.span.extracting(..<60)).littleEndianBytes)
        }
      }
      do throws(LetheError) {
        _ = try FileLog.open(
          in: logDirectory, fileSystem: files, storeID: storeID, believing: .everything, options: .oneSegment)
        return nil
      } catch { return error.code }
    }
    #expect(open { _ in } == nil)
    #expect(open(storeID: Array(0..<16)) { _ in } == .input)
    #expect(open(isSound: false) { $0 = [UInt8](repeating: 7, count: 200) } == .format)
    #expect(open { $0[8] = 4 } == .format)
    #expect(open { $0[7] = 0 } == .format)
    #expect(open { $0[20] ^= 1 } == .input)
    #expect(open(isSound: false) { $0[20] ^= 1 } == .damage)
    #expect(open { $0[12] = 1 } == .damage)
    #expect(open { $0[32] = 1 } == .damage)
    #expect(open { $0[40] = 1 } == .damage)
  }

  @Test func `a newer record version is refused as format`() throws {
    let files = try makeFiles(makeGroups([[2]]))
    var record = try makeRecord(seed: 5).bytes
    record[0] = 3
    let end = frameEnd(try makeGroups([[2]]))
    files.replaceTail(of: segmentPath(), from: end, frames: [(record, 2)])
    #expect(throws: LetheError(.format, "")) { try openLog(files, access: .read, believing: .upTo(3)) }
    // Where seals tell what counts, it is nothing that the store wrote.
    #expect(try openLog(files).count == 2)
  }

  @Test(arguments: [1 << 20, 2048])
  func `a checkpoint must be contained`(segmentByteCount: Int) throws {
    let groups = try makeGroups([[2], [1, 3], [20], [2], [20], [3]])
    let options = LogOptions.small(segmentByteCount)
    let files = try makeFiles(groups, options: options)
    let log = try openLog(files, options: options)
    for size in 0...log.count {
      let part = try Checkpoint(origin: "a", size: size, rootHash: log.rootHash(size: size))
      #expect(try openLog(files, atLeast: part, options: options).count == log.count)
      let other = try Checkpoint(origin: "a", size: size, rootHash: .zero)
      #expect(throws: LetheError(.damage, "")) { try openLog(files, atLeast: other, options: options) }
    }
    let longer = try Checkpoint(origin: "a", size: log.count + 1, rootHash: .zero)
    #expect(throws: LetheError(.rolledBack, "")) { try openLog(files, atLeast: longer, options: options) }
    let shorter = try makeFiles(Array(groups.dropLast()), options: options)
    #expect(throws: LetheError(.rolledBack, "")) {
      try openLog(shorter, atLeast: log.checkpoint(), options: options)
    }
  }

  @Test func `a reader changes nothing, leaves out what may not be whole, and does not append`() throws {
    let groups = try makeGroups([[2], [1, 3], [2, 1]])
    let records = groups.flatMap { $0 }
    let whole = try makeFiles(groups)
    let start = frameEnd(groups[..<2])
    let segment = try #require(whole.content(of: segmentPath()))
    for end in start...frameEnd(groups) {
      let files = whole.crash(.all)
      files.damage(segmentPath()) { for index in end..<$0.count { $0[index] = 0 } }
      let before = try files.logContent()
      let log = try openLog(files, access: .read)
      // Zeros at the end of what was cut may be the record's own.
      let isSame = files.content(of: segmentPath()) == segment
      #expect(try log.allRecords() == Array(records[..<(isSame ? 9 : 6)]), "\(end)")
      #expect(throws: LetheError(.refused, "")) { try log.append(groups[0]) }
      #expect(try files.logContent() == before)
    }
  }

  @Test func `a reader makes no index and no tile that is missing`() throws {
    let groups = try makeGroups([Array(repeating: 2, count: 130), [20], [20], [3]])
    let options = LogOptions.small(2048)
    let files = try makeFiles(groups, options: options)
    try files.remove(indexPath())
    try files.remove("\(logDirectory)/\(LogLayout.entries(0))")
    let before = try files.logContent()
    let log = try openLog(files, access: .read, options: options)
    #expect(try log.allRecords() == groups.flatMap { $0 })
    try log.finish()
    #expect(try files.logContent() == before)
  }

  /// A reader read the first half of a group; before it reads on, the writer ends that group and adds another.
  @Test func `a reader beside a writer takes no append for damage`() throws {
    let groups = try makeGroups([[2], [1, 3], [2, 1], [4]])
    let records = groups.flatMap { $0 }
    let whole = try makeFiles(groups)
    let segment = try #require(whole.content(of: segmentPath()))
    for end in stride(from: frameEnd(groups[..<1]), to: frameEnd(groups[..<2]), by: 7) {
      let base = whole.crash(.all)
      base.damage(segmentPath()) { for index in end..<$0.count { $0[index] = 0 } }
      let files = FaultingFileSystem(base)
      let hasReadFrames = Atomic(false)
      files.faults.decide { call in
        // The head is read before the frames are.
        guard call.kind == .read, call.byteCount != 64 else { return .proceed }
        if hasReadFrames.exchange(true, ordering: .relaxed) { base.damage(segmentPath()) { $0 = segment } }
        return .proceed
      }
      let log = try openLog(files, access: .read)
      #expect(try records.starts(with: log.allRecords()))
    }
  }
}
