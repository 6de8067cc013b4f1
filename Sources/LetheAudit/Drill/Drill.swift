internal import LetheCompliance
internal import LetheCrypto
internal import LetheLog
internal import LetheProjections
public import LetheStore
public import LetheSystem
internal import LetheVault

/// The restore drill: what an old copy of Keys/ and Log/ brings back, and whom it must not.
public enum Drill {
  /// Pools a copy with the present pages and tries the parts in the copy's log on all that opens under the current root,
  /// and under every root that lies in the copy. Counted are parts of plane 0, those of system facts too; a part counts as
  /// opened only if its AEAD says so.
  ///
  /// Blocks; opens the store as any command does. The copy is not changed; one that was taken in the middle of a write
  /// counts up to its last whole batch.
  ///
  /// - Parameters:
  ///   - copy: a folder with the copy's `Log/` and, if there is one, its `Keys/`.
  ///   - patience: how long to wait for another process that has the home open.
  /// - Throws: `io` if there is no log in the copy; `input` if it is another store's; `damage` if it cannot be read; what
  ///   opening the store throws.
  public static func run(
    _ home: Home, backup copy: String, waiting patience: Duration = .seconds(5), in world: World = World()
  ) throws(LetheError) -> DrillReport {
    let store = try Store.open(home, waiting: patience, in: world)
    let report: DrillReport
    do throws(LetheError) {
      // Whoever opens a store has read models make up for the forgets that a crash left them.
      _ = try ForgetDesk(store)
      report = try run(store, Home(copy), world)
    } catch {
      do throws(LetheError) { try store.close() } catch {
        // The first error is the one to tell; a store that did not close starts as after a crash.
      }
      throw error
    }
    do throws(LetheError) { try store.close() } catch {
      // What speaks against the copy is worth more than that the next start takes as long as after a crash.
      if report.ok { throw error }
    }
    return report
  }

  private static func run(
    _ store: Store, _ copy: Home, _ world: World
  ) throws(LetheError) -> DrillReport {
    guard world.files.exists("\(copy.log)/\(LogLayout.segment(0))") else {
      throw LetheError(.io, "there is no copy of a log here; name the folder that holds the copy's Log/ and Keys/")
    }
    let log = try CopiedLog.open(copy, storeID: store.id, in: world)
    let copied = try CopiedRows(copy, in: world.files)
    let copiedRoots = try CopiedRoots(copy, storeID: store.id, seals: store.cellSeals, in: world)
    let copiedShares = copiedRoots.shares
    let pages = copied.pages + (try SQLitePageStore.rows(in: store.home.vault, world.files))
    let shards = copied.shards + (try presentShards(store, world))
    let presentShares = store.presentShares()
    let roots = try Root.all(of: presentShares).filter { $0.pair.rootPageHash == store.rootPageHash }
    guard !roots.isEmpty else {
      throw LetheError(
        .missingKey, "too few root cells can be read to make the present root, so nothing was tried; bring them back")
    }
    // Shares of the copy make roots with those in the cells too; what these make alone is no fault of the copy.
    let known = Set(roots.map(\.pair))
    let oldRoots = try Root.all(of: copiedShares + presentShares).filter { !known.contains($0.pair) }
    let evidence = try store.evidence()

    let pooled = try Adversary(pages, roots, storeID: store.id)
    let alone = try Adversary(copied.pages, roots, storeID: store.id)
    let withOldRoot = try Adversary(pages, oldRoots, storeID: store.id)
    var report = DrillReport()
    report.rootCellFound = copiedRoots.isFound
    report.shardsOpened = try count(shards, openedBy: pooled, evidence)
    report.rootCellOpensShards = try count(shards, openedBy: withOldRoot, evidence)
    try log.forEachRecord(from: 0, to: nil) { (_, record) throws(LetheError) in
      for (number, part) in record.header.parts.enumerated() {
        guard let kid = KeyID(rawValue: part.kid), kid.plane == .subjects else { continue }
        let opens = try pooled.opens(number, of: record)
        if try alone.opens(number, of: record) { report.aloneOpened += 1 }
        if evidence.destroyed.value(covering: kid) == nil {
          report.living.of += 1
          if opens { report.living.opened += 1 }
        } else {
          report.shredded.of += 1
          if opens { report.shredded.opened += 1 }
          if try withOldRoot.opens(number, of: record) { report.rootCellOpens += 1 }
        }
      }
      return .continue
    }
    return report
  }

  private static func presentShards(_ store: Store, _ world: World) throws(LetheError) -> [ShardRow] {
    world.files.exists(store.home.directory) ? try ShardRow.all(in: store.home.directory, world.files) : []
  }

  /// How many rows open with a key that an epoch destroyed.
  private static func count(
    _ rows: [ShardRow], openedBy adversary: Adversary, _ evidence: Evidence
  ) throws(LetheError) -> Int {
    var punctured = NodeMap<UInt64>()
    for (puncture, _, position) in evidence.punctures { punctured[puncture.node] = position }
    return try adversary.shardKeysThatOpen(rows).count { punctured.value(covering: $0) != nil }
  }
}
