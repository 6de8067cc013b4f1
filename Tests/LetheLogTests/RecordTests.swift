import LetheCrypto
import LetheLog
import LetheSystem
import LetheTesting
import Testing

@Suite struct RecordTests {
  @Test(arguments: 0..<200 as Range<UInt64>)
  func `a record is read as it was built`(seed: UInt64) throws {
    let built = try makeRecord(
      seed: seed, endsBatch: seed % 2 == 0, partCount: Int(seed % 4), clearByteCount: Int(seed % 7) * 13)
    let read = try Record(decoding: built.bytes)
    #expect(read == built && read.header == built.header)
    #expect(read.header.encoded == Array(built.bytes[..<read.header.byteCount]))
    var end = read.header.byteCount
    for part in read.header.parts.indices {
      let range = read.sealedPartRange(part)
      #expect(range.lowerBound == end && range.count == read.header.parts[part].sealedByteCount)
      #expect(Array(read.sealedPart(part)) == Array(read.bytes[range]))
      end = range.upperBound
    }
    #expect(read.clearBodyRange == end..<read.bytes.count)
    #expect(read.clearBody.count == Int(seed % 7) * 13)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `parts that are sealed where they lie make the same record`(seed: UInt64) throws {
    let built = try makeRecord(seed: seed, partCount: Int(seed % 4), clearByteCount: Int(seed % 7))
    var preparer = RecordPreparer()
    try preparer.append(built.header, clearBody: Array(built.clearBody)) {
      (part, header, slot) throws(LetheError) in
      let headerBytes = header.withUnsafeBytes { Array($0) }
      #expect(headerBytes == built.header.encoded && slot.byteCount == built.header.parts[part].sealedByteCount)
      #expect(slot.bytes.withUnsafeBytes { $0.allSatisfy { $0 == 0 } })
      let bytes = Array(built.sealedPart(part))
      slot.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    }
    #expect(preparer.finish().record(0) == built)
  }

  @Test func `a record whose sealing fails leaves nothing between the others`() throws {
    let records = try (0..<3 as Range<UInt64>).map { try makeRecord(seed: $0, partCount: 2) }
    var preparer = RecordPreparer()
    preparer.append(records[0])
    #expect(throws: LetheError(.io, "")) {
      try preparer.append(records[1].header) { (part, _, slot) throws(LetheError) in
        slot.copy(UInt32.max)
        if part == 1 { throw LetheError(.io, "no memory") }
      }
    }
    preparer.append(records[2])
    let prepared = preparer.finish()
    #expect(prepared.count == 2 && prepared.record(0) == records[0] && prepared.record(1) == records[2])
  }

  @Test func `a record has these bytes`() throws {
    let stream = try #require(StreamID(hex: "000102030405060708090a0b0c0d0e0f"))
    let header = RecordHeader(
      flags: .lastOfBatch, streamID: stream, revision: 0x0102,
      parts: [PartHeader(kid: 0x1122_3344_5566_7788, nonce: Array(0xa0..<0xb8), paddedLength: 256)])
    let record = try Record(
      header: header, sealedParts: [[UInt8](repeating: 0xee, count: 272)], clearBody: [0xc1, 0xc2])
    #expect(
      header.encoded.hex == "02" + "01" + "0100" + "000102030405060708090a0b0c0d0e0f" + "0201000000000000"
        + "8877665544332211" + "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7" + "00010000")
    #expect(header.byteCount == 64)
    #expect(record.bytes.hex == header.encoded.hex + String(repeating: "ee", count: 272) + "c1c2")
    #expect(
      record.additionalData(ofPart: 0, storeID: testStoreID).hex
        == "404142434445464748494a4b4c4d4e4f" + header.encoded.hex + "0000" + SHA256.hash([0xc1, 0xc2]).bytes.hex)
    // Parts of the version before do not tell of the clear body.
    var former = record.bytes
    former[0] = 1
    let old = try Record(decoding: former)
    #expect(old.bytes == former && old.header.encoded == Array(former[..<64]))
    #expect(
      old.additionalData(ofPart: 0, storeID: testStoreID).hex
        == "404142434445464748494a4b4c4d4e4f" + old.header.encoded.hex + "0000")
  }

  @Test func `a leaf entry is the hash of the header and the hash of the rest`() throws {
    let record = try makeRecord(seed: 3, partCount: 2)
    let head = Array(record.bytes[..<record.header.byteCount])
    let rest = Array(record.bytes[record.header.byteCount...])
    let inner = SHA256.hash(rest.span.bytes)
    #expect(record.contentDigest == inner)
    #expect(record.leafEntry == SHA256.hash((head + inner.bytes).span.bytes))
    #expect(Record.leafEntry(header: head, contentDigest: inner) == record.leafEntry)
  }

  @Test func `a newer version is refused as format`() throws {
    var bytes = try makeRecord(seed: 1).bytes
    bytes[0] = 3
    #expect(throws: LetheError(.format, "")) { try Record(decoding: bytes) }
  }

  @Test(arguments: [
    (1, UInt8(0x07)),  // unknown flag
    (1, UInt8(0x01)),  // not a system fact, but its stream
    (2, UInt8(0x09)),  // more parts than there are bytes
    (3, UInt8(0x80)),
    (4, UInt8(0x01)),  // a system fact, but not its stream
  ])
  func `a header that cannot be is damage`(offset: Int, value: UInt8) throws {
    var bytes = try makeRecord(seed: 1).bytes
    bytes[offset] = value
    #expect(throws: LetheError(.damage, "")) { try Record(decoding: bytes) }
  }

  @Test func `a record that is cut is damage or has less of a clear body`() throws {
    let record = try makeRecord(seed: 8, partCount: 2, clearByteCount: 9)
    for count in 0..<record.bytes.count {
      let cut = Array(record.bytes[..<count])
      if count < record.clearBodyRange.lowerBound {
        #expect(throws: LetheError(.damage, "")) { try Record(decoding: cut) }
      } else {
        #expect(try Record(decoding: cut).leafEntry != record.leafEntry)
      }
    }
  }

  @Test func `what does not fit together is not built`() throws {
    let parts = [PartHeader(kid: 1, nonce: Array(0..<24), paddedLength: 256)]
    let header = RecordHeader(flags: [], streamID: StreamID(Array(1...16))!, revision: 0, parts: parts)
    func expectRefused(_ header: RecordHeader, _ sealed: [[UInt8]]) {
      #expect(throws: LetheError(.input, "")) { try Record(header: header, sealedParts: sealed, clearBody: []) }
    }
    expectRefused(header, [])
    expectRefused(header, [[UInt8](repeating: 0, count: 256)])
    var changed = header
    var part = parts[0]
    part.paddedLength = 257
    changed.parts = OneOrMany(part)
    expectRefused(changed, [[UInt8](repeating: 0, count: 273)])
    changed = header
    changed.parts = OneOrMany(PartHeader(kid: 1, nonce: [1], paddedLength: 256))
    expectRefused(changed, [[UInt8](repeating: 0, count: 272)])
    changed = header
    changed.flags = .system
    expectRefused(changed, [[UInt8](repeating: 0, count: 272)])
    changed = header
    changed.parts = OneOrMany(Array(repeating: parts[0], count: RecordHeader.maximumPartCount + 1))
    expectRefused(changed, [])
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `random bytes are refused or read back the same, and never crash`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      var bytes = generator.bytes(Int(generator.next() % 400))
      // Nearer to a record, so that the later checks are reached.
      if bytes.count > 4 && generator.next() % 4 != 0 {
        bytes[0] = 1
        bytes[1] = UInt8(generator.next() % 4)
        bytes[2] = UInt8(generator.next() % 3)
        bytes[3] = 0
      }
      do throws(LetheError) {
        let record = try Record(decoding: bytes)
        #expect(record.bytes == bytes)
      } catch {
        #expect(error.code == .damage || error.code == .format)
      }
    }
  }

  @Test func `stream ids are 16 bytes, sorted by them`() throws {
    let low = try #require(StreamID(hex: "00ff0000000000000000000000000000"))
    let high = try #require(StreamID(hex: "01000000000000000000000000000001"))
    #expect(low < high && StreamID.system < low)
    #expect(high.description == "01000000000000000000000000000001")
    #expect(StreamID(high.bytes) == high)
    #expect(StreamID(hex: "00") == nil && StreamID(Array(0..<17)) == nil)
    let random = SeededRandom(seed: 4)
    #expect(try StreamID(random: random) != StreamID(random: random))
  }
}

@Suite struct PaddingTests {
  @Test(arguments: [
    (0, 256), (1, 256), (256, 256), (257, 272), (272, 272), (273, 288), (511, 512), (513, 544), (1000, 1024),
    (1025, 1088), (65_537, 67_584), (16_777_217, 17_301_504),
  ])
  func `a length is padded to this`(count: Int, padded: Int) { #expect(Padding.padded(count: count) == padded) }

  @Test func `padding adds at most 12 percent, never shortens and is not padded again`() {
    var before = 0
    for count in Array(0..<5000) + stride(from: 5000, to: 20_000_000, by: 7919) {
      let padded = Padding.padded(count: count)
      #expect(padded >= count && padded >= before)
      #expect(count <= 256 || Double(padded - count) <= 0.12 * Double(count))
      #expect(Padding.padded(count: padded) == padded)
      before = padded
    }
  }
}
