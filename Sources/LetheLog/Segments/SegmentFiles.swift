internal import LetheSystem

/// The segments' files, opened for reading when they are asked for; a bounded number stays open.
final class SegmentFiles: Sendable {
  /// A process may have some thousand files open.
  private static let openLimit = 128

  private let directory: String
  private let files: any FileSystem
  private let open = Monitor<[UInt64: any File]>([:])

  init(directory: String, files: any FileSystem) {
    self.directory = directory
    self.files = files
  }

  /// The file of the segment with a first position.
  ///
  /// - Throws: `io` if it is not there.
  func file(_ first: UInt64) throws(LetheError) -> any File {
    if let file = open.withLock({ $0[first] }) { return file }
    let file = try files.open("\(directory)/\(LogLayout.segment(first))", .read, as: .segment)
    open.withLock { open in
      if open.count >= Self.openLimit { open.removeAll() }
      open[first] = file
    }
    return file
  }
}
