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

  /// The next record's frame, past any seals.
  mutating func nextRecord() throws(LetheError) -> Outcome {
    while true {
      let outcome = try next()
      if case .frame(let frame) = outcome, frame.kind == .seal { continue }
      return outcome
    }
  }

  /// The next frame of either kind.
  mutating func next() throws(LetheError) -> Outcome {
    if offset == end { return .end }
    guard try load(Frame.headByteCount), let head = Frame.head(in: chunk.span, at: offset - chunkStart),
      try load(head.frameByteCount),
      Frame.isWhole(chunk.span, at: offset - chunkStart, length: head.length)
    else { return .bad }
    let start = offset - chunkStart
    let frame = Frame(
      kind: head.kind, group: Frame.group(in: chunk.span, at: start),
      content: Array(chunk[start + Frame.headByteCount..<start + head.frameByteCount]))
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
