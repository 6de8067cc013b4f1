import LetheSystem
import LetheTesting
import Synchronization
import Testing

@testable import LetheLog

/// A call fails, and the process goes on.
@Suite struct LogFailureTests {
  /// The last append rotates and seals.
  @Test(arguments: [1 << 20, 2048])
  func `after any failed call the log takes no more until it is opened again`(segmentByteCount: Int) throws {
    let groups = try makeGroups([[1, 3], [2, 1, 3], [4, 2], [1]])
    let options = LogOptions.small(segmentByteCount)
    let base = try makeFiles([groups[0]], options: options)
    for call in 0... {
      let files = base.crash(.all)
      let log = try openLog(files, options: options)
      let before = files.faults.callCount
      files.faults.fail(at: call)
      var acknowledged = 1
      do throws(LetheError) {
        for group in groups[1...2] {
          _ = try log.append(group)
          acknowledged += 1
        }
      } catch { #expect(error.code == .io) }
      let isThrough = files.faults.callCount - before <= call
      if isThrough { #expect(try files.segmentStarts().count > (segmentByteCount == 2048 ? 1 : 0)) }
      files.faults.clear()
      #expect(try log.allRecords() == groups[..<acknowledged].flatMap { $0 })
      // What the workshop could not do stops the next append, but for a spare, which nobody needs.
      do throws(LetheError) {
        _ = try log.append(acknowledged < 3 ? [] : groups[3])
        #expect(acknowledged == 3)
        acknowledged += 1
      } catch { #expect(error.code == .io) }
      // Opened again at once, a failed sync's bytes are read from the cache; they must be made durable before more.
      try expectRecovered(
        files, acknowledged: groups[..<acknowledged], next: acknowledged < 4 ? groups[acknowledged] : [],
        "call \(call) failed", options: options)
      if isThrough { break }
    }
  }

  @Test func `a full disk stops the log, and it goes on once there is room`() throws {
    let groups = try makeGroups([[2], [3], [1]])
    let files = try makeFiles([groups[0]])
    let log = try openLog(files)
    files.faults.decide { $0.kind == .write ? .full : .proceed }
    #expect(throws: LetheError(.io, "")) { try log.append(groups[1]) }
    files.faults.clear()
    do throws(LetheError) {
      _ = try log.append(groups[1])
      Issue.record("it went on")
    } catch { #expect(error.code == .io && error.cause?.number == 28) }
    try expectRecovered(files, acknowledged: [groups[0]], next: groups[1], "opened again")
  }

  @Test func `a creation whose write or sync failed is finished by the next process`() throws {
    for call in 0... {
      let files = MemoryFileSystem()
      files.faults.fail(at: call)
      func create() throws {
        _ = try FileLog.create(in: logDirectory, fileSystem: files, storeID: testStoreID, options: .oneSegment)
      }
      let isThrough = (try? create()) != nil
      files.faults.clear()
      if try !FileLog.exists(in: logDirectory, fileSystem: files) { try create() }
      try expectRecovered(files, acknowledged: [], next: [], "call \(call) failed")
      if isThrough { break }
    }
  }

  @Test func `a group that is too long is refused, and the log goes on`() throws {
    let groups = try makeGroups([[2], [1]])
    let log = try openLog(makeFiles([groups[0]]))
    let record = try Record(
      header: RecordHeader(flags: [.system, .lastOfBatch], streamID: .system, revision: 2, parts: []),
      sealedParts: [], clearBody: [UInt8](repeating: 1, count: Record.maximumByteCount - 28))
    var preparer = RecordPreparer()
    preparer.append(record)
    let prepared = preparer.finish()
    #expect(throws: LetheError(.input, "")) { try log.append(Array(repeating: prepared, count: 32)) }
    #expect(try log.append(groups[1]) == 2..<3)
  }

  @Test func `a spare that a process before left is used, if it is all zeros and of the right length`() throws {
    let groups = try makeGroups([[6], [6], [6], [6]])
    let options = LogOptions.small(2048)
    let before = try makeFiles(groups, options: options)
    let path = "\(logDirectory)/\(LogLayout.spare)"
    #expect(before.content(of: path) == [UInt8](repeating: 0, count: 2048))
    let changes: [(isSound: Bool, (inout [UInt8]) -> Void)] = [
      (true, { _ in }), (false, { $0[2047] = 1 }), (false, { $0[0] = 1 }), (false, { $0.removeLast() }),
      (false, { $0.append(0) }), (false, { $0 = [] }),
    ]
    var made: [Bool: Set<Int>] = [:]
    for (isSound, change) in changes {
      let files = before.crash(.all)
      files.damage(path, change)
      let log = try openLog(files, options: options)
      let count = Atomic(0)
      files.faults.decide { call in
        if call.path.hasSuffix("spare.new"), call.kind == .open { count.add(1, ordering: .relaxed) }
        return .proceed
      }
      for _ in 0..<4 { _ = try log.append(groups[3]) }
      made[isSound, default: []].insert(count.load(ordering: .relaxed))
      #expect(files.content(of: path) == [UInt8](repeating: 0, count: 2048))
      #expect(try log.allRecords() == (groups + Array(repeating: groups[3], count: 4)).flatMap { $0 })
    }
    #expect(made == [true: [1], false: [2]])
  }

  @Test func `a spare that cannot be made costs nothing`() throws {
    let groups = try makeGroups(Array(repeating: [1], count: 60))
    let options = LogOptions.small(2048)
    let files = try makeFiles([], options: options)
    let log = try openLog(files, options: options)
    let tries = Atomic(0)
    files.faults.decide { call in
      guard call.path.contains("spare") else { return .proceed }
      if call.kind == .open { tries.add(1, ordering: .relaxed) }
      // There is room for its beginning.
      return call.kind == .synchronize ? .full : .proceed
    }
    for group in groups { _ = try log.append(group) }
    try log.finish()
    let count = try files.segmentStarts().count
    #expect(count > 2 && tries.load(ordering: .relaxed) <= count)
    // What there was of it takes no room.
    #expect(files.content(of: "\(logDirectory)/\(LogLayout.spareInMaking)") == nil)
    files.faults.clear()
    try expectRecovered(files, acknowledged: groups, next: [], "without spares", options: options)
  }
}
