public import LetheCrypto
public import LetheSystem

/// The log of all records: append, read, find, prove. Positions count from 0.
///
/// One thread appends; any number may read meanwhile. All calls block. Implementations: `FileLog`, `MemoryLog`.
public protocol RecordLog: AnyObject, Sendable {
  /// 16 bytes.
  var storeID: [UInt8] { get }

  /// The number of durable records.
  var count: UInt64 { get }

  /// Tells what the index keeps of records.
  var noting: any RecordNoting { get }

  /// Appends one sync group: one or more whole batches, prepared by one caller or by several. At return all of it is
  /// durable, at the positions returned; otherwise it is there whole batch by whole batch, or not at all, after the next
  /// opening.
  ///
  /// - Throws: `input` if the last record does not end a batch, and nothing was written; `io` if a write or sync failed
  ///   now or before: the log takes no more, and the program must be started again.
  func append(_ group: [PreparedRecords]) throws(LetheError) -> Range<UInt64>

  // MARK: Read

  /// The record at a position, checked against its leaf entry.
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

  // MARK: Find
  //
  // What is found is what headers and notes of durable records say. Cost does not grow with the log but for the segments
  // that must be asked, each of which first asks a filter in memory.

  /// The revision of a stream's next record; 0 if it has none.
  ///
  /// - Throws: `damage` if an index is; `io`.
  func nextRevision(of stream: StreamID) throws(LetheError) -> UInt64

  /// The positions of a stream's records of some revisions, in order; those that there are.
  ///
  /// - Throws: `damage`, `io`.
  func positions(of stream: StreamID, _ revisions: Range<UInt64>) throws(LetheError) -> [UInt64]

  /// The positions of facts about a stream, in order.
  ///
  /// - Throws: `damage`, `io`.
  func positions(ofFactsAbout stream: StreamID) throws(LetheError) -> [UInt64]

  /// The positions of records that have a part under one of some keys, in order, each once.
  ///
  /// - Parameter keys: all but their last four bits are the same.
  /// - Throws: `damage`, `io`.
  func positions(under keys: ClosedRange<UInt64>, _ kind: RecordKind) throws(LetheError) -> [UInt64]

  /// The highest key, among those not above one, that a record has a part under.
  ///
  /// - Throws: `damage`, `io`.
  func highestKey(notAbove key: UInt64) throws(LetheError) -> UInt64?

  /// The keys of a range that records have parts under, ascending.
  ///
  /// - Throws: `damage`, `io`.
  func keys(in range: ClosedRange<UInt64>) throws(LetheError) -> [UInt64]

  /// The tag that a record was appended with; nil if it had none or it was lost in a crash.
  ///
  /// - Throws: `input` if there is no such record; `damage`, `io`.
  func tag(at position: UInt64) throws(LetheError) -> UInt64?

  /// The positions of all landmarks, in order.
  var landmarks: [UInt64] { get }

  // MARK: Prove

  /// The leaf entry of the record at a position.
  ///
  /// - Throws: `input` if there is none yet; `damage`, `io`.
  func leafEntry(at position: UInt64) throws(LetheError) -> Digest

  /// The root of the tree over the first `size` records; of all of them without looking at any.
  ///
  /// - Throws: `input` if there are not as many; `damage`, `io`.
  func rootHash(size: UInt64) throws(LetheError) -> Digest

  /// The proof that the record at a position is in the tree over the first `size` records.
  ///
  /// - Throws: `input` unless position < size <= count; `damage`, `io`.
  func inclusionProof(of position: UInt64, in size: UInt64) throws(LetheError) -> [Digest]

  /// The proof that the tree over the first `second` records begins with that over the first `first`.
  ///
  /// - Throws: `input` unless first <= second <= count; `damage`, `io`.
  func consistencyProof(from first: UInt64, to second: UInt64) throws(LetheError) -> [Digest]
}

/// Events, or facts of the system.
public enum RecordKind: Sendable { case events, facts }

extension RecordLog {
  /// Appends a sync group of records without tags.
  ///
  /// - Throws: as the requirement, and what noting throws.
  public func append(_ group: [Record]) throws(LetheError) -> Range<UInt64> {
    var preparer = RecordPreparer()
    for record in group { preparer.append(record, note: try noting.note(of: record)) }
    return try append([preparer.finish()])
  }
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

  /// Damage at a record, with the byte of its segment at which its frame begins.
  static func damaged(at position: UInt64, in segment: UInt64, offset: Int, _ fault: String) -> LetheError {
    LetheError(
      .damage,
      "a record of the log is damaged: \(fault); mend the file with `lethe restore` from a backup, or from a copy of Log/",
      place: "\(LogLayout.segment(segment)), position \(position), byte \(offset)")
  }
}
