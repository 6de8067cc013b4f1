import LetheLog
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// The disk with pages, directory and places is lost at any moment of a forget: a replica, the root cell and a copy of the
/// log as they are then make the store again.
@Suite struct PrimaryLossTests {
  @Test(arguments: CommitCrashTests.stops)
  func `P4 a disk lost at any step of a forget costs no living subject anything`(
    step: ObservedStep, moment: CommitMoment
  ) async throws {
    let home = try await MemoryHome.withPeople()
    let stop = CommitCrashTests.Stop(step, moment)
    let store = try home.open(stop.observer)
    stop.arm()
    #expect(throws: LetheError.self) { try forget("anna", in: store) }
    #expect(stop.hasStopped)

    for survival in [MemoryFileSystem.Survival.synced, .all] {
      let trial = home.crashed(survival)
      try trial.makeMachine()
      try trial.copyLog()
      let summary = try trial.restore()
      #expect(summary.log == .copied && summary.newOrigin == nil)
      let isStarted = step != .tombstone || moment == .after
      try await trial.session(of: MemoryHome.machine) { (store) async throws in
        for name in ["bert", "cleo"] { #expect(try MemoryHome.isReadable(name, in: store)) }
        #expect(try store.status(ofSubject: "anna").state == (isStarted ? .shredded : .live))
        #expect(try MemoryHome.isReadable("anna", in: store) == !isStarted)
        try await store.append(20, of: "dora")
        #expect(store.unfinishedForgets == 0)
      }
      // One root is left, and the replica opens under it alone.
      let cell = try FileRootCell(
        path: MemoryHome.machine.rootCell, .open, in: trial.disk, random: SeededRandom(seed: 1))
      let shares = try cell.readAll()
      #expect(shares.count == 1)
      let rows = try SQLitePageStore.rows(in: MemoryHome.replica + "/vault.sqlite", trial.disk)
      let roots = VaultShapes.rootPages(in: rows).map(\.hash)
      #expect(roots.contains(try #require(shares.first).pair.rootPageHash))
      let closure = try KeyClosure(rows: rows, roots: Root.all(of: shares), storeID: try #require(shares.first).storeID)
      let anna = SubjectIndex(block: 0, subject: 0).kid(slot: 1)
      #expect((try closure.dataKey(anna) == nil) == isStarted)
    }
  }
}
