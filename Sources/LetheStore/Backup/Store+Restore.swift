internal import LetheLog
public import LetheSystem
internal import LetheVault

/// What a restore did.
public struct RestoreSummary: Sendable, Equatable {
  /// Which log the home has now.
  public enum LogSource: String, Sendable {
    case kept, copied
    /// The home's own, with segments, or bytes of them, that it had lost.
    case mended
  }

  /// Which pages the home has now.
  public enum PageSource: String, Sendable {
    case copied
    /// The home's own: the copy's do not fit the root, or the log alone was to be put back.
    case kept
  }

  public let epoch: UInt64
  /// Pages that were put in place.
  public let pages: Int
  public let pageSource: PageSource
  public let records: UInt64
  public let log: LogSource
  /// Folders that take part in every vault commit, some of which may not be there any more.
  public let replicas: [String]
  /// Set if the log had lost its end.
  public let newOrigin: NewOrigin?

  /// Under what name a shorter log goes on, and what is known of what it lost.
  public struct NewOrigin: Sendable, Equatable {
    public let origin: String
    /// Records of the former log that are left: positions below it are what they were.
    public let keptRecords: UInt64
    /// How many the newest known checkpoint of the former log covers; nil if none of the same origin is known.
    public let knownRecords: UInt64?
    /// Epochs of the vault that the log lacked.
    public let epochs: Range<UInt64>
    /// Those of them whose root page no copy has: what they destroyed is told by what is gone.
    public let unknownEpochs: [UInt64]
    /// Forget cases that had begun in lost records; each is to be confirmed.
    public let recoveredCases: [String]

    /// Positions of records that are lost for sure; nil if no checkpoint covers any of them.
    public var lostRecords: Range<UInt64>? {
      knownRecords.flatMap { $0 > keptRecords ? keptRecords..<$0 : nil }
    }
  }
}

extension Store {
  /// Puts pages from a replica or a backup in the place of pages that were lost or damaged, under the root cell that is in
  /// the home; in a home without a log, the copy's log too. Then opens the store, which finishes what was under way.
  ///
  /// A log of which segments are missing or broken is mended with the copy's, where that has them; records that the copy does
  /// not reach stay. Pages that are there are then left alone.
  ///
  /// Pages of the copy that do not fit the root, as those of a backup after the next epoch, are left alone where the home's
  /// own do.
  ///
  /// The home's `Keys/root.cell` and `Keys/signing.key` must be there: a restore brings neither. What is to be put in place
  /// is first opened under the root, whole and at its epoch.
  ///
  /// - Parameters:
  ///   - folder: a replica's folder (`vault.sqlite`), or a backup's (`Keys/vault.sqlite`); with `Log/`, if the home has none.
  ///   - answer: what to do with a log that is shorter than `Keys/checkpoint` or older than the vault: if it is accepted, the
  ///     log goes on under a new origin, whose first record holds the newest known checkpoint, with fresh key blocks, and
  ///     with the forgets that it lacks, marked as recovered. Directory and read models are made again.
  /// - Throws: `refused` for a folder in the home; `rolled-back` naming both epochs if the copy is older than root or log, and for a log that is shorter than
  ///   `Keys/checkpoint`; `missing-key`, `damage`, `locked`, `io`: nothing was changed, unless the
  ///   error says that the restore is done, and the home did not open, or half done, and to be run again.
  public static func restore(
    _ home: Home, from folder: String, shorterLog answer: ShorterLogAnswer = .refuse,
    waiting patience: Duration = .seconds(5), in world: World = World()
  ) throws(LetheError) -> RestoreSummary {
    let restoration = Restoration(home: home, folder: Home(folder).path, world: world, answer: answer)
    let outcome = try restoration.run(waiting: patience)
    do throws(LetheError) {
      let store = try Store.open(home, waiting: patience, in: world)
      let summary = RestoreSummary(
        epoch: store.parts.vault.epoch, pages: outcome.pages, pageSource: outcome.pageSource, records: store.count,
        log: outcome.log, replicas: store.replicas, newOrigin: outcome.origin)
      try store.close()
      return summary
    } catch { throw error.keeping(.restored) }
  }
}
