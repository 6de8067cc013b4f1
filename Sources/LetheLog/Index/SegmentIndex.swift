internal import LetheCrypto
internal import LetheSystem

/// The index of a sealed segment: where what is in it. It never changes and can always be made again from the segment.
///
/// Format: pages (see `IndexPages`), little-endian. The first one:
///
///     offset  bytes
///          0     64  the file's header (see `LogFileHeader`)
///         64      8  records in the segment
///         72      8  bytes of the segment that count, its header included
///         80     32  root of the tree over all records up to the segment's end
///        112     40  how many values these columns have, 4 bytes each: stream rows, stream postings, key rows, key
///                    postings, landmarks, tail entries, stream fences, key fences, words of the stream filter and of the
///                    key filter
///
/// Then the columns, in this order:
///
///     bytes a value
///         4  offsets: where each record's frame begins in the segment
///         8  tags: of each record, 0 for none
///        28  stream rows, ascending by stream id: the id (16), the revision that follows the stream's last record here, or 0
///            (8), where its postings begin (4)
///         4  stream postings: record number << 1, and 1 for a fact about the stream
///        12  key rows, ascending: key id (8), where its postings begin (4)
///         4  key postings: record number << 1, and 1 for a fact
///         4  landmarks: record numbers
///        32  tail entries: the leaf entries of those records at the segment's end that do not fill a bundle, earlier
///            segments' included
///        16  stream fences: the first id of each page of stream rows
///         8  key fences: the first key id of each page of key rows
///         8  stream filter: words of a Bloom filter over the streams' ids
///         8  key filter: words of one over key ids without their last four bits
///
/// The columns from the landmarks on are kept in memory.
///
/// A filter has m bits, a power of two and at least 64; bit b is bit b mod 64 of word b / 64. A key with the hashes x and y
/// has the bits (x + i (y | 1)) mod m, i from 0 to 4, in 64-bit arithmetic. A stream id's hashes are its halves, big-endian.
/// A key id's are x = s(id >> 4) and y = s(x), where s is the first output of splitmix64 seeded with its argument (Steele,
/// Lea and Flood 2014), the constants hexadecimal: z = seed + 9e3779b97f4a7c15; z = (z ^ z >> 30) bf58476d1ce4e5b9;
/// z = (z ^ z >> 27) 94d049bb133111eb; z ^ z >> 31. The writer takes twelve bits a row, up to the next power of two; a
/// reader takes any m.
///
/// What makes a record a landmark (`RecordNote`), and what its tag is, whoever appends says; the index only stores it.
struct SegmentIndex: Sendable {
  let first: UInt64
  let count: Int
  /// Bytes of the segment that count.
  let end: Int
  let rootHash: Digest
  let landmarks: [UInt32]
  let tailEntries: [Digest]
  let columns: Columns
  let pages: IndexPageReader
  let streamFences: [StreamID]
  let keyFences: [UInt64]
  let streamFilter: BloomFilter
  let keyFilter: BloomFilter
  let streamFilterTrust: FilterTrust
  let keyFilterTrust: FilterTrust

  struct Columns: Sendable {
    let offsets: IndexPages.Column
    let tags: IndexPages.Column
    let streamRows: IndexPages.Column
    let streamPostings: IndexPages.Column
    let keyRows: IndexPages.Column
    let keyPostings: IndexPages.Column
    let landmarks: IndexPages.Column
    let tailEntries: IndexPages.Column
    let streamFences: IndexPages.Column
    let keyFences: IndexPages.Column
    let streamFilter: IndexPages.Column
    let keyFilter: IndexPages.Column
  }

  static let streamRowByteCount = 28
  static let keyRowByteCount = 12

  /// Reads the head and what is kept in memory.
  ///
  /// - Parameter sealing: tells whether the store made it; nil believes it, whoever made it.
  /// - Throws: `damage`, `format`; `input` if it belongs to another store; `io`.
  init(
    _ file: any File, name: String, first: UInt64, storeID: [UInt8], sealing: (any GroupSealing)? = nil
  ) throws(LetheError) {
    pages = try IndexPageReader(file: file, name: name, sealing: sealing)
    let head = try pages.content(ofPages: 0..<1)
    guard case .header(let header) = try LogFileHeader.read(Array(head[..<64]), as: .index, ofFileWith: head.count)
    else { throw pages.damage }
    guard header.storeID == storeID, header.firstPosition == first else { throw pages.damage }
    self.first = first
    (streamFilterTrust, keyFilterTrust) = (FilterTrust(first: first), FilterTrust(first: first))
    guard let count = Int(exactly: head.span.littleEndian64(at: 64)), count <= Posting.mostRecords,
      let end = Int(exactly: head.span.littleEndian64(at: 72)), first <= .max - UInt64(count)
    else { throw pages.damage }
    self.count = count
    self.end = end
    guard let root = Digest(head[80..<112]) else { throw pages.damage }
    rootHash = root
    let counts = (0..<10).map { Int(head.span.littleEndian32(at: 112 + 4 * $0)) }
    var page = 1
    func column(_ count: Int, _ size: Int) -> IndexPages.Column {
      let column = IndexPages.Column(firstPage: page, valueByteCount: size, count: count)
      page = column.endPage
      return column
    }
    columns = Columns(
      offsets: column(count, 4), tags: column(count, 8), streamRows: column(counts[0], Self.streamRowByteCount),
      streamPostings: column(counts[1], 4), keyRows: column(counts[2], Self.keyRowByteCount),
      keyPostings: column(counts[3], 4), landmarks: column(counts[4], 4), tailEntries: column(counts[5], 32),
      streamFences: column(counts[6], 16), keyFences: column(counts[7], 8), streamFilter: column(counts[8], 8),
      keyFilter: column(counts[9], 8))

    // Whatever the head says, no more is read than there is.
    guard try IndexPageReader.byteCount(pages: page) == file.size() else { throw pages.damage }
    landmarks = try pages.words(columns.landmarks, 0..<columns.landmarks.count)
    tailEntries = try pages.values(columns.tailEntries) { Digest($0) }
    streamFences = try pages.values(columns.streamFences) { StreamID($0) }
    keyFences = try pages.longWords(columns.keyFences)
    guard let streamFilter = BloomFilter(words: try pages.longWords(columns.streamFilter)),
      let keyFilter = BloomFilter(words: try pages.longWords(columns.keyFilter))
    else { throw pages.damage }
    self.streamFilter = streamFilter
    self.keyFilter = keyFilter
    guard landmarks.allSatisfy({ $0 < count }), streamFences.count == columns.streamRows.pageCount,
      keyFences.count == columns.keyRows.pageCount
    else { throw pages.damage }
  }
}
