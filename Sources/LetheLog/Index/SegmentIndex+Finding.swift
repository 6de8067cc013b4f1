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
    guard streamFilter.mayContain(stream.words),
      let page = streamFences.lastPlace(notAfter: { $0 <= stream })
    else { return nil }
    let rows = columns.streamRows
    var found: (next: UInt64, start: Int)?
    var end: Int?
    // The row behind it, for its start, may be on the next page.
    let first = min(page * rows.perPage, rows.count)
    try pages.forEach(rows, first..<min(first + rows.perPage + 1, rows.count)) { _, bytes, offset in
      if found != nil {
        end = Int(bytes.littleEndian32(at: offset + 24))
        return .stop
      }
      if bytes.holds(stream, at: offset) {
        found = (bytes.littleEndian64(at: offset + 16), Int(bytes.littleEndian32(at: offset + 24)))
      }
      return .continue
    }
    guard let found else { return nil }
    return (found.next, (found.start, end ?? columns.streamPostings.count))
  }

  /// The records with a part under a key of a group, by key.
  ///
  /// - Parameter keys: all but their last four bits are the same.
  func postings(under keys: ClosedRange<UInt64>) throws(LetheError) -> [Posting] {
    guard keyFilter.mayContain(Self.hash(ofGroup: keys.lowerBound >> 4)), !keyFences.isEmpty else { return [] }
    let page = keyFences.lastPlace(notAfter: { $0 <= keys.lowerBound }) ?? 0
    let rows = columns.keyRows
    var starts: [Int] = []
    var end: Int?
    try pages.forEach(rows, min(page * rows.perPage, rows.count)..<rows.count) { _, bytes, offset in
      let key = bytes.littleEndian64(at: offset)
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
    let page = keyFences.lastPlace(notAfter: { $0 <= range.lowerBound }) ?? 0
    let rows = columns.keyRows
    var keys: [UInt64] = []
    try pages.forEach(rows, min(page * rows.perPage, rows.count)..<rows.count) { _, bytes, offset in
      let key = bytes.littleEndian64(at: offset)
      if key > range.upperBound { return .stop }
      if key >= range.lowerBound { keys.append(key) }
      return .continue
    }
    return keys
  }

  /// The highest key that is not above one.
  func highestKey(notAbove key: UInt64) throws(LetheError) -> UInt64? {
    guard let page = keyFences.lastPlace(notAfter: { $0 <= key }) else { return nil }
    let rows = columns.keyRows
    let first = min(page * rows.perPage, rows.count)
    var found: UInt64?
    try pages.forEach(rows, first..<min(first + rows.perPage, rows.count)) { _, bytes, offset in
      let next = bytes.littleEndian64(at: offset)
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
  /// Whether a stream's id stands at an index.
  fileprivate func holds(_ stream: StreamID, at index: Int) -> Bool {
    let words = stream.words
    return littleEndian64(at: index).byteSwapped == words.0 && littleEndian64(at: index + 8).byteSwapped == words.1
  }
}
