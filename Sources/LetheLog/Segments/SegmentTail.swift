internal import LetheSystem

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

  /// Where the first whole frame begins at or behind an offset.
  ///
  /// - Parameters:
  ///   - end: where the content ends; see `contentEnd`.
  ///   - isWanted: which frames count, by their kind and group.
  /// - Returns: nil if there is none.
  /// - Throws: `damage` if the bytes look like the heads of so many long frames that somebody made them; `io`.
  static func firstFrame(
    in file: any File, from start: Int, to end: Int, where isWanted: (Frame.Kind, UInt64) -> Bool
  ) throws(LetheError) -> Int? {
    var offset = start
    // What may be read in vain: some times as much as there is.
    var effort = 4 * max(end - start, Frame.headByteCount + Record.maximumByteCount)
    while end - offset >= Frame.minimumByteCount {
      let chunk = try file.read(count: min(FrameReader.chunkByteCount, end - offset), at: offset)
      guard chunk.count >= Frame.headByteCount else { return nil }
      let heads = chunk.count - Frame.headByteCount + 1
      for index in 0..<heads {
        // The last frame's own last bytes may be zeros.
        let most = end + trailingZeros - offset - index
        guard let head = Frame.head(in: chunk.span, at: index), head.frameByteCount <= most,
          isWanted(head.kind, Frame.group(in: chunk.span, at: index))
        else { continue }
        effort -= head.frameByteCount
        guard effort >= 0 else {
          throw LetheError(
            .damage, "behind a break in the log lies what was made to look like frames; put back a copy of Log/")
        }
        let bytes = try file.read(count: head.frameByteCount, at: offset + index)
        if bytes.count == head.frameByteCount, Frame.isWhole(bytes.span, at: 0, length: head.length) {
          return offset + index
        }
      }
      offset += heads
    }
    return nil
  }
}

extension [UInt8] {
  /// The last place that is not zero.
  fileprivate var lastNonzero: Int? { isZero ? nil : lastIndex { $0 != 0 } }
}
