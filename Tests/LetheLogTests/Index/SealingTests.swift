import LetheCrypto
import LetheSystem
import LetheTesting
import Synchronization
import Testing

@testable import LetheLog

/// A workshop whose jobs wait until somebody waits for them.
private final class PatientWorkshop: Workshop {
  private let jobs = Mutex<[@Sendable () -> Void]>([])
  private let waits = Mutex(0)

  /// How often somebody waited.
  var waitCount: Int { waits.withLock { $0 } }

  func give(_ job: @escaping @Sendable () -> Void) { jobs.withLock { $0.append(job) } }

  func finish() {
    waits.withLock { $0 += 1 }
    while true {
      let job = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      guard let job else { return }
      job()
    }
  }
}

@Suite struct SealingTests {
  private func options(_ workshop: any Workshop) -> LogOptions {
    LogOptions(segmentByteCount: 4096, growthByteCount: 512, workshop: workshop)
  }

  /// One that grows has each step's zeros and metadata synced with the records.
  @Test func `a segment that grows is left for the one made ahead, which is filled to its end`() throws {
    let options = LogOptions.small(16 << 10, growingByteLimit: 2 << 10)
    let files = try makeFiles([], options: options)
    func segments() throws -> [(length: Int, end: Int)] {
      try files.segmentStarts().map { start in
        let bytes = files.content(of: segmentPath(start)) ?? []
        return (bytes.count, (bytes.lastIndex { $0 != 0 } ?? 0) + 1)
      }
    }
    let first = try openLog(files, options: options)
    while try segments().count < 4 { _ = try first.append(makeGroups([[1]])[0]) }
    let made = try segments()
    #expect(made[0].end > 2 << 10 && made[0].length < 8 << 10)
    for (length, end) in made[1...2] { #expect(length == 16 << 10 && end > 15 << 10) }

    // A crash that tore the last group has the open segment cut, so that it grows again.
    let last = try #require(files.segmentStarts().last)
    files.damage(segmentPath(last)) { $0.removeLast($0.count - made[3].end + 1) }
    let second = try openLog(files, options: options)
    while try segments().count < 6 { _ = try second.append(makeGroups([[1]])[0]) }
    let grown = try segments()
    #expect(grown[3].end > 2 << 10 && grown[3].length < 8 << 10)
    #expect(grown[4].length == 16 << 10 && grown[4].end > 15 << 10)
  }

  /// What is sealed is not looked at again, so a process that stops between must leave no index of a segment that can still
  /// be written.
  @Test func `a segment is protected before the sync that its index waits for`() throws {
    let files = try makeFiles([], options: .small(4096))
    let log = try openLog(files, options: .small(4096))
    let calls = Mutex<[String]>([])
    files.faults.decide { call in
      if call.path == segmentPath(), call.kind == .protect { calls.withLock { $0.append("protect") } }
      if call.kind == .synchronizeAll { calls.withLock { $0.append("sync") } }
      if call.path.hasPrefix(indexPath()), call.kind == .open || call.kind == .rename {
        calls.withLock { $0.append("index") }
      }
      return .proceed
    }
    while try files.segmentStarts().count < 2 { _ = try log.append(makeGroups([[1]])[0]) }
    #expect(calls.withLock { $0 }.prefix(3) == ["protect", "sync", "index"])
  }

  /// What is in memory of an opening is what had to be made again.
  @Test func `an opening holds the records of segments whose index is missing, and of no other`() throws {
    let groups = try makeGroups(Array(repeating: [8, 8, 8], count: 30), partsEvery: 1000)
    let whole = try makeFiles(groups, options: .small(4096))
    let starts = try whole.segmentStarts()
    #expect(starts.count > 8)
    let changes: [(lost: Int, (MemoryFileSystem) throws -> Void)] = [
      (0, { _ in }), (1, { try $0.remove(indexPath(starts[2])) }), (1, { try $0.remove(indexPath(0)) }),
      (2, { files in for start in starts[3...4] { try files.remove(indexPath(start)) } }),
      (1, { try $0.remove(indexPath(starts[starts.count - 2])) }),
      (0, { try FileLog.removeTiles(in: logDirectory, fileSystem: $0) }),
      (
        1,
        {
          try FileLog.removeTiles(in: logDirectory, fileSystem: $0)
          try $0.remove(indexPath(starts[3]))
        }
      ),
    ]
    for (place, (lost, change)) in changes.enumerated() {
      for access in [LogAccess.read, .write] {
        let files = whole.crash(.all)
        try change(files)
        let log = try openLog(files, access: access, options: options(PatientWorkshop()))
        #expect(frozenCount(log) == lost, "change \(place)")
        #expect(try log.allRecords() == groups.flatMap { $0 }, "change \(place)")
        guard access == .write else { continue }
        try log.finish()
        #expect(frozenCount(log) == 0)
        #expect(
          try files.logContent().filter { $0.key != "spare.segment" }
            == whole.logContent().filter { $0.key != "spare.segment" }, "change \(place)")
      }
    }
  }

  private func frozenCount(_ log: FileLog) -> Int {
    log.view.withLock { view in
      view.closed.count {
        guard case .frozen = $0 else { return false }
        return true
      }
    }
  }

  @Test func `segments that wait to be sealed answer as others do, and are few`() throws {
    let files = MemoryFileSystem()
    let workshop = PatientWorkshop()
    let log = try FileLog.create(
      in: logDirectory, fileSystem: files, storeID: testStoreID, noting: FactNoting(), options: options(workshop))
    workshop.finish()
    var history = try History(seed: 41)
    var most = 0
    while history.count < 120 {
      _ = try log.append(history.addGroup())
      most = max(most, frozenCount(log))
    }
    #expect(most == 4 && workshop.waitCount >= 3)
    try checkReading(log, history)
    try checkFinding(log, history, tags: .kept)
    try log.finish()
    #expect(frozenCount(log) == 0)
    try checkReading(log, history)
    try checkFinding(log, history, tags: .kept)
  }

  @Test func `a process that ends before its segments are sealed leaves that to the next`() throws {
    let groups = try makeGroups(Array(repeating: [8, 8, 8], count: 10), partsEvery: 1000)
    let files = MemoryFileSystem()
    do {
      let log = try FileLog.create(
        in: logDirectory, fileSystem: files, storeID: testStoreID, options: options(PatientWorkshop()))
      for group in groups { _ = try log.append(group) }
      #expect(frozenCount(log) > 0)
    }
    try expectRecovered(files.crash(.synced), acknowledged: groups, next: [], "reopened", options: .small(4096))
  }

  /// Where only files have it, what is gone from them cannot be answered.
  @Test func `nothing of a sealed segment's records stays in memory`() throws {
    let files = MemoryFileSystem()
    let log = try FileLog.create(
      in: logDirectory, fileSystem: files, storeID: testStoreID, noting: FactNoting(), options: .small(32768))
    let history = try History(seed: 42, groups: 140)
    var start = 0
    for size in history.groupSizes {
      _ = try log.append([history.entries[start..<start + size].prepared])
      start += size
    }
    let starts = try files.segmentStarts()
    let last = try #require(starts.last)
    #expect(starts.count > 5 && last > 512)
    for name in try files.logContent().keys where name.hasSuffix(".index") || name.hasPrefix("tile/") {
      files.damage("\(logDirectory)/\(name)") { $0 = [] }
    }
    let damage = LetheError(.damage, "")
    for position in 0..<last {
      #expect(throws: damage) { try log.tag(at: position) }
      #expect(throws: damage) { try log.record(at: position) }
      if position < last / 256 * 256 { #expect(throws: damage) { try log.leafEntry(at: position) } }
    }
    let sealed = history.entries[..<Int(last)]
    for stream in Set(sealed.map(\.record.header.streamID)) {
      #expect(throws: damage) { try log.positions(of: stream, 0..<1000) }
    }
    for key in Set(sealed.flatMap { $0.record.header.parts.map(\.kid) }) {
      #expect(throws: damage) { try log.positions(under: key...key, .events) }
    }
    // What is in memory is there: the open segment, and roots over what was sealed.
    for position in last..<history.count {
      #expect(try log.tag(at: position) == (history.entries[Int(position)].tag).nonzero)
    }
    #expect(try log.rootHash(size: 512) == naiveRoot(history.leafHashes[..<512]))
    // Of a sealed segment there are fences, filters and the hashes of some 20 pages, not more.
    let held = log.view.withLock { $0.closed.map { Mirror(reflecting: $0).heldCount } }
    let records = zip(starts, starts.dropFirst()).map { Int($1 - $0) }
    #expect(held.count == records.count)
    for (held, records) in zip(held, records) { #expect(held < 256 + 320 + records, "\(held) of \(records) records") }
  }

  /// The memory that index keeps of a segment does not grow with its records.
  @Test func `what stays of a sealed segment is the same for few records and many`() throws {
    func held(_ count: Int) throws -> Int {
      var index = ActiveIndex()
      for number in 0..<count {
        let stream = StreamID([UInt8](repeating: UInt8(1 + number % 20), count: 16))!
        let part = PartHeader(kid: UInt64(number % 30), nonce: [], paddedLength: 256)
        let header = RecordHeader(flags: [], streamID: stream, revision: UInt64(number / 20), parts: [part])
        index.append(header, .none, tag: 1, offset: 64 + 300 * number)
      }
      let ending = SegmentIndex.Ending(end: 64 + 300 * count, rootHash: .zero, tailEntries: [])
      let file = try MemoryFileSystem().open("index", .create)
      try file.write(SegmentIndex.encode(index, first: 0, ending, storeID: testStoreID), at: 0)
      return Mirror(reflecting: try SegmentIndex(file, name: "index", first: 0, storeID: testStoreID)).heldCount
    }
    let few = try held(60)
    #expect(try held(20000) == few && few < 100)
  }
}

extension Mirror {
  /// Elements of all arrays in the value.
  fileprivate var heldCount: Int {
    children.reduce(0) { sum, child in
      let mirror = Mirror(reflecting: child.value)
      if mirror.displayStyle == .collection { return sum + mirror.children.count }
      return mirror.displayStyle == .class ? sum : sum + mirror.heldCount
    }
  }
}

extension UInt64 {
  fileprivate var nonzero: UInt64? { self == 0 ? nil : self }
}
