internal import LetheStore
internal import LetheSystem

/// How much of a log's files is written.
enum LogBytes {
  private static let chunkByteCount = 1 << 20

  /// Bytes up to the last one of each file that is not zero: what is filled with zeros ahead does not count.
  static func used(in home: Home) throws(LetheError) -> Int {
    var sum = 0
    for entry in try FolderTree.files(in: home.log) {
      sum += try used(LocalFileSystem().open("\(home.log)/\(entry.name)", .read), entry.byteCount)
    }
    return sum
  }

  private static func used(_ file: any File, _ byteCount: Int) throws(LetheError) -> Int {
    var end = byteCount
    while end > 0 {
      let start = max(0, end - chunkByteCount)
      let bytes = try file.read(count: end - start, at: start)
      if let last = bytes.lastIndex(where: { $0 != 0 }) { return start + last + 1 }
      end = start
    }
    return 0
  }
}
