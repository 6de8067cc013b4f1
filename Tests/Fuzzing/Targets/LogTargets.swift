#if Fuzzing
  internal import LetheCrypto
  @testable internal import LetheLog
  internal import LetheSystem
  internal import LetheTesting

  extension FuzzTarget {
    /// The head of a log file: mode, size of the file, 64 bytes. An odd mode gives them the checksum that fits.
    static let fileHeader = FuzzTarget(name: "file-header") { () throws(LetheError) in
      [LogFileHeader.Kind.segment, .index].map { kind in
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
        try LogFileHeader.read(head, as: mode & 2 == 0 ? .segment : .index, ofFileWith: size)
      }
      if case .header(let header) = reading { expect(header.encoded == head, "a head is encoded as it was read") }
    }

    /// A segment behind a mode; an odd one gives frames the checksums that fit.
    static let frame = FuzzTarget(name: "frame") { () throws(LetheError) in
      let frames = ByteWriter.bytes { writer in
        for group in 1...3 as ClosedRange<UInt64> {
          let record = [UInt8](repeating: UInt8(group), count: 20 + 9 * Int(group))
          Frame.append(record.span, group: group, to: &writer)
          let seal = [UInt8](repeating: UInt8(group), count: SealFrame.byteCount)
          Frame.append(seal.span, .seal, group: group, to: &writer)
        }
      }
      return [[0] + frames, [1] + frames, [0] + frames.dropFirst(60), [1]]
    } check: { bytes in
      var input = Input(bytes)
      let repairs = input.byte() & 1 == 1
      let segment = repairs ? Self.repaired(Array(input.rest)) : Array(input.rest)
      let file = BytesFile(segment)
      var reader = FrameReader(file, from: 0, to: segment.count)
      var read = ByteWriter()
      func next(_ reader: inout FrameReader) -> FrameReader.Outcome {
        succeeding("frames are never refused") { () throws(LetheError) in try reader.next() }
      }
      reading: while true {
        switch next(&reader) {
        case .frame(let frame):
          expect(frame.content.count <= Record.maximumByteCount, "nothing is longer than the limit")
          expect(frame.kind == .record || frame.content.count == SealFrame.byteCount, "a seal has its length")
          Frame.append(frame.content.span, frame.kind, group: frame.group, to: &read)
          expect(read.bytes.count == reader.offset, "frames stand without gaps")
        case .end:
          expect(reader.offset == segment.count, "the end is where the bytes end")
          break reading
        case .bad:
          expect(reader.offset < segment.count, "what is bad is not empty")
          break reading
        }
      }
      expect(read.bytes.elementsEqual(segment.prefix(reader.offset)), "frames are encoded as they were read")
      succeeding("a search for frames is never refused") { () throws(LetheError) in
        let contentEnd = try SegmentTail.contentEnd(in: file, from: reader.offset, to: segment.count)
        expect(contentEnd >= reader.offset && contentEnd <= segment.count, "what is written lies in the file")
        _ = try SegmentTail.isFrame(in: file, from: reader.offset, to: contentEnd)
        let first = try SegmentTail.firstFrame(in: file, from: reader.offset, to: contentEnd) { _, _ in true }
        let later = try SegmentTail.firstFrame(in: file, from: reader.offset + 1, to: contentEnd) { _, _ in true }
        expect(first != nil || later == nil, "a frame that is found from further behind is found from before")
      }
    }

    private static func repaired(_ segment: [UInt8], from first: Int = 0) -> [UInt8] {
      var bytes = segment
      var start = first
      while bytes.count - start >= Frame.minimumByteCount, let head = Frame.head(in: bytes.span, at: start),
        head.frameByteCount <= bytes.count - start
      {
        let end = start + head.frameByteCount
        let sum = CRC32C.checksum(bytes.span.extracting(start + 8..<end))
        bytes.replaceSubrange(start + 4..<start + 8, with: sum.littleEndianBytes)
        start = end
      }
      return bytes
    }

    /// The end of a log behind a mode: an odd one gives frames the checksums that fit, and one with the second bit set gives
    /// seals the MACs that fit.
    static let logEnd = FuzzTarget(name: "log-end") { () throws(LetheError) in
      let frames = try Self.sealedGroups(3)
      return [[0] + frames, [1] + frames, [3] + frames, [3] + frames + frames]
    } check: { bytes in
      var input = Input(bytes)
      let mode = input.byte()
      var segment = [UInt8](repeating: 0, count: LogFileHeader.byteCount) + Array(input.rest)
      if mode & 2 == 2 { segment = Self.sealed(segment) }
      if mode & 3 != 0 { segment = Self.repaired(segment, from: LogFileHeader.byteCount) }
      var scan = EndScan(
        FuzzSealing(), nil, counting: (SHA256.hash(Array(FuzzSealing().origin.utf8)), 1), from: MerkleTree(), NoNotes())
      let found = allowing(.damage) { () throws(LetheError) in try scan.read(BytesFile(segment), first: 0) }
      guard let found else { return }
      expect(scan.judge.believed.root == scan.tree.root, "what is believed is in the tree")
      expect(scan.judge.believed.end == found.scan.endPosition, "what is believed was read")
      expect(found.ranges.allSatisfy { $0.upperBound <= found.contentEnd }, "what is believed is there")
      guard mode & 2 == 0 else { return }
      // Nobody but the store makes seals.
      let own = succeeding("groups are made") { () throws(LetheError) in try Self.records(3).map(\.leafEntry) }
      expect(own.starts(with: found.scan.entries), "what is believed is the store's")
    }

    private struct FuzzSealing: GroupSealing {
      let origin = "lethe.example/log"
      let countedRuns = CountedRuns.only(1)
      let hasNewestCheckpoint = true
      func authenticate(_ seal: [UInt8]) -> Digest { SHA256.hash(Array("a key".utf8) + seal) }
      func beginRun(in log: FileLog, after run: UInt64) -> RunBeginning { RunBeginning(run: 1, origin: origin) }
    }

    private static func records(_ count: Int) throws(LetheError) -> [Record] {
      var records: [Record] = []
      for number in 0..<count {
        records.append(
          try Record(
            header: RecordHeader(
              flags: [.system, .lastOfBatch], streamID: .system, revision: UInt64(number), parts: []),
            sealedParts: [], clearBody: [UInt8](repeating: UInt8(number), count: 5)))
      }
      return records
    }

    /// Groups of one record each.
    private static func sealedGroups(_ count: Int) throws(LetheError) -> [UInt8] {
      let sealing = FuzzSealing()
      var tree = MerkleTree()
      var writer = ByteWriter()
      for (number, record) in try records(count).enumerated() {
        let before = tree.root
        tree.append(leafHash: MerkleHash.leaf(record.leafEntry))
        let position = UInt64(number)
        Frame.append(record.bytes.span, group: position, to: &writer)
        SealFrame.append(
          GroupSeal(
            origin: SHA256.hash(Array(sealing.origin.utf8)), run: 1, first: position, end: position + 1,
            durable: position, rootBefore: before, rootAfter: tree.root),
          sealing, to: &writer)
      }
      return writer.bytes
    }

    /// With the MACs that fit, wherever a seal seems to be.
    private static func sealed(_ segment: [UInt8]) -> [UInt8] {
      var bytes = segment
      var start = LogFileHeader.byteCount
      while bytes.count - start >= Frame.minimumByteCount, let head = Frame.head(in: bytes.span, at: start),
        head.frameByteCount <= bytes.count - start
      {
        let end = start + head.frameByteCount
        if head.kind == .seal {
          let seal = Array(bytes[start + Frame.headByteCount..<start + Frame.headByteCount + GroupSeal.byteCount])
          bytes.replaceSubrange(end - Digest.byteCount..<end, with: FuzzSealing().authenticate(seal).bytes)
        }
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

    /// The index of a segment behind a mode; an odd one gives pages the checksums that fit.
    static let segmentIndex = FuzzTarget(name: "segment-index") { () throws(LetheError) in
      guard let stream = StreamID([UInt8](1...16)) else { return [] }
      var index = ActiveIndex()
      let ending = SegmentIndex.Ending(end: 600, rootHash: .zero, tailEntries: [.zero, .zero])
      let empty = SegmentIndex.encode(index, first: 0, ending, storeID: indexStoreID)
      for number in 0..<5 as Range<UInt64> {
        let part = PartHeader(kid: number, nonce: [UInt8](repeating: 0, count: 24), paddedLength: 256)
        index.append(
          RecordHeader(flags: .lastOfBatch, streamID: stream, revision: number, parts: [part]),
          RecordNote(stream: number == 0 ? .system : nil, isLandmark: number == 3), tag: number,
          offset: 64 + 100 * Int(number))
      }
      let full = SegmentIndex.encode(index, first: 0, ending, storeID: indexStoreID)
      return [[0] + full, [1] + full, [1] + empty]
    } check: { bytes in
      var input = Input(bytes)
      let repairs = input.byte() & 1 == 1
      let file = repairs ? Self.withPageChecksums(Array(input.rest)) : Array(input.rest)
      let index = allowing(.damage, .format) { () throws(LetheError) in
        try SegmentIndex(BytesFile(file), name: "fuzzed.index", first: 0, storeID: Self.indexStoreID)
      }
      guard let index, let stream = StreamID([UInt8](1...16)) else { return }
      expect(index.landmarks.allSatisfy { Int($0) < index.count }, "landmarks are records")
      _ = allowing(.damage) { () throws(LetheError) in
        for number in 0..<min(index.count, 8) {
          _ = try index.tag(of: number)
          _ = try index.offsets(of: number..<number + 1)
        }
        for stream in [stream, .system] {
          _ = try index.nextRevision(of: stream)
          if let run = try index.run(of: stream) { _ = run.positions(0..<UInt64.max, first: 0) }
        }
        let postings = try index.postings(under: 0...15)
        expect(postings.allSatisfy { $0.number < index.count }, "postings are of records")
        _ = try index.keys(in: 0...UInt64.max)
        _ = try index.highestKey(notAbove: .max)
      }
    }

    private static let indexStoreID = [UInt8](1...16)

    private static func withPageChecksums(_ file: [UInt8]) -> [UInt8] {
      var bytes = file
      for page in 0..<bytes.count / IndexPages.byteCount {
        let start = page * IndexPages.byteCount
        if page == 0 {
          let head = CRC32C.checksum(bytes.span.extracting(0..<60))
          bytes.replaceSubrange(60..<64, with: head.littleEndianBytes)
        }
        let content = start..<start + IndexPages.contentByteCount
        let sum = IndexPages.checksum(bytes.span.extracting(content), page: page)
        bytes.replaceSubrange(content.upperBound..<content.upperBound + 4, with: sum.littleEndianBytes)
      }
      return bytes
    }

    /// A bundle of leaf entries and a tile of hashes.
    static let tile = FuzzTarget(name: "tile") { () throws(LetheError) in
      let hashes = [UInt8](repeating: 7, count: 256 * 32)
      let bundle = (0..<256).flatMap { _ in [0, 32] + [UInt8](repeating: 9, count: 32) }
      return [bundle, hashes, Array(hashes.dropLast()), []]
    } check: { bytes in
      let files = MemoryFileSystem()
      let tiles = TileFiles(directory: "/Log", files: files)
      succeeding("files are written") { () throws(LetheError) in
        for name in [LogLayout.entries(0), LogLayout.tile(level: 0, 0)] {
          try files.createDirectory("/Log/\(name)".parentPath)
          try files.open("/Log/\(name)", .create).write(bytes.span.bytes, at: 0)
        }
      }
      let entries = allowing(.damage) { () throws(LetheError) in try tiles.entries(bundle: 0) ?? [] }
      if let entries {
        expect(entries.flatMap { [0, 32] + $0.bytes } == bytes, "a bundle is encoded as it was read")
      }
      let hashes = allowing(.damage) { () throws(LetheError) in try tiles.hashes(level: 0, tile: 0) ?? [] }
      if let hashes { expect(hashes.flatMap(\.bytes) == bytes, "a tile is encoded as it was read") }
    }
  }
#endif
