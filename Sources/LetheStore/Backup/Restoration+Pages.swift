internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// Pages that open under the root, and where they were found.
struct RestoredPages {
  /// Where pages lie.
  enum Source {
    case copy(String)
    case home(String)

    var path: String {
      switch self {
      case .copy(let path), .home(let path): path
      }
    }

    var isHome: Bool {
      switch self {
      case .copy: false
      case .home: true
      }
    }

    /// What errors call the pages.
    var name: String { isHome ? "the home's own pages" : "the copy's pages" }
  }

  let rows: [PageRow]
  let vault: Vault
  let source: Source
}

/// Which pages a restore goes on with.
extension Restoration {
  /// The copy's pages first. A backup's are older than the root after the next epoch, and the home's own, which are no
  /// copy and were not lost, may be all that fits.
  var pageSources: [RestoredPages.Source] {
    let copied = [folder + "/vault.sqlite", copy.vault].first { files.exists($0) }.map { RestoredPages.Source.copy($0) }
    guard files.exists(home.vault), copied != nil || files.exists(copy.log) else { return copied.map { [$0] } ?? [] }
    return (copied.map { [$0] } ?? []) + [.home(home.vault)]
  }

  /// The key of group seals, from the first cells and pages that open; nil if none do. What only the copy names is read, and
  /// nothing is written to it.
  ///
  /// - Parameter trustingCopy: whether cells that only the copy names may be read. What they give must be held against a
  ///   log that is signed.
  /// - Throws: `io`.
  func sealKey(storeID: [UInt8], trustingCopy: Bool) throws(LetheError) -> SealKey? {
    var candidates: [Places] = []
    func add(_ path: String) {
      guard let bytes = try? files.contents(ofFileIfThere: path, as: .places), let places = try? Places(decoding: bytes)
      else { return }
      candidates.append(places)
    }
    add(home.places)
    add(home.nextPlaces)
    if trustingCopy { for path in [Replica.placesFile(in: folder), copy.places] { add(path) } }
    candidates.append(.initial)
    for source in pageSources {
      guard let rows = try? rows(in: source) else { continue }
      let pages = MemoryPageStore(rows)
      for places in candidates {
        do throws(LetheError) {
          return try SealKey(
            Vault.storeKey(.seals, pages: pages, cells: RootCells.open(places, home, world), storeID: storeID))
        } catch { continue }
      }
    }
    return nil
  }

  /// The vault on the first pages that are whole and open under the root: at its epoch and the log's, or beyond the log's
  /// if that lost its end.
  ///
  /// - Throws: why the first do not; `rolled-back`, `missing-key`, `damage`, `input`, `io`.
  func opened(
    _ sources: [RestoredPages.Source], _ found: inout RestoredLog, _ storeID: [UInt8]
  ) throws(LetheError) -> RestoredPages {
    var failure: LetheError?
    for source in sources {
      do throws(LetheError) { return try opened(source, &found, storeID) } catch {
        // Of the home's own only a log that is older than they are is worth telling: then there is another way on.
        guard let former = failure else {
          failure = error
          continue
        }
        failure = isOfShorterLog(error) ? error : former
      }
    }
    throw failure ?? .noPagesInFolder
  }

  private func isOfShorterLog(_ error: LetheError) -> Bool {
    answer == .refuse && error.code == .rolledBack && error.message.hasSuffix(LetheError.wayOnEnding)
  }

  private func opened(
    _ source: RestoredPages.Source, _ found: inout RestoredLog, _ storeID: [UInt8]
  ) throws(LetheError) -> RestoredPages {
    try removeStagedVault()
    let rows = try rows(in: source)
    guard rows.newestEpoch(of: storeID) != nil else {
      throw LetheError(
        .input, "\(source.name) are not of this store, and nothing was changed; name a copy of this one")
    }
    try StoreWriter.write(rows, to: stagedVault, files)
    let vault = try opened(rows, source, &found, storeID)
    return RestoredPages(rows: rows, vault: vault, source: source)
  }

  /// The pages of a file that is not changed, not even by SQLite: it reads a copy.
  private func rows(in source: RestoredPages.Source) throws(LetheError) -> [PageRow] {
    for suffix in ["", "-wal", "-journal"] where files.exists(source.path + suffix) {
      try files.copyFile(source.path + suffix, to: stagedVault + suffix)
    }
    do throws(LetheError) {
      let pages = try SQLitePageStore(path: stagedVault, .readWrite, in: files)
      let rows = try pages.rows()
      try pages.close()
      try removeStagedVault()
      return rows
    } catch {
      throw LetheError(
        error.code, "\(source.name) cannot be read, and nothing was changed; restore from another copy",
        place: "vault.sqlite", cause: error.cause)
    }
  }

  private func opened(
    _ rows: [PageRow], _ source: RestoredPages.Source, _ found: inout RestoredLog, _ storeID: [UInt8]
  ) throws(LetheError) -> Vault {
    let vault: Vault
    do throws(LetheError) {
      // Tells by both epochs which of them is old.
      vault = try open(source, found.index, storeID, at: found.index.epoch)
    } catch {
      guard error.code == .rolledBack, let newer = try newerVault(rows, source, found.index, storeID) else {
        throw error
      }
      let log = found.source == .copied ? "the copy's log" : "the home's log"
      try found.isShorter(
        "\(log) (epoch \(found.index.epoch)) is older than \(source.name) (epoch \(newer.epoch))", answer)
      vault = newer
    }
    let missing = vault.missingPages.count
    guard missing == 0 else {
      throw LetheError(
        .missingKey,
        "\(source.name) lack \(missing) of epoch \(vault.epoch), and nothing was changed; restore from another copy")
    }
    return vault
  }

  private func open(
    _ source: RestoredPages.Source, _ index: LogIndex, _ storeID: [UInt8], at epoch: UInt64
  ) throws(LetheError) -> Vault {
    let places = try cellPlaces(index)
    guard places != nil || files.exists(home.rootCell) else { throw Self.isNotThere(home.rootCell, "root cell") }
    return try Vault.open(
      pages: SQLitePageStore(path: stagedVault, .readWrite, .rollback, in: files), called: source.name,
      cells: RootCells.open(places ?? .initial, home, world), storeID: storeID, random: world.random, logEpoch: epoch,
      openCases: Set(index.forgets.open.map(\.caseID))
    ).vault
  }

  /// The vault as it opens if the log is taken to have lost the records of its newest epochs; nil if that is not why it
  /// does not open.
  private func newerVault(
    _ rows: [PageRow], _ source: RestoredPages.Source, _ index: LogIndex, _ storeID: [UInt8]
  ) throws(LetheError) -> Vault? {
    let epochs = Set(VaultShapes.rootPages(in: rows).map(\.epoch)).filter { $0 > index.epoch }
    for epoch in epochs.sorted(by: >) {
      // Pages of a commit that never staged its root are passed over.
      do throws(LetheError) { return try open(source, index, storeID, at: epoch) } catch
        where error.code == .rolledBack
      {
        continue
      }
    }
    return nil
  }
}

extension LetheError {
  static var noPagesInFolder: LetheError {
    LetheError(
      .io, "there are no pages in the folder; name a replica's, which holds vault.sqlite, or a backup's")
  }
}
