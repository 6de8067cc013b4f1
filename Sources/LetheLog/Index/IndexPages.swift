internal import LetheCrypto
internal import LetheSystem

/// An index file is made of pages of 4,096 bytes: 4,092 of content, then the CRC-32C of these and of the page's number
/// (32 bits), so that a page that was damaged or is another's is never believed.
///
/// A column of values of one size begins on a page of its own; no value lies across two pages.
///
/// Behind the pages stand the first 16 bytes of each page's SHA-256, in their order, and the MAC (32 bytes) under the store's
/// key for seals over SHA-256("lethe index" ‖ these hashes). Whoever can write the log can make checksums, but not the MAC.
enum IndexPages {
  static let byteCount = 4096
  static let contentByteCount = byteCount - 4

  static let hashByteCount = 16

  /// The hashes of whole pages.
  static func hashes(_ pages: [UInt8]) -> [UInt8] {
    var hashes: [UInt8] = []
    var hash = SHA256()
    for start in stride(from: 0, to: pages.count, by: byteCount) {
      hash.update(pages.span.extracting(start..<min(start + byteCount, pages.count)))
      hashes += hash.finish().bytes.prefix(hashByteCount)
    }
    return hashes
  }

  static func mac(_ hashes: [UInt8], _ sealing: some GroupSealing) -> Digest {
    sealing.authenticate(SHA256.hash(Array("lethe index".utf8) + hashes).bytes)
  }

  static func checksum(_ content: Span<UInt8>, page: Int) -> UInt32 {
    let number = UInt32(page).littleEndianBytes
    return CRC32C.checksum(number.span, after: CRC32C.checksum(content))
  }

  /// Where the values of a column lie.
  struct Column: Sendable {
    let firstPage: Int
    let valueByteCount: Int
    let count: Int

    var perPage: Int { contentByteCount / valueByteCount }
    var pageCount: Int { (count + perPage - 1) / perPage }
    /// The page after its last.
    var endPage: Int { firstPage + pageCount }

    func page(of value: Int) -> Int { firstPage + value / perPage }
    /// Where a value begins in its page.
    func offset(of value: Int) -> Int { value % perPage * valueByteCount }
  }
}

/// Puts an index file together, page by page.
struct IndexPageWriter {
  /// Copied whole, which is much faster than one by one where nothing is optimised.
  private static let zeros = [UInt8](repeating: 0, count: IndexPages.contentByteCount)

  private(set) var bytes: [UInt8] = []

  var nextPage: Int { bytes.count / IndexPages.byteCount }

  /// Adds a page with the content at its start.
  mutating func add(_ content: [UInt8]) {
    let page = nextPage
    let start = bytes.count
    bytes += content
    bytes += Self.zeros[content.count...]
    bytes += IndexPages.checksum(bytes.span.extracting(start...), page: page).littleEndianBytes
  }

  /// Adds a column of values.
  ///
  /// - Parameter put: writes the value of a number.
  mutating func addColumn(
    _ count: Int, ofSize valueByteCount: Int, _ put: (Int, inout [UInt8]) -> Void
  ) -> IndexPages.Column {
    let column = IndexPages.Column(firstPage: nextPage, valueByteCount: valueByteCount, count: count)
    var content: [UInt8] = []
    content.reserveCapacity(IndexPages.contentByteCount)
    for value in 0..<count {
      put(value, &content)
      if (value + 1) % column.perPage == 0 {
        add(content)
        content.removeAll(keepingCapacity: true)
      }
    }
    if !content.isEmpty { add(content) }
    return column
  }
}

/// Reads an index file's pages, each checked.
struct IndexPageReader: Sendable {
  private let file: any File
  /// The file's name, for errors.
  private let name: String
  /// The hashes that the store vouches for; nil for whoever has no key.
  private let hashes: [UInt8]?
  /// Pages that were read lately, by number modulo their count: who asks for one thing asks for what stands beside it.
  private let recent: Monitor<[(page: Int, content: [UInt8])?]>

  private static let recentCount = 8

  /// - Parameter sealing: tells whether the store made the index; nil believes it, whoever made it.
  /// - Throws: `damage` if the store did not; `io`.
  init(file: any File, name: String, sealing: (any GroupSealing)?) throws(LetheError) {
    (self.file, self.name) = (file, name)
    recent = Monitor(Array(repeating: nil, count: Self.recentCount))
    guard let sealing else {
      hashes = nil
      return
    }
    let size = try file.size()
    let pageCount = (size - Digest.byteCount) / (IndexPages.byteCount + IndexPages.hashByteCount)
    guard pageCount > 0, Self.byteCount(pages: pageCount) == size else { throw Self.damage(name) }
    let trailer = try file.read(count: size - pageCount * IndexPages.byteCount, at: pageCount * IndexPages.byteCount)
    let hashes = Array(trailer.prefix(pageCount * IndexPages.hashByteCount))
    guard Digest(trailer.dropFirst(hashes.count)) == IndexPages.mac(hashes, sealing) else { throw Self.damage(name) }
    self.hashes = hashes
  }

  /// The length of a file of so many pages.
  static func byteCount(pages: Int) -> Int {
    pages * (IndexPages.byteCount + IndexPages.hashByteCount) + Digest.byteCount
  }

  private func isVouchedFor(_ bytes: [UInt8], from start: Int, page: Int) -> Bool {
    guard let hashes else { return true }
    let place = page * IndexPages.hashByteCount
    guard place + IndexPages.hashByteCount <= hashes.count else { return false }
    let hash = SHA256.hash(bytes.span.extracting(start..<start + IndexPages.byteCount))
    return hash.bytes.prefix(IndexPages.hashByteCount).elementsEqual(hashes[place..<place + IndexPages.hashByteCount])
  }

  /// The content of one page, without its checksum.
  ///
  /// - Throws: `damage`; `io`.
  private func content(ofPage page: Int) throws(LetheError) -> [UInt8] {
    let place = page % Self.recentCount
    let known = recent.withLock { recent in recent[place].flatMap { $0.page == page ? $0.content : nil } }
    if let known { return known }
    let content = try content(ofPages: page..<page + 1)
    recent.withLock { $0[place] = (page, content) }
    return content
  }

  /// The content of some pages that follow one another, without their checksums.
  ///
  /// - Throws: `damage`; `io`.
  func content(ofPages pages: Range<Int>) throws(LetheError) -> [UInt8] {
    var bytes = try file.read(count: pages.count * IndexPages.byteCount, at: pages.lowerBound * IndexPages.byteCount)
    guard bytes.count == pages.count * IndexPages.byteCount else { throw damage }
    for (place, page) in pages.enumerated() {
      let start = place * IndexPages.byteCount
      let end = start + IndexPages.contentByteCount
      guard
        IndexPages.checksum(bytes.span.extracting(start..<end), page: page) == bytes.span.littleEndian32(at: end),
        isVouchedFor(bytes, from: start, page: page)
      else { throw damage }
    }
    if pages.count == 1 {
      bytes.removeLast(4)
      return bytes
    }
    var content: [UInt8] = []
    content.reserveCapacity(pages.count * IndexPages.contentByteCount)
    for place in 0..<pages.count {
      let start = place * IndexPages.byteCount
      content += bytes[start..<start + IndexPages.contentByteCount]
    }
    return content
  }

  /// Gives each value of a part of a column, as bytes and where it begins in them, until the body has enough.
  func forEach(
    _ column: IndexPages.Column, _ values: Range<Int>, _ body: (Int, Span<UInt8>, Int) -> Iteration
  ) throws(LetheError) {
    var value = values.lowerBound
    while value < values.upperBound {
      let page = column.page(of: value)
      let content = try content(ofPage: page)
      let last = min((page - column.firstPage + 1) * column.perPage, values.upperBound)
      while value < last {
        if body(value, content.span, column.offset(of: value)) == .stop { return }
        value += 1
      }
    }
  }

  /// 32-bit values of a part of a column.
  func words(_ column: IndexPages.Column, _ values: Range<Int>) throws(LetheError) -> [UInt32] {
    var words: [UInt32] = []
    words.reserveCapacity(values.count)
    try forEach(column, values) { _, bytes, offset in
      words.append(bytes.littleEndian32(at: offset))
      return .continue
    }
    return words
  }

  /// All 64-bit values of a column.
  func longWords(_ column: IndexPages.Column) throws(LetheError) -> [UInt64] {
    var words: [UInt64] = []
    words.reserveCapacity(column.count)
    let content = try content(ofPages: column.firstPage..<column.endPage)
    for value in 0..<column.count {
      let page = column.page(of: value) - column.firstPage
      words.append(content.span.littleEndian64(at: page * IndexPages.contentByteCount + column.offset(of: value)))
    }
    return words
  }

  /// All values of a column, each made of its bytes.
  func values<Value>(
    _ column: IndexPages.Column, _ make: (ArraySlice<UInt8>) -> Value?
  ) throws(LetheError) -> [Value] {
    let content = try content(ofPages: column.firstPage..<column.endPage)
    var values: [Value] = []
    values.reserveCapacity(column.count)
    for value in 0..<column.count {
      let start =
        (column.page(of: value) - column.firstPage) * IndexPages.contentByteCount + column.offset(of: value)
      guard let made = make(content[start..<start + column.valueByteCount]) else { throw damage }
      values.append(made)
    }
    return values
  }

  var damage: LetheError { Self.damage(name) }

  private static func damage(_ name: String) -> LetheError {
    LetheError(
      .damage,
      "a page of a segment's index is damaged; remove the file, and the next start makes it again from the segment",
      place: name)
  }
}

extension Span<UInt8> {
  func littleEndian64(at index: Int) -> UInt64 {
    UInt64(littleEndian32(at: index)) | UInt64(littleEndian32(at: index + 4)) << 32
  }
}
