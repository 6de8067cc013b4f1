internal import LetheSystem

/// Reads a segment's frames one after the other, 256 KiB at a time: what was read is then still in the processor's cache
/// when it is opened.
struct FrameReader {
  static let chunkByteCount = 256 << 10

  private let file: any File
  /// Where the next frame begins, in bytes from the file's start.
  private(set) var offset: Int
  private let end: Int
  private var chunk: [UInt8] = []
  private var chunkStart: Int

  /// Reads from the offset of a frame to that of a frame's end, or to the end of the file.
  init(_ file: any File, from offset: Int, to end: Int) {
    self.file = file
    self.offset = offset
    self.end = end
    chunkStart = offset
  }

  enum Outcome {
    case frame(Frame)
    /// No bytes are left.
    case end
    /// What follows is no whole frame.
    case bad
  }

  mutating func next() throws(LetheError) -> Outcome {
    if offset == end { return .end }
    guard try load(Frame.headByteCount), let length = Frame.length(in: chunk.span, at: offset - chunkStart),
      try load(Frame.headByteCount + length),
      Frame.isWhole(chunk.span, at: offset - chunkStart, length: length)
    else { return .bad }
    let start = offset - chunkStart
    let frame = Frame(
      group: Frame.group(in: chunk.span, at: start),
      record: Array(chunk[start + Frame.headByteCount..<start + Frame.headByteCount + length]))
    offset += frame.byteCount
    return .frame(frame)
  }

  /// Brings the next `count` bytes into the chunk; false if there are not as many.
  private mutating func load(_ count: Int) throws(LetheError) -> Bool {
    guard count <= end - offset else { return false }
    if offset + count <= chunkStart + chunk.count { return true }
    let wanted = min(max(count, Self.chunkByteCount), end - offset)
    // The memory is used again: fresh pages for each chunk cost as much as reading it.
    if chunk.count != wanted { chunk = [UInt8](repeating: 0, count: wanted) }
    // Before the read: of one that fails nothing may be taken for what was there.
    chunkStart = offset - wanted
    let got = try chunk.withMutableByteSpan { (bytes) throws(LetheError) in try file.read(into: &bytes, at: offset) }
    chunk.removeLast(wanted - got)
    chunkStart = offset
    return chunk.count >= count
  }
}

/// Looks at what lies behind a segment's last frame.
enum SegmentTail {
  /// A record ends in so many zeros at most: tags are random, and clear bodies end in numbers of 64 bits or digests.
  private static let trailingZeros = 64

  /// Whether anything but zeros lies behind a segment's head.
  static func hasContent(_ file: any File) throws(LetheError) -> Bool {
    let start = LogFileHeader.byteCount
    return try contentEnd(in: file, from: start, to: file.size()) > start
  }

  /// Where the last byte that is not zero ends, at or behind an offset; the offset itself if there is none.
  static func contentEnd(in file: any File, from start: Int, to end: Int) throws(LetheError) -> Int {
    var (offset, last) = (start, start)
    while offset < end {
      let chunk = try file.read(count: min(FrameReader.chunkByteCount, end - offset), at: offset)
      if chunk.isEmpty { break }
      if let place = chunk.lastNonzero { last = offset + place + 1 }
      offset += chunk.count
    }
    return last
  }

  /// Whether one frame lies from an offset to the end of the content, whatever length it states. Its own last bytes may be
  /// zeros.
  static func isFrame(in file: any File, from start: Int, to contentEnd: Int) throws(LetheError) -> Bool {
    guard contentEnd - start <= Frame.headByteCount + Record.maximumByteCount else { return false }
    let bytes = try file.read(count: contentEnd - start + trailingZeros, at: start)
    let shortest = max(Frame.shortestRecord, contentEnd - start - Frame.headByteCount)
    for length in shortest...max(shortest, bytes.count - Frame.headByteCount)
    where length + Frame.headByteCount <= bytes.count && length <= Record.maximumByteCount {
      if Frame.isWhole(bytes.span, at: 0, length: length) { return true }
    }
    return false
  }

  /// Whether a whole frame of one of some groups lies at or behind an offset.
  ///
  /// - Parameter end: where the content ends; see `contentEnd`.
  static func hasFrame(
    in file: any File, from start: Int, to end: Int, groups: ClosedRange<UInt64>
  ) throws(LetheError) -> Bool {
    var offset = start
    while end - offset >= Frame.minimumByteCount {
      let chunk = try file.read(count: min(FrameReader.chunkByteCount, end - offset), at: offset)
      guard chunk.count >= Frame.headByteCount else { return false }
      let heads = chunk.count - Frame.headByteCount + 1
      for index in 0..<heads {
        // The last frame's own last bytes may be zeros.
        let most = end + trailingZeros - offset - index - Frame.headByteCount
        guard let length = Frame.length(in: chunk.span, at: index), length <= most,
          groups.contains(Frame.group(in: chunk.span, at: index))
        else { continue }
        let bytes = try file.read(count: Frame.headByteCount + length, at: offset + index)
        if bytes.count == Frame.headByteCount + length, Frame.isWhole(bytes.span, at: 0, length: length) {
          return true
        }
      }
      offset += heads
    }
    return false
  }
}

extension [UInt8] {
  /// The last place that is not zero.
  fileprivate var lastNonzero: Int? { isZero ? nil : lastIndex { $0 != 0 } }
}
