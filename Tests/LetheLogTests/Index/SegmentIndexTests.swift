import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog

/// What an index's file answers is what the index in memory answers that it was made of.
@Suite struct SegmentIndexTests {
  /// How much of what a segment has.
  struct Shape: Sendable, CustomTestStringConvertible {
    let name: String
    var records = 300
    var streams = 40
    var keyGroups = 20
    /// Of 16.
    var keysAGroup: UInt64 = 16
    var partsARecord = 2
    var landmarksOneIn: UInt64 = 20
    var tailEntries = 100

    var testDescription: String { name }

    static let all = [
      Shape(name: "some of all"),
      Shape(name: "one record", records: 1, streams: 1, keyGroups: 1),
      Shape(name: "no keys, landmarks and tail", partsARecord: 0, landmarksOneIn: .max, tailEntries: 0),
      Shape(name: "one stream and one key for all", records: 2500, streams: 1, keyGroups: 1, keysAGroup: 1),
      Shape(name: "streams over many pages", records: 3000, streams: 2000, partsARecord: 0),
      Shape(name: "keys over many pages", records: 2500, keyGroups: 400),
      Shape(name: "a key to a group", records: 1500, keyGroups: 1500, keysAGroup: 1),
      Shape(name: "landmarks and tail over pages", records: 2600, landmarksOneIn: 1, tailEntries: 255),
      // Pages that are full to their last value: 1,023 of 4 bytes, 146 stream rows.
      Shape(name: "pages that are just full", records: 1023, streams: 146, partsARecord: 0, landmarksOneIn: 1),
    ]
  }

  private struct Sample {
    let memory: ActiveIndex
    let streams: [StreamID]
    let keys: [UInt64]
    let ending: SegmentIndex.Ending
    let bytes: [UInt8]
    let file: SegmentIndex

    init(_ shape: Shape, seed: UInt64) throws {
      var generator = SeededGenerator(seed: seed)
      streams = (0..<shape.streams).map { _ in StreamID(generator.bytes(16))! }
      let groups = (0..<shape.keyGroups).map { _ in (generator.next() >> (generator.next() % 60)) << 4 }
      var (memory, keys, revisions, offset): (ActiveIndex, Set<UInt64>, [UInt64], Int) =
        (ActiveIndex(), [], Array(repeating: generator.next() % 9, count: shape.streams), 64)
      for number in 0..<shape.records {
        let isFact = generator.next() % 4 == 0
        // Each stream comes at least once.
        let stream = number < streams.count ? number : Int.random(in: streams.indices, using: &generator)
        let parts = (0..<shape.partsARecord).map { _ in
          let key = groups.randomElement(using: &generator)! | generator.next() % shape.keysAGroup
          return PartHeader(kid: key, nonce: [], paddedLength: 256)
        }
        keys.formUnion(parts.map(\.kid))
        let note = RecordNote(
          stream: isFact ? streams[stream] : nil,
          isLandmark: shape.landmarksOneIn != .max && generator.next() % shape.landmarksOneIn == 0)
        let header = RecordHeader(
          flags: isFact ? .system : [], streamID: isFact ? .system : streams[stream],
          revision: isFact ? UInt64(number) : revisions[stream], parts: parts)
        if !isFact { revisions[stream] += 1 }
        memory.append(header, note, tag: generator.next() % 3 == 0 ? 0 : generator.next(), offset: offset)
        offset += Int.random(in: 44...5000, using: &generator)
      }
      ending = SegmentIndex.Ending(
        end: offset, rootHash: Digest(generator.bytes(32))!,
        tailEntries: (0..<shape.tailEntries).map { _ in Digest(generator.bytes(32))! })
      bytes = SegmentIndex.encode(memory, first: 1000, ending, storeID: testStoreID)
      let files = MemoryFileSystem()
      let written = try files.open("index", .create)
      try written.write(bytes, at: 0)
      file = try SegmentIndex(written, name: "index", first: 1000, storeID: testStoreID)
      (self.memory, self.keys) = (memory, keys.sorted())
    }
  }

  @Test(arguments: Shape.all, [1, 2] as [UInt64])
  func `a file answers what it was made of`(shape: Shape, seed: UInt64) throws {
    let sample = try Sample(shape, seed: seed)
    let (memory, file) = (sample.memory, sample.file)
    #expect(file.first == 1000 && file.count == memory.count && file.end == sample.ending.end)
    #expect(file.rootHash == sample.ending.rootHash && file.tailEntries == sample.ending.tailEntries)
    #expect(file.landmarks == memory.landmarks)

    var generator = SeededGenerator(seed: seed)
    let unknown = (0..<50).map { _ in StreamID(generator.bytes(16))! }
    for stream in sample.streams + [.system, StreamID([UInt8](repeating: 255, count: 16))!] + unknown {
      #expect(try file.nextRevision(of: stream) == memory.nextRevision(of: stream))
      let (found, expected) = (try file.run(of: stream), memory.run(of: stream))
      #expect(found?.postings == expected?.postings && found?.nextRevision == expected?.nextRevision)
    }

    let keys = sample.keys
    for key in Exhaustive.some(keys, every: 25) + [0, .max] + (0..<50).map({ _ in generator.next() }) {
      let group = key & ~15
      for range in [group...group + 15, key...key, group + key % 8...group + 15] {
        #expect(try file.postings(under: range) == memory.postings(under: range), "\(range)")
      }
      for near in [key, key &+ 1, key &- 1] {
        #expect(try file.highestKey(notAbove: near) == memory.highestKey(notAbove: near))
      }
    }
    for range in [0...(.max), 0...0, keys.first.map { $0...$0 + 500 } ?? 1...2, 1 << 40...1 << 50] {
      #expect(try file.keys(in: range) == memory.keys(in: range).sorted())
    }

    for number in Exhaustive.sample(memory.count, oneIn: 20, seed: seed) {
      #expect(try file.tag(of: number) == memory.tags[number])
      let end = Int.random(in: number + 1...min(number + 1200, memory.count), using: &generator)
      for range in [number..<number + 1, number..<end] {
        #expect(try file.offsets(of: range) == memory.offsets(of: range, end: sample.ending.end))
      }
    }
  }

  /// A file whose filters, and fences where those are changed too, are not those of its rows.
  private func forged(_ sample: Sample, changing columns: [IndexPages.Column], _ byte: UInt8) throws -> SegmentIndex {
    var bytes = sample.bytes
    for page in columns.flatMap({ $0.firstPage..<$0.endPage }) {
      let start = page * IndexPages.byteCount
      let end = start + IndexPages.contentByteCount
      bytes.replaceSubrange(start..<end, with: [UInt8](repeating: byte, count: IndexPages.contentByteCount))
      let checksum = IndexPages.checksum(bytes.span.extracting(start..<end), page: page)
      bytes.replaceSubrange(end..<end + 4, with: (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32(8 * $0)) })
    }
    let file = try MemoryFileSystem().open("index", .create)
    try file.write(bytes, at: 0)
    return try SegmentIndex(file, name: "index", first: 1000, storeID: testStoreID)
  }

  @Test(arguments: [Shape.all[0], Shape.all[4], Shape.all[5], Shape.all[6]])
  func `a filter that denies what is there is not believed, however often it is asked`(shape: Shape) throws {
    let sample = try Sample(shape, seed: 1)
    let columns = sample.file.columns
    let file = try forged(sample, changing: [columns.streamFilter, columns.keyFilter], 0)
    #expect(!sample.streams.contains { file.streamFilter.mayContain($0.words) })
    var generator = SeededGenerator(seed: 99)
    for _ in 0..<1500 {
      #expect(try file.run(of: StreamID(generator.bytes(16))!) == nil)
      let group = generator.next() & ~15
      #expect(try file.postings(under: group...group + 15) == sample.memory.postings(under: group...group + 15))
    }
    for stream in sample.streams {
      #expect(try file.nextRevision(of: stream) == sample.memory.nextRevision(of: stream))
      #expect(try file.run(of: stream)?.postings == sample.memory.run(of: stream)?.postings)
    }
    for group in Set(sample.keys.map { $0 & ~15 }) {
      #expect(try file.postings(under: group...group + 15) == sample.memory.postings(under: group...group + 15))
    }
  }

  @Test(arguments: [0, 0xFF] as [UInt8])
  func `fences that are not those of their pages are damage, and no answer`(byte: UInt8) throws {
    let sample = try Sample(Shape.all[4], seed: 1)
    let file = try forged(sample, changing: [sample.file.columns.streamFences], byte)
    for stream in sample.streams {
      do { #expect(try file.run(of: stream)?.postings == sample.memory.run(of: stream)?.postings) } catch {
        #expect(error.code == .damage)
      }
    }
    let keyed = try Sample(Shape.all[5], seed: 1)
    let keyFile = try forged(keyed, changing: [keyed.file.columns.keyFences], byte)
    for key in keyed.keys {
      do {
        #expect(try keyFile.postings(under: key...key) == keyed.memory.postings(under: key...key))
        #expect(try keyFile.highestKey(notAbove: key) == key)
      } catch { #expect(error.code == .damage) }
    }
  }

  @Test func `a filter that was compared with its rows answers alone`() throws {
    let sample = try Sample(Shape.all[4], seed: 1)
    let trust = sample.file.streamFilterTrust
    var generator = SeededGenerator(seed: 2)
    while case .lookUp = trust.answer() { _ = try sample.file.run(of: StreamID(generator.bytes(16))!) }
    for _ in 0..<2000 { _ = try sample.file.run(of: StreamID(generator.bytes(16))!) }
    guard case .believe = trust.answer() else {
      Issue.record("the filter is as its rows are, and not believed")
      return
    }
  }

  @Test func `the same index has the same bytes`() throws {
    #expect(try Sample(Shape.all[0], seed: 1).bytes == Sample(Shape.all[0], seed: 1).bytes)
  }

  @Test func `another store's index, or one of another segment, is refused`() throws {
    let sample = try Sample(Shape.all[0], seed: 1)
    let file = try MemoryFileSystem().open("index", .create)
    try file.write(sample.bytes, at: 0)
    #expect(throws: LetheError(.damage, "")) {
      try SegmentIndex(file, name: "index", first: 0, storeID: testStoreID)
    }
    #expect(throws: LetheError(.damage, "")) {
      try SegmentIndex(file, name: "index", first: 1000, storeID: Array(0..<16))
    }
  }
}
