import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Synchronization
import Testing

@Suite struct ReplicaTests {
  /// Pages that can be taken away for a while.
  final class Place: Sendable {
    let pages: MemoryPageStore
    private let isThere = Mutex(true)

    init(_ rows: [PageRow] = []) { pages = MemoryPageStore(rows) }

    func set(there: Bool) { isThere.withLock { $0 = there } }

    func replica(_ number: Int) -> Replica {
      Replica(number: number) { () throws(LetheError) in
        guard self.isThere.withLock({ $0 }) else { throw LetheError(.io, "away") }
        return self.pages
      }
    }
  }

  /// A vault with two replicas that hold all it has.
  static func opened(_ home: VaultHome, _ places: [Place]) throws -> Vault {
    let opened = try Vault.open(
      pages: home.pages, replicas: places.enumerated().map { $0.element.replica($0.offset + 1) },
      cells: CellSets(CellSet([home.cell])),
      storeID: storeID, random: home.random, logEpoch: home.logEpoch, openCases: home.openCases)
    try home.drive(opened.recovery, opened.vault)
    try opened.vault.catchUpReplicas()
    home.vault = opened.vault
    return opened.vault
  }

  @Test(arguments: StopPoint.all, [0, 1])
  func `P4 whatever step a commit stops at, a replica's pages and the cell are the whole vault`(
    point: StopPoint, lost: Int
  ) throws {
    let home = VaultHome()
    try home.create()
    let places = [Place(), Place()]
    let vault = try Self.opened(home, places)
    let before = try CommitCrashTests.sample(vault)
    home.openCases = [caseID(1)]
    try home.drive(vault.begin(CommitCrashTests.request), vault, stopping: point.stop)

    // The vault's own pages are gone.
    let restored = VaultHome(pages: places[lost].pages, cell: home.cell, seed: 2)
    restored.logEpoch = home.logEpoch
    restored.openCases = home.openCases
    let next = try restored.reopen()
    #expect(next.missingPages.isEmpty && next.epoch == (point.isStaged ? 2 : 1))
    for (kid, (old, new)) in zip(CommitCrashTests.living, zip(before, try CommitCrashTests.sample(next))) {
      #expect(new == (point.isStaged && CommitCrashTests.isGone(kid) ? nil : old), "\(kid)")
    }
  }

  @Test func `a commit waits for a replica that is away, and nothing is staged meanwhile`() throws {
    let home = VaultHome()
    try home.create()
    let places = [Place(), Place()]
    let vault = try Self.opened(home, places)
    places[1].set(there: false)
    let request = CommitRequest(punctures: [forget(SubjectIndex(block: 0, subject: 1))])
    let error = #expect(throws: LetheError.self) { try home.commit(request) }
    #expect(error?.code == .io && error?.message.contains("replica 2") == true)
    #expect(vault.awayReplica != nil && vault.replicas[0].failure == nil)
    #expect(vault.epoch == 1)
    #expect(try home.cell.readAll().count == 1)
    #expect(vault.coverage(of: SubjectIndex(block: 0, subject: 1).node) == .living)
    places[1].set(there: true)
    try home.commit(request)
    #expect(vault.awayReplica == nil && vault.epoch == 2)
    #expect(vault.coverage(of: SubjectIndex(block: 0, subject: 1).node) == .gone)
  }

  @Test func `a replica that fell behind is given what it lacks, and only that`() throws {
    let home = VaultHome()
    try home.create()
    let places = [Place()]
    let vault = try Self.opened(home, places)
    let old = places[0].pages.rows()
    for subject in 0..<2 {
      try home.commit(CommitRequest(punctures: [forget(SubjectIndex(block: 0, subject: subject))]))
    }
    // Put back as it was before both.
    let behind = Place(old)
    vault.use([behind.replica(1)])
    #expect(try vault.copyPages(to: vault.replicas[0]) == 2)
    #expect(try vault.copyPages(to: vault.replicas[0]) == 0)
    #expect(behind.pages.version(of: .root, hashed: vault.rootPageHash) != nil)
    #expect(behind.pages.rows().count == old.count + 2)
  }

  @Test func `a commit gives a replica that lost pages meanwhile all of them`() throws {
    let home = VaultHome()
    try home.create()
    let place = Place()
    let vault = try Self.opened(home, [place])
    place.pages.deleteRows(place.pages.keys())
    try home.commit(CommitRequest(newSubjectBlocks: 1))
    let keys = Set(try vault.reachableRows().map(\.key))
    #expect(keys.isSubset(of: place.pages.keys()))
  }

  @Test func `a page that a replica's medium changed is put right`() throws {
    let home = VaultHome()
    try home.create()
    let place = Place()
    let vault = try Self.opened(home, [place])
    let row = try #require(place.pages.rows().first)
    place.pages.deleteRows([row.key])
    try place.pages.put([PageRow(key: row.key, bytes: row.bytes.dropLast() + [row.bytes.last! ^ 1])])
    #expect(try vault.copyPages(to: vault.replicas[0]) == 1)
    #expect(place.pages.page(row.key) == row.bytes)
  }

  @Test func `pages of another store are left alone`() throws {
    let home = VaultHome()
    let vault = try home.create()
    let other = VaultHome(seed: 7)
    let made = try Vault.create(
      pages: other.pages, cells: CellSet([other.cell]), storeID: [UInt8](repeating: 9, count: 16), random: other.random)
    let place = Place(try other.pages.rows())
    let error = #expect(throws: LetheError.self) { try vault.copyPages(to: place.replica(3)) }
    #expect(error?.message.contains("replica 3 holds pages of another store") == true)
    #expect(try place.pages.rows() == other.pages.rows())
    #expect(made.vault.epoch == 1)
  }
}
