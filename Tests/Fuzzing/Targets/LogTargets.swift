#if Fuzzing
  internal import LetheCrypto
  @testable internal import LetheLog
  internal import LetheSystem

  extension FuzzTarget {
    /// The head of a log file: mode, size of the file, 64 bytes. An odd mode gives them the checksum that fits.
    static let fileHeader = FuzzTarget(name: "file-header") { () throws(LetheError) in
      [LogFileHeader.Kind.segment, .leaves].map { kind in
        [1, 65] + LogFileHeader(kind: kind, storeID: [UInt8](1...16), firstPosition: 0).encoded
      }
    } check: { bytes in
      var input = Input(bytes)
      let mode = input.byte()
      let size = Int(input.byte())
      var head = input.bytes(LogFileHeader.byteCount)
      if mode & 1 == 1, head.count == LogFileHeader.byteCount {
        head.replaceSubrange(60..., with: CRC32C.checksum(head.span.extracting(..<60)).littleEndianBytes)
      }
      let reading = succeeding("the bytes of a head are never refused") { () throws(LetheError) in
        try LogFileHeader.read(head, as: mode & 2 == 0 ? .segment : .leaves, ofFileWith: size)
      }
      if case .header(let header) = reading { expect(header.encoded == head, "a head is encoded as it was read") }
    }

    /// A segment behind a mode; an odd one gives frames the checksums that fit.
    static let frame = FuzzTarget(name: "frame") { () throws(LetheError) in
      var frames: [UInt8] = []
      for group in 1...3 as ClosedRange<UInt64> {
        Frame.append([UInt8](repeating: UInt8(group), count: 20 + 9 * Int(group)), group: group, to: &frames)
      }
      return [[0] + frames, [1] + frames, [0] + frames.dropFirst(60), [1]]
    } check: { bytes in
      var input = Input(bytes)
      let repairs = input.byte() & 1 == 1
      let segment = repairs ? Self.repaired(Array(input.rest)) : Array(input.rest)
      let file = BytesFile(segment)
      var reader = FrameReader(file, from: 0, to: segment.count)
      var read: [UInt8] = []
      func next(_ reader: inout FrameReader) -> FrameReader.Outcome {
        succeeding("frames are never refused") { () throws(LetheError) in try reader.next() }
      }
      reading: while true {
        switch next(&reader) {
        case .frame(let frame):
          expect(frame.record.count <= Record.maximumByteCount, "no record is longer than the limit")
          Frame.append(frame.record, group: frame.group, to: &read)
          expect(read.count == reader.offset, "frames stand without gaps")
        case .end:
          expect(reader.offset == segment.count, "the end is where the bytes end")
          break reading
        case .broken, .cut:
          expect(reader.offset < segment.count, "what is bad is not empty")
          break reading
        }
      }
      expect(read.elementsEqual(segment.prefix(reader.offset)), "frames are encoded as they were read")
      let found = succeeding("a search for frames is never refused") { () throws(LetheError) in
        try Resynchronization.firstFrame(in: file, from: reader.offset, to: segment.count, groups: 1...UInt64.max)
      }
      if let found {
        expect(found > reader.offset, "a frame that is found lies behind what is bad")
        var second = FrameReader(file, from: found, to: segment.count)
        guard case .frame = next(&second) else { finding("a frame that is found is read") }
      }
    }

    private static func repaired(_ segment: [UInt8]) -> [UInt8] {
      var bytes = segment
      var start = 0
      while bytes.count - start >= Frame.minimumByteCount, let length = Frame.length(in: bytes.span, at: start),
        length <= bytes.count - start - Frame.headByteCount
      {
        let end = start + Frame.headByteCount + length
        let sum = CRC32C.checksum(bytes.span.extracting(start + 8..<end))
        bytes.replaceSubrange(start + 4..<start + 8, with: sum.littleEndianBytes)
        start = end
      }
      return bytes
    }

    static let record = FuzzTarget(name: "record") { () throws(LetheError) in
      guard let stream = StreamID([UInt8](1...16)) else { return [] }
      let part = PartHeader(kid: 5, nonce: [UInt8](0..<24), paddedLength: 256)
      let sealed = [UInt8](repeating: 9, count: part.sealedByteCount)
      return [
        try Record(
          header: RecordHeader(flags: .lastOfBatch, streamID: stream, revision: 3, parts: [part, part]),
          sealedParts: [sealed, sealed], clearBody: []
        ).bytes,
        try Record(
          header: RecordHeader(flags: [.system], streamID: .system, revision: 0, parts: [part]),
          sealedParts: [sealed], clearBody: [1, 2, 3]
        ).bytes,
        try Record(
          header: RecordHeader(flags: [.system, .lastOfBatch], streamID: .system, revision: .max, parts: []),
          sealedParts: [], clearBody: []
        ).bytes,
      ]
    } check: { bytes in
      let read = allowing(.damage, .format) { () throws(LetheError) in try Record(decoding: bytes) }
      guard let read else { return }
      let parts = read.header.parts.indices.map { Array(read.sealedPart($0)) }
      let built = succeeding("a record is built from its own parts") { () throws(LetheError) in
        try Record(header: read.header, sealedParts: parts, clearBody: Array(read.clearBody))
      }
      expect(built.bytes == bytes && read.bytes == bytes, "a record is encoded as it was read")
      let head = Array(bytes.prefix(read.header.byteCount))
      expect(read.header.encoded == head, "a header is encoded as it was read")
      expect(
        Record.leafEntry(header: head, contentDigest: read.contentDigest) == read.leafEntry,
        "the header and the digest of the rest make the leaf entry")
    }
  }
#endif
