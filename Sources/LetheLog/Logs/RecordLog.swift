public import LetheCrypto
public import LetheSystem

/// The log of all records: append, read, prove. Positions count from 0.
///
/// One thread appends; any number may read meanwhile. All calls block. Implementations: `FileLog`, `MemoryLog`.
public protocol RecordLog: AnyObject, Sendable {
  /// 16 bytes.
  var storeID: [UInt8] { get }

  /// The number of durable records.
  var count: UInt64 { get }

  /// Appends one sync group: one or more whole batches. At return all of it is durable, at the positions returned;
  /// otherwise it is there whole batch by whole batch, or not at all, after the next opening.
  ///
  /// - Throws: `input` if the last record does not end a batch, and nothing was written; `io` if a write or sync failed
  ///   now or before: the log takes no more, and the program must be started again.
  func append(_ group: [Record]) throws(LetheError) -> Range<UInt64>

  /// The record at a position, checked against its checksum and leaf entry.
  ///
  /// - Throws: `input` if there is none yet; `damage` with the position if it is not what was appended; `io`.
  func record(at position: UInt64) throws(LetheError) -> Record

  /// Gives the records from a position up to another, or to the present end, in order, checked as `record(at:)` does.
  /// Memory does not grow with their number.
  ///
  /// - Throws: `input` if the positions are not in order or not there yet; `damage`; `io`; what `body` throws.
  func forEachRecord(
    from start: UInt64, to end: UInt64?, _ body: (UInt64, Record) throws(LetheError) -> Iteration
  ) throws(LetheError)

  /// The leaf entry of the record at a position.
  ///
  /// - Throws: `input` if there is none yet; `io`.
  func leafEntry(at position: UInt64) throws(LetheError) -> Digest

  /// The root of the tree over the first `size` records; of all of them without looking at any.
  ///
  /// - Throws: `input` if there are not as many; `io`.
  func rootHash(size: UInt64) throws(LetheError) -> Digest

  /// The proof that the record at a position is in the tree over the first `size` records.
  ///
  /// - Throws: `input` unless position < size <= count; `io`.
  func inclusionProof(of position: UInt64, in size: UInt64) throws(LetheError) -> [Digest]

  /// The proof that the tree over the first `second` records begins with that over the first `first`.
  ///
  /// - Throws: `input` unless first <= second <= count; `io`.
  func consistencyProof(from first: UInt64, to second: UInt64) throws(LetheError) -> [Digest]
}

extension LetheError {
  static func noRecord(at position: UInt64, count: UInt64) -> LetheError {
    LetheError(
      .input, "the log has \(count) records and none at the position asked for; ask below its count",
      place: "position \(position)")
  }

  static func notWhole(_ count: UInt64) -> LetheError {
    LetheError(.input, "positions are not in order or not below the log's count of \(count); correct them")
  }

  static var openBatch: LetheError {
    LetheError(.input, "a group's last record does not end a batch; append batches whole")
  }
}
