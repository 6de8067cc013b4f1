package import LetheSystem
internal import Synchronization

/// Where a log ended when somebody last looked: enough to see, by one short read and without any key, whether it goes on.
package struct LogTail: Sendable {
  /// The position of the open segment's first record.
  let segment: UInt64
  /// Where the next frame begins in it.
  package let end: Int
  /// The next record's position, by which the next segment would be called.
  package let count: UInt64

  package var segmentName: String { LogLayout.segment(segment) }

  /// Whether something is behind the end, be it whole or not.
  ///
  /// - Throws: `io`.
  package func isOutgrown(in directory: String, files: any FileSystem) throws(LetheError) -> Bool {
    if files.exists("\(directory)/\(LogLayout.segment(count))"), count > segment { return true }
    let path = "\(directory)/\(LogLayout.segment(segment))"
    // One that is gone is for an opening to tell of.
    guard files.exists(path) else { return true }
    return try files.open(path, .read, as: .segment).read(count: Frame.headByteCount, at: end).contains { $0 != 0 }
  }
}

extension FileLog {
  /// Where it ends now.
  package var tail: LogTail {
    view.withLock { LogTail(segment: $0.open.first, end: $0.open.end, count: $0.count) }
  }
}
