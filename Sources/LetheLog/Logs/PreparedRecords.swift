internal import LetheCrypto
package import LetheSystem

/// Records that follow one another, with all that the log needs of them beyond their bytes; made by whoever appends, on any
/// thread, so that the log itself has little left to do.
public struct PreparedRecords: Sendable {
  /// What there is of a record beside its bytes.
  struct Mark: Sendable {
    let header: RecordHeader
    /// Where its bytes are among those of all.
    let range: Range<Int>
    let leafEntry: Digest
    let leafHash: Digest
    let note: RecordNote
    /// By which the log's owner knows what the record holds, never 0; 0 is none.
    let tag: UInt64
  }

  /// The records one behind the other.
  let bytes: [UInt8]
  let marks: [Mark]

  public var count: Int { marks.count }

  /// Bytes that they take in a segment.
  package var byteCount: Int { bytes.count + count * Frame.headByteCount }

  /// Puts the records' frames behind what is there.
  ///
  /// - Parameter group: the position of the sync group's first record.
  func putFrames(group: UInt64, to buffer: inout ByteWriter) {
    let (bytes, marks) = (bytes.span, marks.span)
    for number in marks.indices { Frame.append(bytes.extracting(marks[number].range), group: group, to: &buffer) }
  }

  /// A record as the log gives it.
  package func record(_ number: Int) -> Record {
    Record(sound: Array(bytes[marks[number].range]), marks[number].header)
  }
}

extension [PreparedRecords] {
  /// Bytes that they take in a segment.
  package var byteCount: Int { reduce(0) { $0 + $1.byteCount } }

  /// Whether the last record ends an atomic batch; so does none at all.
  var endsBatch: Bool { last { $0.count > 0 }?.marks.last?.header.flags.contains(.lastOfBatch) ?? true }
}

/// Prepares records one after the other.
public struct RecordPreparer: ~Copyable {
  private var bytes: ByteWriter
  private var marks: [PreparedRecords.Mark] = []
  private var hash = SHA256()

  /// - Parameters:
  ///   - count: records that are to come.
  ///   - byteCount: bytes that they will have.
  public init(room count: Int = 0, byteCount: Int = 0) {
    marks.reserveCapacity(count)
    bytes = ByteWriter(capacity: byteCount)
  }

  /// Gives what was prepared.
  public consuming func finish() -> PreparedRecords { PreparedRecords(bytes: bytes.take(), marks: marks) }

  /// Puts a record behind the others.
  public mutating func append(_ record: Record, note: RecordNote = .none, tag: UInt64 = 0) {
    let start = bytes.count
    bytes.put(record.bytes)
    mark(record.header, from: start, note, tag)
  }

  /// Puts a record behind the others whose parts are sealed where they lie.
  ///
  /// - Parameters:
  ///   - clearBody: what a system fact shows to everybody; empty for an event.
  ///   - seal: seals a part by its number, given the encoded header: what it gets has the padded length and 16 bytes more,
  ///     all zero.
  /// - Throws: `input` if header and body do not fit together; what `seal` throws. Nothing was put then.
  package mutating func append(
    _ header: RecordHeader, clearBody: [UInt8] = [], note: RecordNote = .none, tag: UInt64 = 0,
    sealing seal: (_ part: Int, _ header: RawSpan, _ slot: inout MutableRawSpan) throws(LetheError) -> Void
  ) throws(LetheError) {
    let headerCount = header.byteCount
    let count = try Record.byteCount(header, clearBody)
    let start = bytes.count
    header.put(to: &bytes)
    bytes.putZeros(count - headerCount - clearBody.count)
    bytes.put(clearBody)
    do throws(LetheError) {
      try bytes.withMutableBytes(from: start) { (record: inout MutableRawSpan) throws(LetheError) in
        var partStart = headerCount
        for number in header.parts.indices {
          let partEnd = partStart + header.parts[number].sealedByteCount
          try record.withPart(partStart..<partEnd, behind: headerCount) {
            (head, slot: inout MutableRawSpan) throws(LetheError) in try seal(number, head, &slot)
          }
          partStart = partEnd
        }
      }
    } catch {
      // Some of it may not be sealed.
      bytes.cut(to: start)
      throw error
    }
    mark(header, from: start, note, tag)
  }

  private mutating func mark(_ header: RecordHeader, from start: Int, _ note: RecordNote, _ tag: UInt64) {
    let range = start..<bytes.count
    let entry = Record.leafEntry(
      of: bytes.bytes.span.extracting(range), headerByteCount: header.byteCount, &hash)
    marks.append(
      PreparedRecords.Mark(
        header: header, range: range, leafEntry: entry, leafHash: MerkleHash.leaf(entry, &hash), note: note, tag: tag))
  }
}
