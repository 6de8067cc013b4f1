import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Synchronization
import Testing

/// A store that forgets or changes one kind of row between the write and what is read back.
private final class LyingPageStore: PageStore {
  enum Lie: Sendable, CaseIterable { case losesRoot, losesBlocks, changesRoot, changesBlocks, losesFence }

  private let base = MemoryPageStore()
  private let lie = Mutex<Lie?>(nil)

  func begin(_ lie: Lie) { self.lie.withLock { $0 = lie } }

  func put(_ rows: [PageRow]) throws(LetheError) {
    let lie = lie.withLock { $0 }
    try base.put(
      rows.compactMap { row -> PageRow? in
        let kind = row.key.page.rawValue >> 56
        var bytes = row.bytes
        switch lie {
        case .losesRoot where kind == 1, .losesBlocks where kind == 2, .losesFence where kind == 3: return nil
        case .changesRoot where kind == 1, .changesBlocks where kind == 2: bytes[bytes.count - 1] ^= 1
        case nil, .losesRoot, .losesBlocks, .changesRoot, .changesBlocks, .losesFence: break
        }
        return PageRow(key: row.key, bytes: bytes)
      })
  }

  func page(_ key: PageRow.Key) -> [UInt8]? { base.page(key) }
  func version(of page: PageID, hashed hash: Digest) -> PageRow? { base.version(of: page, hashed: hash) }
  func keys() -> Set<PageRow.Key> { base.keys() }
  func rows() -> [PageRow] { base.rows() }
  func deleteRows(_ keys: Set<PageRow.Key>) { base.deleteRows(keys) }
  func dropCaches() {}

  func close() {}
}

/// A cell that keeps nothing, or another secret, from a moment on.
private final class LyingRootCell: RootCell {
  enum Lie: Sendable { case keepsNothing, keepsOther, keepsOtherClaim }

  private let base = MemoryRootCell()
  private let lie = Mutex<Lie?>(nil)

  func begin(_ lie: Lie) { self.lie.withLock { $0 = lie } }

  var kind: String { base.kind }
  var level: CellLevel { base.level }

  func stage(_ share: RootShare, besides current: RootPair?) throws(LetheError) {
    switch lie.withLock({ $0 }) {
    case nil: try base.stage(share, besides: current)
    case .keepsNothing: break
    case .keepsOtherClaim:
      let claim = RootCellConformance.claim(1, counter: 1, term: 0)
      try base.stage(
        RootShare(share.label.claimed(by: claim), secret: try share.secret.copy()), besides: current)
    case .keepsOther:
      try base.stage(
        RootShare(
          share.label, secret: try Secret(count: 32, random: SeededRandom(seed: 77))), besides: current)
    }
  }

  func readAll() -> [RootShare] { base.readAll() }
  func labels() -> [ShareLabel] { base.labels() }
  func retire(allBut pair: RootPair?) throws(LetheError) -> CellAnswer { try base.retire(allBut: pair) }
}

@Suite struct VerifyTests {
  private static let request = CommitRequest(
    punctures: [forget(SubjectIndex(block: 0, subject: 1))], fence: [FenceEntry(value: digest(1), owners: [])])

  /// Drives the commit and says at which action it failed.
  private static func failure(_ home: VaultHome) throws -> CommitAction.Kind? {
    let vault = try #require(home.vault)
    home.openCases = [caseID(1)]
    let commit = try vault.begin(request)
    var last: CommitAction.Kind?
    do {
      try home.drive(commit, vault) { action in
        last = action.kind
        return .never
      }
      return nil
    } catch { return last }
  }

  private static func expectOldEpoch(_ home: VaultHome) throws {
    #expect(home.logEpoch == 1 && home.destroyed.isEmpty)
    let vault = try #require(home.vault)
    #expect(throws: LetheError(.io, "")) { try vault.begin(request) }
    #expect(vault.coverage(of: SubjectIndex(block: 0, subject: 1).node) == .living)
    let opened = try home.reopen()
    #expect(opened.epoch == 1 && opened.missingPages.isEmpty)
    #expect(opened.coverage(of: SubjectIndex(block: 0, subject: 1).node) == .living)
  }

  @Test(arguments: LyingPageStore.Lie.allCases)
  fileprivate func `pages that do not read back end a commit before the log hears of it`(
    lie: LyingPageStore.Lie
  ) throws {
    let pages = LyingPageStore()
    let home = VaultHome(pages: pages)
    try home.create()
    pages.begin(lie)
    #expect(try Self.failure(home) == .verify)
    try Self.expectOldEpoch(home)
  }

  @Test(arguments: [LyingRootCell.Lie.keepsNothing, .keepsOther])
  fileprivate func `a root that does not read back ends a commit before the log hears of it`(
    lie: LyingRootCell.Lie
  ) throws {
    let cell = LyingRootCell()
    let home = VaultHome(cell: cell)
    try home.create()
    cell.begin(lie)
    #expect(try Self.failure(home) == .verify)
    try Self.expectOldEpoch(home)
  }

  /// The root is whole all the same: the next start takes it.
  @Test func `a claim that does not read back ends a commit before the log hears of it`() throws {
    let cell = LyingRootCell()
    let home = VaultHome(cell: cell)
    try home.create()
    cell.begin(.keepsOtherClaim)
    #expect(try Self.failure(home) == .verify)
    #expect(home.logEpoch == 1 && home.destroyed.isEmpty)
    #expect(try home.reopen().epoch == 2)
  }

  @Test func `pages that cannot be written leave the vault as it was, ready for the next commit`() throws {
    let directory = TemporaryDirectory()
    let home = VaultHome(pages: try SQLitePageStore(path: directory.path("vault.sqlite"), .create))
    let vault = try home.create()
    let commit = try vault.begin(Self.request)
    let action = try #require(commit.next())
    #expect(action.kind == .evictKeys)
    let write = try #require(commit.next())
    try vault.perform(write, of: commit)
    let twin = try Vault.open(
      pages: home.pages, replicas: [Replica(number: 1) { () throws(LetheError) in throw LetheError(.io, "away") }],
      cells: CellSets(CellSet([home.cell])), storeID: storeID, random: home.random,
      logEpoch: 1, openCases: [])
    try home.drive(twin.recovery, twin.vault)
    let second = try twin.vault.begin(CommitRequest(newSubjectBlocks: 1))
    #expect(throws: LetheError(.io, "")) { try home.drive(second, twin.vault) }
    #expect(twin.vault.epoch == 1 && home.logEpoch == 1)
    _ = try twin.vault.begin(CommitRequest(newSubjectBlocks: 1))
  }
}
