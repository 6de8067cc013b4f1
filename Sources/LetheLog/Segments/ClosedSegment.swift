internal import LetheCrypto
internal import LetheSystem

/// A segment that takes no more records: sealed, with its index in a file, or about to be, with the index in memory.
enum ClosedSegment: Sendable {
  case frozen(FrozenSegment)
  case sealed(SegmentIndex)

  /// The position of its first record.
  var first: UInt64 {
    switch self {
    case .frozen(let segment): segment.first
    case .sealed(let index): index.first
    }
  }

  var count: Int {
    switch self {
    case .frozen(let segment): segment.index.count
    case .sealed(let index): index.count
    }
  }

  /// The position behind its last record.
  var endPosition: UInt64 { first + UInt64(count) }

  var landmarks: [UInt64] {
    let numbers =
      switch self {
      case .frozen(let segment): segment.index.landmarks
      case .sealed(let index): index.landmarks
      }
    return numbers.map { first + UInt64($0) }
  }

  /// Where the frames of some records begin, and where the last one's ends.
  func offsets(of positions: Range<UInt64>) throws(LetheError) -> [Int] {
    let numbers = Int(positions.lowerBound - first)..<Int(positions.upperBound - first)
    switch self {
    case .frozen(let segment): return segment.index.offsets(of: numbers, end: segment.ending.end)
    case .sealed(let index): return try index.offsets(of: numbers)
    }
  }

  /// Where the segment's records begin at one position, and where they end at another.
  func extent(of positions: Range<UInt64>) throws(LetheError) -> Range<Int> {
    let start = try offsets(of: positions.lowerBound..<positions.lowerBound + 1)[0]
    return start..<(try offsets(of: positions.upperBound - 1..<positions.upperBound)[1])
  }

  func nextRevision(of stream: StreamID) throws(LetheError) -> UInt64? {
    switch self {
    case .frozen(let segment): segment.index.nextRevision(of: stream)
    case .sealed(let index): try index.nextRevision(of: stream)
    }
  }

  func run(of stream: StreamID) throws(LetheError) -> StreamRun? {
    switch self {
    case .frozen(let segment): segment.index.run(of: stream)
    case .sealed(let index): try index.run(of: stream)
    }
  }

  func postings(under keys: ClosedRange<UInt64>) throws(LetheError) -> [Posting] {
    switch self {
    case .frozen(let segment): segment.index.postings(under: keys)
    case .sealed(let index): try index.postings(under: keys)
    }
  }

  func highestKey(notAbove key: UInt64) throws(LetheError) -> UInt64? {
    switch self {
    case .frozen(let segment): segment.index.highestKey(notAbove: key)
    case .sealed(let index): try index.highestKey(notAbove: key)
    }
  }

  func keys(in range: ClosedRange<UInt64>) throws(LetheError) -> [UInt64] {
    switch self {
    case .frozen(let segment): segment.index.keys(in: range)
    case .sealed(let index): try index.keys(in: range)
    }
  }

  func tag(at position: UInt64) throws(LetheError) -> UInt64 {
    switch self {
    case .frozen(let segment): segment.index.tags[Int(position - first)]
    case .sealed(let index): try index.tag(of: Int(position - first))
    }
  }
}

/// A segment that another follows, and that is not sealed yet.
final class FrozenSegment: Sendable {
  let first: UInt64
  let index: ActiveIndex
  let ending: SegmentIndex.Ending

  init(first: UInt64, index: ActiveIndex, ending: SegmentIndex.Ending) {
    self.first = first
    self.index = index
    self.ending = ending
  }
}

extension ActiveIndex {
  /// Where the frames of some records begin, and where the last one's ends.
  ///
  /// - Parameter end: where the last record of all ends.
  func offsets(of numbers: Range<Int>, end: Int) -> [Int] {
    numbers.map { Int(offsets[$0]) } + [numbers.upperBound < count ? Int(offsets[numbers.upperBound]) : end]
  }
}
