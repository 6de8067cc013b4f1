internal import LetheCrypto
internal import LetheSystem

extension SegmentIndex {
  /// Where the frames of some records begin, and where the last one's ends.
  func offsets(of numbers: Range<Int>) throws(LetheError) -> [Int] {
    let upper = min(numbers.upperBound + 1, count)
    var offsets = try pages.words(columns.offsets, numbers.lowerBound..<upper).map { Int($0) }
    if numbers.upperBound == count { offsets.append(end) }
    for (offset, next) in zip(offsets, offsets.dropFirst()) where offset >= next { throw pages.damage }
    return offsets
  }

  /// The tags of all records.
  func tags() throws(LetheError) -> [UInt64] { try pages.longWords(columns.tags) }

  func tag(of number: Int) throws(LetheError) -> UInt64 {
    var tag: UInt64 = 0
    try pages.forEach(columns.tags, number..<number + 1) { _, bytes, offset in
      tag = bytes.littleEndian64(at: offset)
      return .stop
    }
    return tag
  }

  /// The revision that follows the stream's last record in the segment; nil if it has none here.
  func nextRevision(of stream: StreamID) throws(LetheError) -> UInt64? {
    guard let row = try streamRow(of: stream), row.nextRevision > 0 else { return nil }
    return row.nextRevision
  }

  func run(of stream: StreamID) throws(LetheError) -> StreamRun? {
    guard let row = try streamRow(of: stream) else { return nil }
    let run = StreamRun(
      nextRevision: row.nextRevision, postings: try postings(columns.streamPostings, row.postings))
    guard UInt64(run.numbers.count) <= run.nextRevision else { throw pages.damage }
    return run
  }

  /// Postings of a column, as a row says where they lie.
  private func postings(_ column: IndexPages.Column, _ places: (start: Int, end: Int)) throws(LetheError) -> [Posting] {
    guard places.start <= places.end, places.end <= column.count else { throw pages.damage }
    let postings = try pages.words(column, places.start..<places.end).map { Posting(rawValue: $0) }
    guard postings.allSatisfy({ $0.number < count }) else { throw pages.damage }
    return postings
  }

  private func streamRow(
    of stream: StreamID
  ) throws(LetheError) -> (nextRevision: UInt64, postings: (start: Int, end: Int))? {
    guard try mayHold(stream), columns.streamRows.count > 0 else { return nil }
    let page = streamFences.lastPlace(notAfter: { $0 <= stream })
    var found: (next: UInt64, start: Int)?
    var end: Int?
    try forEachStream(from: page) { id, bytes, offset in
      if id > stream {
        end = Int(bytes.littleEndian32(at: offset + 24))
        return .stop
      }
      if id == stream {
        found = (bytes.littleEndian64(at: offset + 16), Int(bytes.littleEndian32(at: offset + 24)))
      }
      return .continue
    }
    guard let found else { return nil }
    return (found.next, (found.start, end ?? columns.streamPostings.count))
  }

  private func forEachStream(
    from page: Int?, _ body: (StreamID, Span<UInt8>, Int) -> Iteration
  ) throws(LetheError) {
    let rows = columns.streamRows
    let first = min((page ?? 0) * rows.perPage, rows.count)
    var previous: StreamID?
    var isInOrder = true
    try pages.forEach(rows, first..<rows.count) { _, bytes, offset in
      let id = bytes.streamID(at: offset)
      if let previous { isInOrder = previous < id }
      // A fence is the first id of its page.
      if previous == nil, let page { isInOrder = id == streamFences[page] }
      previous = id
      return isInOrder ? body(id, bytes, offset) : .stop
    }
    guard isInOrder else { throw pages.damage }
  }

  private func forEachKey(
    from page: Int?, _ body: (UInt64, Span<UInt8>, Int) -> Iteration
  ) throws(LetheError) {
    let rows = columns.keyRows
    let first = min((page ?? 0) * rows.perPage, rows.count)
    var previous: UInt64?
    var isInOrder = true
    try pages.forEach(rows, first..<rows.count) { _, bytes, offset in
      let key = bytes.littleEndian64(at: offset)
      if let previous { isInOrder = previous < key }
      // A fence is the first key of its page.
      if previous == nil, let page { isInOrder = key == keyFences[page] }
      previous = key
      return isInOrder ? body(key, bytes, offset) : .stop
    }
    guard isInOrder else { throw pages.damage }
  }

  /// Whether the rows must be searched for a stream.
  private func mayHold(_ stream: StreamID) throws(LetheError) -> Bool {
    guard !streamFilter.mayContain(stream.words) else { return true }
    switch streamFilterTrust.answer() {
    case .believe: return false
    case .lookUp: return true
    case .compare:
      var isComplete = true
      try forEachStream(from: nil) { id, _, _ in
        isComplete = streamFilter.mayContain(id.words)
        return isComplete ? .continue : .stop
      }
      streamFilterTrust.settle(isComplete: isComplete)
      return true
    }
  }

  /// Whether the rows must be searched for a group of keys.
  private func mayHold(group: UInt64) throws(LetheError) -> Bool {
    guard !keyFilter.mayContain(Self.hash(ofGroup: group)) else { return true }
    switch keyFilterTrust.answer() {
    case .believe: return false
    case .lookUp: return true
    case .compare:
      var isComplete = true
      try forEachKey(from: nil) { key, _, _ in
        isComplete = keyFilter.mayContain(Self.hash(ofGroup: key >> 4))
        return isComplete ? .continue : .stop
      }
      keyFilterTrust.settle(isComplete: isComplete)
      return true
    }
  }

  /// The records with a part under a key of a group, by key.
  ///
  /// - Parameter keys: all but their last four bits are the same.
  func postings(under keys: ClosedRange<UInt64>) throws(LetheError) -> [Posting] {
    guard try mayHold(group: keys.lowerBound >> 4) else { return [] }
    var starts: [Int] = []
    var end: Int?
    try forEachKey(from: keyFences.lastPlace(notAfter: { $0 <= keys.lowerBound })) { key, bytes, offset in
      guard key >= keys.lowerBound else { return .continue }
      let start = Int(bytes.littleEndian32(at: offset + 8))
      if key > keys.upperBound {
        end = start
        return .stop
      }
      starts.append(start)
      return .continue
    }
    guard let start = starts.first else { return [] }
    return try postings(columns.keyPostings, (start, end ?? columns.keyPostings.count))
  }

  /// The keys of a range, ascending.
  func keys(in range: ClosedRange<UInt64>) throws(LetheError) -> [UInt64] {
    var keys: [UInt64] = []
    try forEachKey(from: keyFences.lastPlace(notAfter: { $0 <= range.lowerBound })) { key, _, _ in
      if key > range.upperBound { return .stop }
      if key >= range.lowerBound { keys.append(key) }
      return .continue
    }
    return keys
  }

  /// The highest key that is not above one.
  func highestKey(notAbove key: UInt64) throws(LetheError) -> UInt64? {
    var found: UInt64?
    try forEachKey(from: keyFences.lastPlace(notAfter: { $0 <= key })) { next, _, _ in
      if next > key { return .stop }
      found = next
      return .continue
    }
    return found
  }
}

extension Array {
  /// The last place whose element the condition holds for; it holds for all before it too.
  fileprivate func lastPlace(notAfter holds: (Element) -> Bool) -> Int? {
    let next = firstPlace(notBefore: holds)
    return next == 0 ? nil : next - 1
  }
}

extension Span<UInt8> {
  /// The stream's id at an index.
  fileprivate func streamID(at index: Int) -> StreamID {
    StreamID(words: (littleEndian64(at: index).byteSwapped, littleEndian64(at: index + 8).byteSwapped))
  }
}
