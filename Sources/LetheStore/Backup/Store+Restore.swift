internal import LetheLog
public import LetheSystem
internal import LetheVault

/// What a restore did.
public struct RestoreSummary: Sendable, Equatable {
  /// Which log the home has now.
  public enum LogSource: String, Sendable { case kept, copied }

  public let epoch: UInt64
  public let pages: Int
  public let records: UInt64
  public let log: LogSource
  /// Folders that take part in every vault commit, some of which may not be there any more.
  public let replicas: [String]
}

extension Store {
  /// Puts pages from a replica or a backup in the place of pages that were lost or damaged, under the root cell that is in
  /// the home; in a home without a log, the copy's log too. Then opens the store, which finishes what was under way.
  ///
  /// The home's `Keys/root.cell` and `Keys/signing.key` must be there: a restore brings neither. What is to be put in place
  /// is first opened under the root, whole and at its epoch.
  ///
  /// - Parameter folder: a replica's folder (`vault.sqlite`), or a backup's (`Keys/vault.sqlite`); with `Log/`, if the home
  ///   has none.
  /// - Throws: `rolled-back` naming both epochs if the copy is older than root or log, and for a log that is shorter than
  ///   `Keys/checkpoint`; `missing-key`, `damage`, `locked`, `io`: nothing was changed. What opening the store throws: the
  ///   copy is in its place then.
  public static func restore(
    _ home: Home, from folder: String, waiting patience: Duration = .seconds(5), in world: World = World()
  ) throws(LetheError) -> RestoreSummary {
    var restoration = Restoration(home: home, folder: Home(folder).path, world: world)
    let (pages, log) = try restoration.run(waiting: patience)
    let store = try Store.open(home, waiting: patience, in: world)
    let summary = RestoreSummary(
      epoch: store.parts.vault.epoch, pages: pages, records: store.count, log: log, replicas: store.replicas)
    try store.close()
    return summary
  }
}
