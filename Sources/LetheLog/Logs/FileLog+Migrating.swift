internal import LetheCrypto
package import LetheSystem

extension FileLog {
  /// Whether a log ends with a segment of the format before group seals, so that nothing can be appended to it.
  ///
  /// - Throws: `io`.
  package static func isOfFormerFormat(in directory: String, fileSystem: some FileSystem) throws(LetheError) -> Bool {
    let firsts = try fileSystem.contents(of: directory).compactMap { LogLayout.firstPosition(ofSegment: $0) }
    guard let last = firsts.max() else { return false }
    return try LogFileHeader.isFormer(
      fileSystem.open("\(directory)/\(LogLayout.segment(last))", .read, as: .segment))
  }

  /// Gives a log of the format before a segment in which groups have seals, behind records that a checkpoint covers. What
  /// lies behind them is cut off. Durable at return; interrupted, it can be done again.
  ///
  /// - Parameter checkpoint: covers all records that are to stay.
  /// - Throws: `damage`, `rolledBack` if the log has others; `io`.
  package static func migrate(
    in directory: String, fileSystem: some FileSystem, storeID: [UInt8], behind checkpoint: Checkpoint
  ) throws(LetheError) {
    let log = try open(
      in: directory, fileSystem: fileSystem, storeID: storeID, atLeast: checkpoint, believing: .upTo(checkpoint.size),
      access: .read)
    let tail = log.tail
    // Segments that are not believed at all.
    for first in try fileSystem.contents(of: directory).compactMap({ LogLayout.firstPosition(ofSegment: $0) })
    where first > tail.segment {
      try fileSystem.remove("\(directory)/\(LogLayout.segment(first))")
      try fileSystem.remove("\(directory)/\(LogLayout.index(first))")
    }
    let path = "\(directory)/\(LogLayout.segment(tail.segment))"
    let isEmpty = tail.count == tail.segment
    let file = try fileSystem.open(path, .update, as: .segment)
    try file.truncate(to: tail.end)
    if isEmpty {
      try LogFileHeader(kind: .segment, storeID: storeID, firstPosition: tail.count).write(to: file)
    }
    try file.synchronize()
    if !isEmpty {
      let next = try fileSystem.open("\(directory)/\(LogLayout.segment(tail.count))", .create, as: .segment)
      try next.truncate(to: 0)
      try LogFileHeader(kind: .segment, storeID: storeID, firstPosition: tail.count).write(to: next)
      next.tryToCoarsenTime(after: nil)
      try next.synchronize()
    }
    try fileSystem.synchronizeDirectory(directory)
  }
}
