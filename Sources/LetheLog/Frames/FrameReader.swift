internal import LetheSystem

/// Reads a segment's frames one after the other, 1 MiB at a time.
struct FrameReader {
  static let chunkByteCount = 1 << 20

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
    /// What follows is no whole frame, though the end may be far.
    case broken
    /// The end comes before the frame's own.
    case cut
  }

  mutating func next() throws(LetheError) -> Outcome {
    if offset == end { return .end }
    guard try load(Frame.headByteCount) else { return .cut }
    guard let length = Frame.length(in: chunk.span, at: offset - chunkStart) else { return .broken }
    guard try load(Frame.headByteCount + length) else { return .cut }
    guard Frame.isWhole(chunk.span, at: offset - chunkStart, length: length) else { return .broken }
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
    chunk = try file.read(count: min(max(count, Self.chunkByteCount), end - offset), at: offset)
    chunkStart = offset
    return chunk.count >= count
  }
}

/// Looks for whole frames where the frames' sequence is broken.
enum Resynchronization {
  /// Whether all that lies there is one frame, whatever length it states.
  static func isFrame(in file: any File, from start: Int, to end: Int) throws(LetheError) -> Bool {
    let length = end - start - Frame.headByteCount
    guard (Frame.shortestRecord...Record.maximumByteCount).contains(length) else { return false }
    let bytes = try file.read(count: end - start, at: start)
    return bytes.count == end - start && Frame.isWhole(bytes.span, at: 0, length: length)
  }

  /// The offset of the first whole frame, at or behind an offset, whose group is among those given.
  static func firstFrame(
    in file: any File, from start: Int, to end: Int, groups: ClosedRange<UInt64>
  ) throws(LetheError) -> Int? {
    var offset = start
    while end - offset >= Frame.minimumByteCount {
      let chunk = try file.read(count: min(FrameReader.chunkByteCount, end - offset), at: offset)
      guard chunk.count >= Frame.headByteCount else { return nil }
      let heads = chunk.count - Frame.headByteCount + 1
      for index in 0..<heads {
        guard let length = Frame.length(in: chunk.span, at: index),
          length <= end - offset - index - Frame.headByteCount,
          groups.contains(Frame.group(in: chunk.span, at: index))
        else { continue }
        let bytes = try file.read(count: Frame.headByteCount + length, at: offset + index)
        if bytes.count == Frame.headByteCount + length, Frame.isWhole(bytes.span, at: 0, length: length) {
          return offset + index
        }
      }
      offset += heads
    }
    return nil
  }
}
