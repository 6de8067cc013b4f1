public import LetheCrypto
internal import LetheSystem

/// A record with all that the log needs of it beyond its bytes; made by whoever appends, on any thread.
public struct PreparedRecord: Sendable {
  public let record: Record
  public let leafEntry: Digest
  let leafHash: Digest
  let note: RecordNote
  /// By which the log's owner knows what the record holds, never 0; 0 is none.
  let tag: UInt64

  /// Hashes the record.
  public init(_ record: Record, note: RecordNote = .none, tag: UInt64 = 0) {
    self.record = record
    self.note = note
    self.tag = tag
    leafEntry = record.leafEntry
    leafHash = MerkleHash.leaf(leafEntry)
  }
}

extension [PreparedRecord] {
  /// Bytes of all records.
  package var recordByteCount: Int {
    let records = span
    return records.indices.reduce(0) { $0 + records[$1].record.bytes.count }
  }
}
