internal import LetheCrypto
internal import LetheSystem

/// Where what is in the segment that is being written, or that is not sealed yet; in memory.
struct ActiveIndex: Sendable {
  /// Where each frame begins, in bytes from the file's start.
  private(set) var offsets = PagedArray<UInt32>()
  /// Of each record, as its writer gave it; 0 if it gave none.
  private(set) var tags = PagedArray<UInt64>()
  private(set) var landmarks: [UInt32] = []
  /// The records of each stream, and facts about it.
  private(set) var streams = PostingTable<StreamID>()
  /// Of each row of `streams`, the revision that follows its last record here; 0 if it has facts alone.
  private(set) var nextRevisions = PagedArray<UInt64>()
  /// The records that have a part under each key.
  private(set) var keys = PostingTable<UInt64>()

  /// The number of records.
  var count: Int { offsets.count }

  mutating func append(_ header: RecordHeader, _ note: RecordNote, tag: UInt64, offset: Int) {
    let number = count
    offsets.append(UInt32(offset))
    tags.append(tag)
    if note.isLandmark { landmarks.append(UInt32(number)) }
    noteStream(header.streamID, Posting(number, isFact: false), next: header.revision + 1)
    if let stream = note.stream { noteStream(stream, Posting(number, isFact: true), next: nil) }
    let posting = Posting(number, isFact: header.flags.contains(.system))
    for part in header.parts { _ = keys.add(posting, to: part.kid) }
  }

  private mutating func noteStream(_ stream: StreamID, _ posting: Posting, next: UInt64?) {
    let row = streams.add(posting, to: stream)
    if row == nextRevisions.count { nextRevisions.append(0) }
    if let next { nextRevisions[row] = next }
  }

  func nextRevision(of stream: StreamID) -> UInt64? {
    guard let row = streams.row(of: stream), nextRevisions[row] > 0 else { return nil }
    return nextRevisions[row]
  }

  func run(of stream: StreamID) -> StreamRun? {
    streams.row(of: stream).map {
      StreamRun(nextRevision: nextRevisions[$0], postings: streams.postings(ofRow: $0))
    }
  }
}

/// What a segment has of a stream.
struct StreamRun: Sendable {
  /// The revision that follows the stream's last record in the segment; 0 if there are facts about it alone.
  let nextRevision: UInt64
  let postings: [Posting]

  /// The numbers of the stream's own records; the last has the revision before `nextRevision`.
  var numbers: [Int] { postings.filter { !$0.isFact }.map(\.number) }
}

extension StreamRun {
  /// The positions of those of the stream's records here that have one of some revisions.
  ///
  /// - Parameter first: the position of the segment's first record.
  func positions(_ revisions: Range<UInt64>, first: UInt64) -> [UInt64] {
    let numbers = numbers
    let firstRevision = nextRevision - UInt64(numbers.count)
    let wanted = revisions.clamped(to: firstRevision..<nextRevision)
    return numbers[Int(wanted.lowerBound - firstRevision)..<Int(wanted.upperBound - firstRevision)]
      .map { first + UInt64($0) }
  }
}

extension [Posting] {
  /// The positions of those that are of a kind, in order, each once.
  ///
  /// - Parameter first: the position of the segment's first record.
  func positions(_ kind: RecordKind, first: UInt64) -> [UInt64] {
    let numbers = Set(lazy.filter { $0.isFact == (kind == .facts) }.map(\.number))
    return numbers.sorted().map { first + UInt64($0) }
  }
}

extension ActiveIndex {
  /// The records with a part under a key of a group, by key.
  func postings(under keys: ClosedRange<UInt64>) -> [Posting] {
    keys.flatMap { self.keys.postings(of: $0) }
  }

  /// The keys of a range, in no order; looks at all.
  func keys(in range: ClosedRange<UInt64>) -> [UInt64] {
    (0..<keys.count).lazy.map { keys.keys[$0] }.filter { range.contains($0) }
  }

  /// The highest key that is not above one; looks at all.
  func highestKey(notAbove key: UInt64) -> UInt64? {
    var highest: UInt64?
    for row in 0..<keys.count where keys.keys[row] <= key { highest = max(highest ?? 0, keys.keys[row]) }
    return highest
  }
}
