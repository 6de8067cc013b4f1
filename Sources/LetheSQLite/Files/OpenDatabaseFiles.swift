internal import LetheSystem

/// The files that SQLite has open in this process, and those that somebody looks at without it: the POSIX locks that SQLite
/// holds on a file go with any other descriptor of it that this process closes. So no connection begins while somebody
/// looks, and nobody looks past SQLite while there is a connection.
enum OpenDatabaseFiles {
  private struct Users {
    var connections = 0
    var looks = 0
  }

  private static let users = Monitor<[FileFacts.Identity: Users]>([:])

  private static func remove(_ user: WritableKeyPath<Users, Int>, of identity: FileFacts.Identity) {
    users.withLock { users in
      guard var left = users[identity] else { return }
      left[keyPath: user] -= 1
      users[identity] = left.connections > 0 || left.looks > 0 ? left : nil
    }
  }

  /// Counts a connection in for as long as it lives.
  final class Registration {
    private let identity: FileFacts.Identity

    /// Waits while somebody looks at the file. Make it before SQLite opens the file.
    init(_ identity: FileFacts.Identity) {
      self.identity = identity
      users.wait(
        until: { $0[identity].map { $0.looks == 0 } ?? true }, then: { $0[identity, default: Users()].connections += 1 }
      )
    }

    deinit { remove(\.connections, of: identity) }
  }

  /// How a file can be looked at.
  enum Sight {
    /// Past SQLite: no connection begins meanwhile.
    case alone
    /// By SQLite itself, since this process has the file open.
    case held
  }

  /// Looks at the file at a path. Close what was opened of it before the body ends, and open no connection to it within.
  static func look<Outcome>(
    at path: String, in files: any FileSystem, _ body: (Sight) throws(LetheError) -> Outcome
  ) throws(LetheError) -> Outcome {
    guard let identity = try files.facts(of: path, .followed)?.identity else { return try body(.alone) }
    let sight = users.withLock { users -> Sight in
      guard (users[identity]?.connections ?? 0) == 0 else { return .held }
      users[identity, default: Users()].looks += 1
      return .alone
    }
    defer { if sight == .alone { remove(\.looks, of: identity) } }
    return try body(sight)
  }
}
