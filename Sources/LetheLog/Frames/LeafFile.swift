internal import LetheCrypto
internal import LetheSystem

/// The file of leaf entries: its header, then the 32-byte entry of every record in order.
struct LeafFile: Sendable {
  static let name = "leaves"
  /// How many entries are read or written at a time.
  static let chunkCount: UInt64 = 1 << 15

  let file: any File

  static func offset(of position: UInt64) -> Int { LogFileHeader.byteCount + Digest.byteCount * Int(position) }

  /// How many whole entries the file has.
  func count() throws(LetheError) -> UInt64 {
    UInt64(max(0, try file.size() - LogFileHeader.byteCount) / Digest.byteCount)
  }

  /// The entries of the positions; fewer only where the file ends.
  func entries(_ positions: Range<UInt64>) throws(LetheError) -> [Digest] {
    let bytes = try file.read(count: Digest.byteCount * positions.count, at: Self.offset(of: positions.lowerBound))
    return stride(from: 0, through: bytes.count - Digest.byteCount, by: Digest.byteCount)
      .compactMap { Digest(bytes[$0..<$0 + Digest.byteCount]) }
  }

  func write(_ entries: some Sequence<Digest>, at position: UInt64) throws(LetheError) {
    var bytes: [UInt8] = []
    for entry in entries { bytes += entry.bytes }
    try file.write(bytes.span, at: Self.offset(of: position))
  }
}

/// Reads leaf entries one after the other, many at a time.
struct LeafReader {
  private let leaves: LeafFile
  private let end: UInt64
  private var chunk: [Digest] = []
  private var chunkStart: UInt64 = 0

  /// Reads entries of positions below `end`.
  init(_ leaves: LeafFile, to end: UInt64) {
    self.leaves = leaves
    self.end = end
  }

  /// The entry of a position that is not below the one asked for before; nil if there is none.
  mutating func entry(at position: UInt64) throws(LetheError) -> Digest? {
    guard position < end else { return nil }
    if position >= chunkStart + UInt64(chunk.count) {
      chunk = try leaves.entries(position..<min(end, position + LeafFile.chunkCount))
      chunkStart = position
      if chunk.isEmpty { return nil }
    }
    return chunk[Int(position - chunkStart)]
  }
}
