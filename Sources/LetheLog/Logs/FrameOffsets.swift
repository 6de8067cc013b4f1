internal import LetheSystem

/// Where each record's frame begins in the segment: 4 bytes a record, since a segment may have millions.
struct FrameOffsets {
  /// Of every 64th record; as many frames of the longest records, 64 MiB each, are shorter than 32 bits count.
  private var bases = PagedArray<UInt64>()
  /// From the base before it.
  private var distances = PagedArray<UInt32>()

  private static let baseBits = 6

  var count: Int { distances.count }

  /// - Parameter offset: in bytes, above the last.
  mutating func append(_ offset: Int) {
    if distances.count & (1 << Self.baseBits - 1) == 0 { bases.append(UInt64(offset)) }
    distances.append(UInt32(UInt64(offset) - (bases.last ?? 0)))
  }

  subscript(record: Int) -> Int { Int(bases[record >> Self.baseBits]) + Int(distances[record]) }
}
