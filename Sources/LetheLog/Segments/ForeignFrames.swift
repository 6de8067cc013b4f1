internal import LetheCrypto
internal import LetheSystem

/// Bytes that lay at a log's end and were not the store's, in files of the folder `foreign/`: evidence for whoever asks who
/// wrote them. Nothing reads them.
struct ForeignFrames {
  /// The most that is kept in all.
  static let byteLimit = 64 << 20

  let directory: String
  let files: any FileSystem

  private var folder: String { "\(directory)/\(LogLayout.foreign)" }

  /// Keeps ranges of a segment in one file, durably, as far as there is room. What is there already is not kept twice.
  ///
  /// - Parameter position: of the next record of the log.
  /// - Throws: `io`.
  func keep(_ ranges: [Range<Int>], of file: any File, behind position: UInt64) throws(LetheError) {
    try files.createDirectory(folder)
    var room = Self.byteLimit
    for name in try files.contents(of: folder) {
      room -= try files.facts(of: "\(folder)/\(name)", .followed)?.byteCount ?? 0
    }
    var bytes: [UInt8] = []
    for range in ranges where bytes.count < room {
      bytes += try file.read(count: min(range.count, room - bytes.count), at: range.lowerBound)
    }
    guard !bytes.isEmpty else { return }
    let path = "\(folder)/\(LogLayout.foreignFile(position, SHA256.hash(bytes)))"
    guard !files.exists(path) else { return }
    try files.replace(path, with: bytes)
  }
}
