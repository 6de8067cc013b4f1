import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog

@Suite struct FileLogOpeningTests {
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
    let head = try #require(whole.content(of: segmentPath))
    #expect(head.count == 64)
    for count in 0..<64 {
      let files = whole.crash(.all)
      files.damage(segmentPath) { $0 = Array(head[..<count]) }
      #expect(try !FileLog.exists(in: logDirectory, fileSystem: files))
      #expect(throws: LetheError(.io, "")) { try openLog(files) }
      _ = try FileLog.create(in: logDirectory, fileSystem: files, storeID: testStoreID)
      #expect(files.content(of: segmentPath) == head)
    }
    #expect(try !FileLog.exists(in: "/elsewhere", fileSystem: MemoryFileSystem()))
    #expect(throws: LetheError(.io, "")) { try openLog(MemoryFileSystem()) }
  }

  @Test func `the files' heads have these bytes`() throws {
    let files = try makeFiles([])
    let segment = try #require(files.content(of: segmentPath))
    let leaves = try #require(files.content(of: leavesPath))
    let rest = "01000000" + "00000000" + testStoreID.hex + String(repeating: "00", count: 28)
    #expect(segment.hex == Array("LetheLog".utf8).hex + rest + "5998681f")
    #expect(leaves.hex == Array("LetheLvs".utf8).hex + rest + "7ffd3d6e")
  }

  @Test(arguments: [segmentPath, leavesPath])
  func `files of others and of newer programs are refused`(path: String) throws {
    let whole = try makeFiles(makeGroups([[2]]))
    func open(storeID: [UInt8] = testStoreID, _ change: (inout [UInt8]) -> Void) -> LetheError.Code? {
      let files = whole.crash(.all)
      files.damage(path, change)
      do throws(LetheError) {
        _ = try FileLog.open(in: logDirectory, fileSystem: files, storeID: storeID)
        return nil
      } catch { return error.code }
    }
    func sealed(_ bytes: inout [UInt8]) {
      bytes.replaceSubrange(60..<64, with: CRC32C.checksum(bytes.span.extracting(..<60)).littleEndianBytes)
    }
    #expect(open { _ in } == nil)
    #expect(open(storeID: Array(0..<16)) { _ in } == .input)
    #expect(open { $0 = [UInt8](repeating: 7, count: 200) } == .format)
    #expect(
      open {
        $0[8] = 2
        sealed(&$0)
      } == .format)
    #expect(
      open {
        $0[7] = 0
        sealed(&$0)
      } == .format)
    #expect(
      open {
        $0[20] ^= 1
        sealed(&$0)
      } == .input)
    #expect(open { $0[20] ^= 1 } == .damage)
    #expect(
      open {
        $0[12] = 1
        sealed(&$0)
      } == .damage)
    #expect(
      open {
        $0[32] = 1
        sealed(&$0)
      } == .damage)
  }

  @Test func `a newer record version is refused as format`() throws {
    let files = try makeFiles(makeGroups([[2]]))
    var record = try makeRecord(seed: 5).bytes
    record[0] = 2
    var frame: [UInt8] = []
    Frame.append(record, group: 2, to: &frame)
    files.damage(segmentPath) { $0 += frame }
    #expect(throws: LetheError(.format, "")) { try openLog(files) }
  }

  @Test func `a checkpoint must be contained`() throws {
    let groups = try makeGroups([[2], [1, 3], [2]])
    let files = try makeFiles(groups)
    let log = try openLog(files)
    for size in 0...log.count {
      let part = try Checkpoint(origin: "a", size: size, rootHash: log.rootHash(size: size))
      #expect(try openLog(files, atLeast: part).count == 8)
      let other = try Checkpoint(origin: "a", size: size, rootHash: .zero)
      #expect(throws: LetheError(.damage, "")) { try openLog(files, atLeast: other) }
    }
    let longer = try Checkpoint(origin: "a", size: 9, rootHash: .zero)
    #expect(throws: LetheError(.rolledBack, "")) { try openLog(files, atLeast: longer) }
    let shorter = try makeFiles(Array(groups.dropLast()))
    #expect(throws: LetheError(.rolledBack, "")) { try openLog(shorter, atLeast: log.checkpoint()) }
  }

  @Test func `a log that ends before its leaf entries was rolled back`() throws {
    let groups = try makeGroups([[2], [1, 3], [2]])
    let files = try makeFiles(groups)
    let segment = try #require(makeFiles(Array(groups.dropLast())).content(of: segmentPath))
    files.damage(segmentPath) { $0 = segment }
    #expect(throws: LetheError(.rolledBack, "")) { try openLog(files) }
  }

  @Test func `a reader changes nothing, leaves out what may not be durable, and does not append`() throws {
    let groups = try makeGroups([[2], [1, 3], [2, 1]])
    let records = groups.flatMap { $0 }
    let whole = try makeFiles(groups)
    let segment = try #require(whole.content(of: segmentPath))
    let leaves = try #require(whole.content(of: leavesPath))
    // Any moment of an append that another process makes: first frames grow, then leaf entries.
    let start = try #require(makeFiles(Array(groups.dropLast())).content(of: segmentPath)).count
    let moments =
      (start...segment.count).map { ($0, 64 + 32 * 6) } + (64 + 32 * 6...leaves.count).map { (segment.count, $0) }
    for (segmentEnd, leavesEnd) in moments {
      let files = whole.crash(.all)
      files.damage(segmentPath) { $0 = Array(segment[..<segmentEnd]) }
      files.damage(leavesPath) { $0 = Array(leaves[..<leavesEnd]) }
      let log = try openLog(files, access: .read)
      let count = leavesEnd == leaves.count ? 9 : leavesEnd >= 64 + 32 * 8 ? 8 : 6
      #expect(try log.allRecords() == Array(records[..<count]), "\(segmentEnd), \(leavesEnd)")
      #expect(files.content(of: segmentPath)?.count == segmentEnd && files.content(of: leavesPath)?.count == leavesEnd)
      #expect(throws: LetheError(.refused, "")) { try log.append(groups[0]) }
    }
  }
}
