internal import LetheSystem

/// The segment that takes records.
struct OpenSegment: Sendable {
  /// The position of its first record.
  let first: UInt64
  let file: any File
  var index = ActiveIndex()
  /// Where the next frame begins.
  var end = LogFileHeader.byteCount
  /// Up to here zeros were written, at least.
  var zeroedEnd: Int

  var endPosition: UInt64 { first + UInt64(index.count) }
}

/// Zeros, written ahead so that a sync of what replaces them changes no metadata of the file: that is what makes it fast.
enum Zeros {
  private static let chunk = [UInt8](repeating: 0, count: 1 << 20)

  static func write(to file: any File, _ range: Range<Int>) throws(LetheError) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = min(chunk.count, range.upperBound - offset)
      try file.write(chunk.span.extracting(..<count), at: offset)
      offset += count
    }
  }
}
