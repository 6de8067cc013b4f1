public import LetheCrypto
public import LetheSystem
internal import Synchronization

/// A log that lives as long as its process: for tests and rehearsals.
public final class MemoryLog: RecordLog {
  public let storeID: [UInt8]
  public let noting: any RecordNoting
  private let content = Mutex(Content())

  private struct Content {
    var records: [Record] = []
    var index = ActiveIndex()
    var tree = MerkleTree()
    var leafHashes: [Digest] = []
  }

  /// - Parameter storeID: 16 bytes.
  public init(storeID: [UInt8], noting: any RecordNoting = NoNotes()) {
    precondition(storeID.count == 16, "a store id has 16 bytes")
    self.storeID = storeID
    self.noting = noting
  }

  public var count: UInt64 { content.withLock { UInt64($0.records.count) } }

  public func append(_ group: [PreparedRecords]) throws(LetheError) -> Range<UInt64> {
    guard group.endsBatch else { throw .openBatch }
    return content.withLock { content in
      let start = UInt64(content.records.count)
      for prepared in group {
        for (number, mark) in prepared.marks.enumerated() {
          content.records.append(prepared.record(number))
          content.index.append(mark.header, mark.note, tag: mark.tag, offset: 0)
          content.leafHashes.append(mark.leafHash)
          content.tree.append(leafHash: mark.leafHash)
        }
      }
      return start..<UInt64(content.records.count)
    }
  }

  // MARK: Read

  public func record(at position: UInt64) throws(LetheError) -> Record {
    try content.withLock { (content) throws(LetheError) in
      guard position < content.records.count else {
        throw .noRecord(at: position, count: UInt64(content.records.count))
      }
      return content.records[Int(position)]
    }
  }

  public func forEachRecord(
    from start: UInt64, to end: UInt64?, _ body: (UInt64, Record) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    let count = count
    let end = end ?? count
    guard start <= end, end <= count else { throw .notWhole(count) }
    for position in start..<end {
      switch try body(position, try record(at: position)) {
      case .continue: continue
      case .stop: return
      }
    }
  }

  // MARK: Find

  public func nextRevision(of stream: StreamID) -> UInt64 {
    content.withLock { $0.index.nextRevision(of: stream) ?? 0 }
  }

  public func positions(of stream: StreamID, _ revisions: Range<UInt64>) -> [UInt64] {
    guard let run = content.withLock({ $0.index.run(of: stream) }) else { return [] }
    return run.positions(revisions, first: 0)
  }

  public func positions(ofFactsAbout stream: StreamID) -> [UInt64] {
    content.withLock { $0.index.streams.postings(of: stream) }.filter(\.isFact).map { UInt64($0.number) }
  }

  public func positions(under keys: ClosedRange<UInt64>, _ kind: RecordKind) -> [UInt64] {
    content.withLock { $0.index.postings(under: keys) }.positions(kind, first: 0)
  }

  public func highestKey(notAbove key: UInt64) -> UInt64? { content.withLock { $0.index.highestKey(notAbove: key) } }

  public func keys(in range: ClosedRange<UInt64>) -> [UInt64] {
    content.withLock { $0.index.keys(in: range) }.sorted()
  }

  public func tag(at position: UInt64) throws(LetheError) -> UInt64? {
    try content.withLock { (content) throws(LetheError) in
      guard position < content.records.count else {
        throw .noRecord(at: position, count: UInt64(content.records.count))
      }
      let tag = content.index.tags[Int(position)]
      return tag == 0 ? nil : tag
    }
  }

  public var landmarks: [UInt64] { content.withLock { $0.index.landmarks.map { UInt64($0) } } }

  // MARK: Prove

  public func leafEntry(at position: UInt64) throws(LetheError) -> Digest { try record(at: position).leafEntry }

  public func rootHash(size: UInt64) throws(LetheError) -> Digest {
    let (tree, hashes) = snapshot
    return try tree.root(size: size) { (range) throws(LetheError) in hashes[range] }
  }

  public func inclusionProof(of position: UInt64, in size: UInt64) throws(LetheError) -> [Digest] {
    let (tree, hashes) = snapshot
    return try tree.inclusionProof(of: position, in: size) { (range) throws(LetheError) in hashes[range] }
  }

  public func consistencyProof(from first: UInt64, to second: UInt64) throws(LetheError) -> [Digest] {
    let (tree, hashes) = snapshot
    return try tree.consistencyProof(from: first, to: second) { (range) throws(LetheError) in hashes[range] }
  }

  private var snapshot: (MerkleTree, [Digest]) { content.withLock { ($0.tree, $0.leafHashes) } }
}

extension [Digest] {
  fileprivate subscript(positions: Range<UInt64>) -> [Digest] {
    Array(self[Int(positions.lowerBound)..<Int(positions.upperBound)])
  }
}
