public import LetheCrypto
public import LetheSystem
internal import Synchronization

extension FileLog {
  // MARK: Read

  public func record(at position: UInt64) throws(LetheError) -> Record {
    let count = count
    guard position < count else { throw .noRecord(at: position, count: count) }
    let part = try part(from: position, to: position + 1)
    var reader = FrameReader(try file(part), from: part.extent.lowerBound, to: part.extent.upperBound)
    // A seal may stand between it and the next.
    guard case .frame(let frame) = try reader.nextRecord(), case .end = try reader.nextRecord() else {
      throw .damaged(at: position, in: part.segment, offset: part.extent.lowerBound, "its frame is broken")
    }
    return try check(
      frame, at: position, in: part.segment, offset: part.extent.lowerBound, against: entries.entry(at: position))
  }

  public func forEachRecord(
    from start: UInt64, to end: UInt64?, _ body: (UInt64, Record) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    let count = count
    let end = end ?? count
    guard start <= end, end <= count else { throw .notWhole(count) }
    var position = start
    var bundle: [Digest] = []
    var bundleStart = UInt64.max
    while position < end {
      let part = try part(from: position, to: end)
      var reader = FrameReader(try file(part), from: part.extent.lowerBound, to: part.extent.upperBound)
      for current in part.positions {
        let offset = reader.offset
        guard case .frame(let frame) = try reader.nextRecord() else {
          throw .damaged(at: current, in: part.segment, offset: offset, "its frame is broken")
        }
        if bundleStart == .max || current >= bundleStart + UInt64(bundle.count) {
          bundleStart = current / LogLayout.tileWidth * LogLayout.tileWidth
          bundle = try entries.bundle(current / LogLayout.tileWidth)
        }
        let record = try check(
          frame, at: current, in: part.segment, offset: offset, against: bundle[Int(current - bundleStart)])
        switch try body(current, record) {
        case .continue: continue
        case .stop: return
        }
      }
      let offset = reader.offset
      guard case .end = try reader.nextRecord() else {
        throw .damaged(
          at: part.positions.upperBound - 1, in: part.segment, offset: offset, "the seal behind it is broken")
      }
      position = part.positions.upperBound
    }
  }

  /// Positions in one segment and where their frames lie.
  struct Part {
    let segment: UInt64
    let positions: Range<UInt64>
    let extent: Range<Int>
    /// The open segment's; nil for one that is to be opened.
    let file: (any File)?
  }

  /// The part of some positions that lies in the first one's segment.
  func part(from start: UInt64, to end: UInt64) throws(LetheError) -> Part {
    let found = try view.withLock { (view) throws(LetheError) -> (open: Part?, closed: ClosedSegment?) in
      let count = view.count
      guard start < count else { throw .noRecord(at: start, count: count) }
      let open = view.open
      guard start >= open.first else { return (nil, view.closed.segment(of: start)) }
      let positions = start..<min(end, count)
      let first = open.index.offsets[Int(start - open.first)]
      let last = Int(positions.upperBound - open.first)
      let upper = last < open.index.count ? Int(open.index.offsets[last]) : open.end
      return (Part(segment: open.first, positions: positions, extent: Int(first)..<upper, file: open.file), nil)
    }
    if let open = found.open { return open }
    guard let closed = found.closed else { throw .noRecord(at: start, count: count) }
    let positions = start..<min(end, closed.endPosition)
    return Part(
      segment: closed.first, positions: positions, extent: try closed.extent(of: positions), file: nil)
  }

  private func file(_ part: Part) throws(LetheError) -> any File {
    if let file = part.file { return file }
    return try segments.file(part.segment)
  }

  private func check(
    _ frame: Frame, at position: UInt64, in segment: UInt64, offset: Int, against entry: Digest
  ) throws(LetheError) -> Record {
    let record: Record
    do throws(LetheError) { record = try Record(decoding: frame.content) } catch {
      throw LetheError(
        error.code, error.message, place: "\(LogLayout.segment(segment)), position \(position), byte \(offset)")
    }
    guard record.leafEntry == entry else {
      // It may be the entry that is wrong.
      _ = try leafEntry(at: position)
      throw .damaged(at: position, in: segment, offset: offset, "it differs from its leaf entry")
    }
    return record
  }

  // MARK: Find

  public func nextRevision(of stream: StreamID) throws(LetheError) -> UInt64 {
    let (next, closed) = view.withLock { ($0.open.index.nextRevision(of: stream), $0.closed) }
    if let next { return next }
    for segment in closed.reversed() {
      if let next = try segment.nextRevision(of: stream) { return next }
    }
    return 0
  }

  public func positions(of stream: StreamID, _ revisions: Range<UInt64>) throws(LetheError) -> [UInt64] {
    guard !revisions.isEmpty else { return [] }
    var parts: [[UInt64]] = []
    var isComplete = false
    try forEachRun(of: stream) { (run, first) in
      guard run.nextRevision > 0 else { return .continue }
      parts.append(run.positions(revisions, first: first))
      isComplete = run.nextRevision - UInt64(run.numbers.count) <= revisions.lowerBound
      return isComplete ? .stop : .continue
    }
    return parts.reversed().flatMap { $0 }
  }

  public func positions(ofFactsAbout stream: StreamID) throws(LetheError) -> [UInt64] {
    var parts: [[UInt64]] = []
    try forEachRun(of: stream) { run, first in
      parts.append(run.postings.filter(\.isFact).map { first + UInt64($0.number) })
      return .continue
    }
    return parts.reversed().flatMap { $0 }
  }

  /// Gives what each segment has of a stream, the newest first.
  private func forEachRun(
    of stream: StreamID, _ body: (StreamRun, _ first: UInt64) -> Iteration
  ) throws(LetheError) {
    let (run, first, closed) = view.withLock { ($0.open.index.run(of: stream), $0.open.first, $0.closed) }
    if let run, body(run, first) == .stop { return }
    for segment in closed.reversed() {
      if let run = try segment.run(of: stream), body(run, segment.first) == .stop { return }
    }
  }

  public func positions(under keys: ClosedRange<UInt64>, _ kind: RecordKind) throws(LetheError) -> [UInt64] {
    precondition(keys.lowerBound >> 4 == keys.upperBound >> 4, "keys of one group")
    let (postings, first, closed) = view.withLock {
      ($0.open.index.postings(under: keys), $0.open.first, $0.closed)
    }
    var positions: [UInt64] = []
    for segment in closed { positions += try segment.postings(under: keys).positions(kind, first: segment.first) }
    return positions + postings.positions(kind, first: first)
  }

  public func highestKey(notAbove key: UInt64) throws(LetheError) -> UInt64? {
    let (open, closed) = view.withLock { ($0.open.index.highestKey(notAbove: key), $0.closed) }
    var highest = open
    for segment in closed {
      if let found = try segment.highestKey(notAbove: key) { highest = max(highest ?? 0, found) }
    }
    return highest
  }

  public func keys(in range: ClosedRange<UInt64>) throws(LetheError) -> [UInt64] {
    let (open, closed) = view.withLock { ($0.open.index.keys(in: range), $0.closed) }
    var keys = Set(open)
    for segment in closed { keys.formUnion(try segment.keys(in: range)) }
    return keys.sorted()
  }

  public func tag(at position: UInt64) throws(LetheError) -> UInt64? {
    let (tag, closed) = try view.withLock { (view) throws(LetheError) -> (UInt64?, ClosedSegment?) in
      guard position < view.count else { throw .noRecord(at: position, count: view.count) }
      guard position >= view.open.first else { return (nil, view.closed.segment(of: position)) }
      return (view.open.index.tags[Int(position - view.open.first)], nil)
    }
    var found = tag ?? 0
    if let closed { found = try closed.tag(at: position) }
    return found == 0 ? nil : found
  }

  public var landmarks: [UInt64] {
    let (open, first, closed) = view.withLock { ($0.open.index.landmarks, $0.open.first, $0.closed) }
    return closed.flatMap(\.landmarks) + open.map { first + UInt64($0) }
  }

  // MARK: Prove

  public func leafEntry(at position: UInt64) throws(LetheError) -> Digest {
    let count = count
    guard position < count else { throw .noRecord(at: position, count: count) }
    return try entries.entries(position..<position + 1, subtreeRoots)[0]
  }

  public func rootHash(size: UInt64) throws(LetheError) -> Digest {
    try tree.root(size: size) { (range) throws(LetheError) in try leafHashes(range) }
  }

  public func inclusionProof(of position: UInt64, in size: UInt64) throws(LetheError) -> [Digest] {
    try tree.inclusionProof(of: position, in: size) { (range) throws(LetheError) in try leafHashes(range) }
  }

  public func consistencyProof(from first: UInt64, to second: UInt64) throws(LetheError) -> [Digest] {
    try tree.consistencyProof(from: first, to: second) { (range) throws(LetheError) in try leafHashes(range) }
  }

  private var tree: MerkleTree { view.withLock { $0.tree } }

  private func leafHashes(_ positions: Range<UInt64>) throws(LetheError) -> [Digest] {
    try entries.entries(positions, subtreeRoots).map { MerkleHash.leaf($0) }
  }
}

extension [ClosedSegment] {
  /// The one that has a position; all are in order.
  fileprivate func segment(of position: UInt64) -> ClosedSegment? {
    let next = firstPlace(notBefore: { $0.first <= position })
    return next == 0 ? nil : self[next - 1]
  }
}
