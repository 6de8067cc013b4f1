import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// Where a commit is stopped.
struct StopPoint: Sendable, CustomTestStringConvertible {
  let kind: CommitAction.Kind
  let isAfter: Bool

  var testDescription: String { "\(isAfter ? "after" : "before") \(kind)" }

  static let all = CommitAction.Kind.allCases.flatMap {
    [StopPoint(kind: $0, isAfter: false), .init(kind: $0, isAfter: true)]
  }

  func stop(_ action: CommitAction) -> VaultHome.Stop {
    action.kind == kind ? (isAfter ? .after : .before) : .never
  }

  /// From here on the new epoch is the one that a start finds.
  var isStaged: Bool { kind.step > .f5 || kind == .stage && isAfter }
}

@Suite struct CommitCrashTests {
  static let gone = SubjectIndex(block: 0, subject: 9)
  static let slot = SubjectIndex(block: 1, subject: 3).kid(slot: 2)
  static let request = CommitRequest(
    punctures: [forget(gone, 1), Puncture(KeyNode(slot), cause: .forgetCase(caseID(1)))], newSubjectBlocks: 2,
    fence: [FenceEntry(value: digest(1), owners: [digest(2)])], touchedShards: [0, 1])
  static let living =
    [KeyID.lookup, .facts, gone.kid(slot: 0), slot, SubjectIndex(block: 1, subject: 3).kid(slot: 3)]
    + (0..<12).map { SubjectIndex(block: 0, subject: $0).kid(slot: $0) }

  static func isGone(_ kid: KeyID) -> Bool { gone.node.contains(kid) || kid == slot }

  /// The commitments of the sample keys; nil for those that do not live.
  static func sample(_ vault: Vault) throws -> [Digest?] { try living.map { try vault.commitment($0) } }

  /// The whole way: stop, start, finish, and at last forget if the crash left no trace.
  static func walk(_ home: VaultHome, _ point: StopPoint) throws {
    let vault = try home.create()
    let before = try sample(vault)
    let oldShard = try #require(try vault.shardKey(0)).kid
    home.openCases = [caseID(1)]
    let commit = try vault.begin(request)
    try home.drive(commit, vault, stopping: point.stop)

    let opened = try home.reopen()
    let after = try sample(opened)
    #expect(opened.epoch == (point.isStaged ? 2 : 1))
    #expect(home.logEpoch == opened.epoch)
    #expect(try home.cell.readAll().map(\.pair.epoch) == [opened.epoch])
    for (index, kid) in living.enumerated() {
      #expect(after[index] == (point.isStaged && isGone(kid) ? nil : before[index]), "\(kid)")
    }
    if point.isStaged {
      #expect(home.openCases.isEmpty && home.destroyed.count == 1)
      #expect(home.destroyed.first?.punctures.count == 3)
    } else {
      #expect(home.openCases.count == 1 && home.destroyed.isEmpty)
      #expect(try opened.shardKey(0)?.kid == oldShard)
      #expect(opened.blocks(of: .subjects).count == 64)
      try home.commit(request)
    }
    let last = try home.reopen()
    #expect(last.coverage(of: gone.node) == .gone && last.coverage(of: KeyNode(slot)) == .gone)
    #expect(last.blocks(of: .subjects) == Array(0..<66))
    #expect(try last.fenceEntry(digest(1))?.owners == [digest(2)])
    #expect(last.coverage(of: KeyNode(oldShard)) == .gone && last.shards.map(\.number) == [0, 1])
    #expect(try last.shardKey(1) != nil)
    #expect(last.epoch == 2 && home.destroyed.count == 1)
    // Nothing is left that the root page does not lead to: 66 + 1 + 1 blocks, a fence page, the root page.
    #expect(try home.pages.rows().count == 70)
  }

  @Test(arguments: StopPoint.all)
  func `P4 a commit stopped at any action is finished or leaves no trace, in memory`(point: StopPoint) throws {
    try Self.walk(VaultHome(), point)
  }

  @Test(arguments: StopPoint.all)
  func `P4 a commit stopped at any action is finished or leaves no trace, on disk`(point: StopPoint) throws {
    let directory = TemporaryDirectory()
    let home = VaultHome(
      pages: try SQLitePageStore(path: directory.path("vault.sqlite"), .create),
      cell: try FileRootCell(path: directory.path("root.cell"), .create, random: SystemRandom()))
    try Self.walk(home, point)
  }

  @Test func `the actions come in the order of the table`() throws {
    let home = VaultHome()
    let vault = try home.create()
    var kinds: [CommitAction.Kind] = []
    try home.drive(vault.begin(Self.request), vault) { action in
      kinds.append(action.kind)
      return .never
    }
    #expect(
      kinds == [
        .evictKeys, .writeShards, .writePages, .ship, .stage, .verify, .verifyShards, .recordEpoch, .retire,
        .recordDestroyed, .deleteUnreachable,
      ])
    #expect(kinds.map(\.step) == kinds.map(\.step).sorted())
    #expect(kinds == CommitAction.Kind.allCases)
  }

  @Test func `an allocation records no destruction`() throws {
    let home = VaultHome()
    let vault = try home.create()
    var kinds: [CommitAction.Kind] = []
    try home.drive(vault.begin(CommitRequest(newSubjectBlocks: 64)), vault) { action in
      kinds.append(action.kind)
      return .never
    }
    #expect(kinds == [.writePages, .ship, .stage, .verify, .recordEpoch, .retire, .deleteUnreachable])
    #expect(vault.blocks(of: .subjects) == Array(0..<128) && vault.epoch == 2)
  }

  /// The cell's every call stopped or torn, and what a crash leaves of unsynced bytes.
  @Test(arguments: [nil, 40, 104, 3000] as [Int?])
  func `a cell stopped at any call of a commit leaves one root that opens`(tear: Int?) throws {
    for stop in 0..<200 {
      let files = MemoryFileSystem()
      let cell = try FileRootCell(
        path: "root.cell", .create, in: files, random: SeededRandom(), inspect: { _ in nil })
      let pages = MemoryPageStore()
      let home = VaultHome(pages: pages, cell: cell)
      let vault = try home.create()
      let before = try vault.commitment(.facts)
      home.openCases = [caseID(1)]
      let first = files.faults.callCount + stop
      files.faults.decide { call in
        guard call.number == first else { return .proceed }
        return tear.map { .tear(byteCount: $0) } ?? .stop
      }
      var isFinished = false
      do {
        try home.drive(vault.begin(Self.request), vault)
        isFinished = true
      } catch {}
      #expect(isFinished || throwsIO { _ = try vault.begin(CommitRequest()) }, "no further commit after the stage")
      for survival in [MemoryFileSystem.Survival.synced, .all, .some(seed: UInt64(stop))] {
        let next = VaultHome(
          pages: MemoryPageStore(pages.rows()),
          cell: try FileRootCell(
            path: "root.cell", .open, in: files.crash(survival), random: SeededRandom(), inspect: { _ in nil }),
          seed: 2)
        next.logEpoch = home.logEpoch
        next.openCases = home.openCases
        let opened = try next.reopen()
        #expect(opened.epoch == next.logEpoch && opened.epoch >= home.logEpoch)
        #expect(try opened.commitment(.facts) == before)
        #expect((opened.coverage(of: Self.gone.node) == .gone) == (opened.epoch == 2))
        #expect(try next.cell.readAll().count == 1)
      }
      if isFinished { return }
    }
    Issue.record("the walk must come to its end")
  }

  private func throwsIO(_ body: () throws -> Void) -> Bool {
    do { try body() } catch let error as LetheError { return error.code == .io } catch { return false }
    return false
  }
}
