internal import LetheLog
internal import LetheSystem

/// Where everything lies in a home: the one place that knows names of files.
///
///     Keys/        root.cell  vault.sqlite  directory.sqlite  signing.key  checkpoint  run  places.json  lock
///     Policies/    *.json
///     Log/         segments and their indexes, tile/, checkpoint, certificates/
///     ReadModels/  *.sqlite
public struct Home: Sendable, Hashable {
  /// The folder, without a slash at its end.
  public let path: String

  public init(_ path: String) {
    var path = path.isEmpty ? "." : path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
  }

  package var keys: String { path + "/Keys" }
  package var rootCell: String { keys + "/root.cell" }
  package var vault: String { keys + "/vault.sqlite" }
  package var directory: String { keys + "/directory.sqlite" }
  package var signingKey: String { keys + "/signing.key" }
  /// The newest checkpoint that was signed; written before the published one.
  package var trustedCheckpoint: String { keys + "/checkpoint" }
  /// Cells and replicas.
  package var places: String { keys + "/places.json" }
  /// The same while it is being changed.
  package var nextPlaces: String { keys + "/places.json.next" }
  package var lock: String { keys + "/lock" }
  /// The number of the last opening that appended.
  package var run: String { keys + "/run" }

  package var policies: String { path + "/Policies" }

  package var log: String { path + "/Log" }
  /// The checkpoint for everybody.
  package var checkpoint: String { log + "/checkpoint" }
  package var certificates: String { log + "/certificates" }

  package var readModels: String { path + "/ReadModels" }

  /// Whether a file below Log/ belongs to a backup, by its name from Log/ on. What is made again from the segments does
  /// not: the tree's tiles are many small files.
  static func isOfBackup(_ name: String) -> Bool {
    LogLayout.isSegmentOrIndex(name) || name == LogLayout.checkpoint || name.hasPrefix("certificates/")
  }

  /// Whether a file below Policies/ is read as a policy, by its name from there on.
  static func isOfPolicies(_ name: String) -> Bool {
    // Names that begin with a dot are those of editors and file managers.
    name.hasSuffix(".json") && !name.hasPrefix(".") && !name.contains("/")
  }

  /// The names of the policies.
  ///
  /// - Throws: `io`.
  func policyNames(_ files: any FileSystem) throws(LetheError) -> [String] {
    guard files.exists(policies) else { return [] }
    return try files.contents(of: policies).filter(Self.isOfPolicies)
  }
}
