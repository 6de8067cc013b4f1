import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheLog

/// What stands in files, byte by byte: a stranger with the formats' comments must find the same.
@Suite struct LogBytesTests {
  /// CRC-32C bit by bit, with nothing of the implementation's.
  private static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var sum: UInt32 = 0xffff_ffff
    for byte in bytes {
      for bit in 0..<8 {
        let isOdd = sum & 1 != UInt32(byte) >> UInt32(bit) & 1
        sum = sum >> 1 ^ (isOdd ? 0x82f6_3b78 : 0)
      }
    }
    return sum ^ 0xffff_ffff
  }

  private static func hex(_ number: some FixedWidthInteger) -> String {
    var (bytes, rest): ([UInt8], _) = ([], number)
    for _ in 0..<number.bitWidth / 8 {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
    return bytes.hex
  }

  @Test func `the independent checksum is CRC-32C`() {
    #expect(Self.checksum("123456789".utf8) == 0xe306_9283)
  }

  @Test func `a segment's head has these bytes`() throws {
    let files = try makeFiles([])
    let start =
      Array("LetheLog".utf8).hex + "03000000" + "00000000" + testStoreID.hex + String(repeating: "00", count: 28)
    let sum = Self.checksum([UInt8](hex: start)!)
    #expect(files.content(of: segmentPath())?.hex == start + Self.hex(sum))
    let other = LogFileHeader(kind: .index, storeID: testStoreID, firstPosition: 0x0102).encoded
    let otherStart =
      Array("LetheIdx".utf8).hex + "03000000" + "00000000" + testStoreID.hex + "0201000000000000"
      + String(repeating: "00", count: 20)
    #expect(other.hex == otherStart + Self.hex(Self.checksum([UInt8](hex: otherStart)!)))
  }

  @Test func `a frame has these bytes`() throws {
    let record = try Record(
      header: RecordHeader(flags: [.system, .lastOfBatch], streamID: .system, revision: 7, parts: []),
      sealedParts: [], clearBody: [0xab])
    var writer = ByteWriter()
    Frame.append(record.bytes.span, group: 0x0203, to: &writer)
    let tail = "0302000000000000" + "02030000" + String(repeating: "00", count: 16) + "0700000000000000" + "ab"
    #expect(writer.bytes.hex == "1d000000" + Self.hex(Self.checksum([UInt8](hex: tail)!)) + tail)
  }

  @Test func `frames follow one another without gaps, each with its group, and zeros behind`() throws {
    let groups = try makeGroups([[1], [2, 1]])
    let bytes = try #require(makeFiles(groups).content(of: segmentPath()))
    var (offset, position) = (64, 0)
    for (record, group) in zip(groups.joined(), [0, 1, 1, 1]) {
      // Each group's seal lies behind its last record.
      if position == 1 { offset += 16 + 160 }
      let length = record.bytes.count
      #expect(bytes[offset..<offset + 4].hex == Self.hex(UInt32(length)))
      #expect(bytes[offset + 4..<offset + 8].hex == Self.hex(Self.checksum(bytes[offset + 8..<offset + 16 + length])))
      #expect(bytes[offset + 8..<offset + 16].hex == Self.hex(UInt64(group)))
      #expect(Array(bytes[offset + 16..<offset + 16 + length]) == record.bytes)
      (offset, position) = (offset + 16 + length, position + 1)
    }
    offset += 16 + 160
    #expect(bytes[offset...].allSatisfy { $0 == 0 })
    #expect(bytes.count > offset)
  }

  @Test func `a seal has these bytes behind its group`() throws {
    let groups = try makeGroups([[1], [2, 1]])
    let bytes = try #require(makeFiles(groups).content(of: segmentPath()))
    let entries = groups.joined().map { MerkleHash.leaf($0.leafEntry) }
    let start = 64 + 16 + groups[0][0].bytes.count + 176 + frameByteCount(groups[1])
    // Origin, run, first, end, durable, the roots before and after.
    let seal =
      SHA256.hash(Array("lethe.example/log".utf8)).bytes.hex + Self.hex(UInt64(1)) + Self.hex(UInt64(1))
      + Self.hex(UInt64(4)) + Self.hex(UInt64(1)) + naiveRoot(entries[..<1]).bytes.hex
      + naiveRoot(entries[...]).bytes.hex
    let mac = SHA256.hash(TestSealing.key + [UInt8](hex: seal)!).bytes.hex
    let content = "0100000000000000" + seal + mac
    #expect(
      bytes[start..<start + 176].hex == "a0000080" + Self.hex(Self.checksum([UInt8](hex: content)!)) + content)
  }

  @Test func `an index's first page has these bytes`() throws {
    var history = try History(seed: 31)
    let files = MemoryFileSystem()
    let log = try FileLog.create(
      in: logDirectory, fileSystem: files, storeID: testStoreID, noting: FactNoting(), options: .small(4096))
    var groupEnds: [Int] = []
    while try files.segmentStarts().count < 2 { groupEnds.append(Int(try log.append(history.addGroup()).upperBound)) }
    let count = Int(try #require(files.segmentStarts().last))
    let sealed = history.entries[..<count]
    // Where the frames of so many records end; each group has a seal behind it.
    func end(_ count: Int) -> Int {
      64 + frameByteCount(sealed[..<count].map(\.record))
        + groupEnds.count { $0 < count || $0 == count && count < sealed.count } * SealFrame.frameByteCount
    }
    let bytes = try #require(files.content(of: indexPath()))
    let streams = Set(sealed.flatMap { [$0.record.header.streamID] + ($0.note.stream.map { [$0] } ?? []) })
    let streamPostings = sealed.reduce(0) { $0 + ($1.note.stream == nil ? 1 : 2) }
    let keys = Set(sealed.flatMap { $0.record.header.parts.map(\.kid) })
    let keyPostings = sealed.reduce(0) { $0 + Set($1.record.header.parts.map(\.kid)).count }
    let counts = [
      streams.count, streamPostings, keys.count, keyPostings, sealed.count(where: \.note.isLandmark), count, 1, 1,
    ]
    let root = naiveRoot(history.leafHashes[..<count])
    let expected =
      LogFileHeader(kind: .index, storeID: testStoreID, firstPosition: 0).encoded.hex + Self.hex(UInt64(count))
      + Self.hex(UInt64(end(count) + SealFrame.frameByteCount)) + root.bytes.hex
      + counts.map { Self.hex(UInt32($0)) }.joined()
    #expect(bytes[..<144].hex == expected)
    // Words of the filters: powers of two, of at least twelve bits a key.
    for (place, keyCount) in [(144, streams.count), (148, keys.count)] {
      let words = Int(bytes[place]) | Int(bytes[place + 1]) << 8
      #expect(words & (words - 1) == 0 && words * 64 >= keyCount * 12 && words * 32 < max(keyCount, 6) * 12)
    }
    #expect(bytes[152..<4092].allSatisfy { $0 == 0 })
    for page in 0..<bytes.count / 4096 {
      let content = bytes[page * 4096..<page * 4096 + 4092]
      let sum = Self.checksum(Array(content) + [UInt8(page), 0, 0, 0])
      #expect(bytes[page * 4096 + 4092..<page * 4096 + 4096].hex == Self.hex(sum), "page \(page)")
    }
    // The second page begins with where the frames do, the third with the tags.
    let offsets = (0..<count).map { Self.hex(UInt32(end($0))) }.joined()
    #expect(bytes[4096..<4096 + 4 * count].hex == offsets)
    #expect(bytes[8192..<8192 + 8 * count].hex == sealed.map { Self.hex($0.tag) }.joined())
  }

  @Test func `a bundle and a tile have these bytes`() throws {
    let groups = try makeGroups([Array(repeating: 1, count: 300)], partsEvery: 1000)
    let files = try makeFiles(groups)
    try openLog(files).publish(size: 300)
    let entries = groups[0].map(\.leafEntry)
    func content(_ name: String) -> [UInt8]? { files.content(of: "\(logDirectory)/\(name)") }
    // Each entry behind its length of 16 bits, big-endian.
    func bundle(_ range: Range<Int>) -> String { entries[range].map { "0020" + $0.bytes.hex }.joined() }
    func tile(_ range: Range<Int>) -> String {
      entries[range].map { SHA256.hash(([0] + $0.bytes).span.bytes).bytes.hex }.joined()
    }
    #expect(content("tile/entries/000")?.hex == bundle(0..<256))
    #expect(content("tile/entries/001.p/44")?.hex == bundle(256..<300))
    #expect(content("tile/0/000")?.hex == tile(0..<256))
    #expect(content("tile/0/001.p/44")?.hex == tile(256..<300))
    let first = naiveRoot(entries[..<256].map { MerkleHash.leaf($0) }[...])
    #expect(content("tile/1/000.p/1")?.hex == first.bytes.hex)
    #expect(try files.logContent().keys.count { $0.hasPrefix("tile/") } == 5)
  }
}
