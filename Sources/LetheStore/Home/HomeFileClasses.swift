internal import LetheSystem

/// What must be true of a home's files; segments, indexes, tiles, cells and databases have theirs where they are read.
extension FileClass {
  static let checkpoint = FileClass("a checkpoint", atMost: 64 << 10)
  static let places = FileClass("the list of places", atMost: 1 << 20)
  static let policy = FileClass("a policy", atMost: 16 << 20)
  /// What seals a cell: a file that others cannot read, or a pipe.
  static let cellSecret = FileClass("a cell's secret", kinds: .filesAndPipes, access: .closedToOthers)

  static func signingKey(of keys: String) -> FileClass { .secret("a signing key", ownedLike: keys) }
}
