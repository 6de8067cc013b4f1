package import LetheSystem

/// The files that SQLite has open in this process: the POSIX locks that it holds on one go with any other descriptor of the
/// file that is closed.
package enum OpenDatabaseFiles {
  private static let counts = Monitor<[FileFacts.Identity: Int]>([:])

  /// Whether SQLite has the file at a path open.
  package static func holds(_ path: String, in files: any FileSystem) throws(LetheError) -> Bool {
    guard let identity = try files.facts(of: path, .followed)?.identity else { return false }
    return counts.withLock { $0[identity] != nil }
  }

  /// Counts a file in for as long as it lives.
  final class Registration {
    private let identity: FileFacts.Identity

    init(_ identity: FileFacts.Identity) {
      self.identity = identity
      counts.withLock { $0[identity, default: 0] += 1 }
    }

    deinit {
      counts.withLock { counts in
        let left = (counts[identity] ?? 1) - 1
        counts[identity] = left > 0 ? left : nil
      }
    }
  }
}
