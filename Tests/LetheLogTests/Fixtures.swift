import LetheCrypto
import LetheLog
import LetheSystem
import LetheTesting

let testStoreID = [UInt8]((0x40..<0x50))

/// A record that its seed determines: an event with parts, or a fact with a clear body.
func makeRecord(seed: UInt64, endsBatch: Bool = true, partCount: Int = 0, clearByteCount: Int = 20) throws -> Record {
  var generator = SeededGenerator(seed: seed)
  var flags: RecordHeader.Flags = endsBatch ? [.lastOfBatch] : []
  if partCount == 0 { flags.insert(.system) }
  let stream = partCount == 0 ? .system : StreamID(generator.bytes(16))!
  let parts = (0..<partCount).map { _ in
    PartHeader(
      kid: generator.next(), nonce: generator.bytes(24),
      paddedLength: UInt32(Padding.padded(count: Int(generator.next() % 700))))
  }
  return try Record(
    header: RecordHeader(flags: flags, streamID: stream, revision: seed, parts: parts),
    sealedParts: parts.map { generator.bytes($0.sealedByteCount) },
    clearBody: generator.bytes(clearByteCount))
}

/// Groups of batches: the outermost arrays are sync groups, each number the count of records of one batch.
///
/// - Parameter partsEvery: every so many records one is an event, the others are facts.
func makeGroups(_ shape: [[Int]], seed: UInt64 = 0, partsEvery: Int = 5) throws -> [[Record]] {
  var number = seed * 1_000_000
  return try shape.map { batches in
    try batches.flatMap { count in
      try (1...count).map { place in
        defer { number += 1 }
        return try makeRecord(
          seed: number, endsBatch: place == count,
          partCount: number % UInt64(partsEvery) == UInt64(partsEvery) - 1 ? 1 : 0)
      }
    }
  }
}

extension RecordLog {
  func allRecords(from start: UInt64 = 0, to end: UInt64? = nil) throws -> [Record] {
    var records: [Record] = []
    try forEachRecord(from: start, to: end) { (_, record) in
      records.append(record)
      return .continue
    }
    return records
  }

  func checkpoint() throws(LetheError) -> Checkpoint {
    try Checkpoint(origin: "lethe.example/log", size: count, rootHash: rootHash(size: count))
  }
}

/// The root by the recursive definition of RFC 6962, section 2.1.
func naiveRoot(_ hashes: ArraySlice<Digest>) -> Digest {
  if hashes.isEmpty { return SHA256.hash([UInt8]().span.bytes) }
  if hashes.count == 1 { return hashes.first! }
  var power = 1
  while power * 2 < hashes.count { power *= 2 }
  return MerkleHash.node(naiveRoot(hashes.prefix(power)), naiveRoot(hashes.dropFirst(power)))
}
