public import LetheCrypto
public import LetheSystem
internal import Synchronization

/// A log that lives as long as its process: for tests and rehearsals.
public final class MemoryLog: RecordLog {
  public let storeID: [UInt8]
  private let content = Mutex(Content())

  private struct Content {
    var records: [Record] = []
    var tree = MerkleTree()
    var leafHashes: [Digest] = []
  }

  /// - Parameter storeID: 16 bytes.
  public init(storeID: [UInt8]) {
    precondition(storeID.count == 16, "a store id has 16 bytes")
    self.storeID = storeID
  }

  public var count: UInt64 { content.withLock { UInt64($0.records.count) } }

  public func append(_ group: [Record]) throws(LetheError) -> Range<UInt64> {
    guard group.last?.header.flags.contains(.lastOfBatch) ?? true else { throw .openBatch }
    let hashes = group.map { MerkleHash.leaf($0.leafEntry) }
    return content.withLock { content in
      let start = UInt64(content.records.count)
      content.records += group
      content.leafHashes += hashes
      for hash in hashes { content.tree.append(leafHash: hash) }
      return start..<start + UInt64(group.count)
    }
  }

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
