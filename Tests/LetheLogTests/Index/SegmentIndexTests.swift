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
