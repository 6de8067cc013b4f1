import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheVault

@Suite struct RecoveryTests {
  private static let case1 = CommitRequest(punctures: [forget(SubjectIndex(block: 0, subject: 1), 1)])

  private static func copy(_ cell: any RootCell) throws -> MemoryRootCell {
    let copy = MemoryRootCell()
    for share in try cell.readAll() { try copy.stage(share, besides: nil) }
    return copy
  }

  private static func open(
    _ pages: any PageStore, _ cell: any RootCell, _ logEpoch: UInt64, _ cases: Set<CaseID> = []
  ) throws {
    _ = try Vault.open(
      pages: pages, cells: CellSets(CellSet([cell])), storeID: storeID, random: SeededRandom(), logEpoch: logEpoch,
      openCases: cases)
  }

  @Test func `P7 an old cell with its old pages is refused under the present log`() throws {
    let home = VaultHome()
    try home.create()
    let oldCell = try Self.copy(home.cell)
    let oldPages = MemoryPageStore(try home.pages.rows())
    try home.commit(Self.case1)
    #expect(throws: LetheError(.rolledBack, "")) { try Self.open(oldPages, oldCell, 2) }
    // The same with all pages pooled.
    try oldPages.put(home.pages.rows().filter { row in !oldPages.rows().contains { $0.key == row.key } })
    #expect(throws: LetheError(.rolledBack, "")) { try Self.open(oldPages, oldCell, 2) }
  }

  @Test func `old pages under the current cell are refused with both epochs named`() throws {
    let home = VaultHome()
    try home.create()
    let oldPages = MemoryPageStore(try home.pages.rows())
    try home.commit(CommitRequest(newSubjectBlocks: 1))
    for logEpoch in [1, 2] as [UInt64] {
      let error = #expect(throws: LetheError.self) { try Self.open(oldPages, home.cell, logEpoch) }
      #expect(error?.code == .rolledBack)
      #expect(error?.message.contains("epoch 1") == true && error?.message.contains("epoch 2") == true)
    }
  }

  @Test func `an old cell over the current pages is refused with both epochs named`() throws {
    let home = VaultHome()
    try home.create()
    let oldCell = try Self.copy(home.cell)
    try home.commit(Self.case1)
    let error = #expect(throws: LetheError.self) { try Self.open(home.pages, oldCell, 2) }
    #expect(error?.code == .rolledBack)
    #expect(error?.message.contains("root cell is older (epoch 1)") == true)
  }

  @Test func `a log that lacks the case of the newest epoch was rolled back`() throws {
    let home = VaultHome()
    try home.create()
    try home.commit(Self.case1)
    #expect(throws: LetheError(.rolledBack, "")) { try Self.open(home.pages, home.cell, 1) }
    #expect(throws: LetheError(.rolledBack, "")) { try Self.open(home.pages, home.cell, 1, [caseID(2)]) }
    try Self.open(home.pages, home.cell, 1, [caseID(1)])
  }

  @Test func `a log two epochs behind was rolled back`() throws {
    let home = VaultHome()
    try home.create()
    for _ in 0..<2 { try home.commit(CommitRequest(newSubjectBlocks: 1)) }
    #expect(throws: LetheError(.rolledBack, "")) { try Self.open(home.pages, home.cell, 1) }
    try Self.open(home.pages, home.cell, 2)
  }

  @Test func `two roots above the log mean that it was rolled back`() throws {
    let home = VaultHome()
    let vault = try home.create()
    try home.drive(vault.begin(CommitRequest(newSubjectBlocks: 1)), vault) {
      $0.kind == .recordEpoch ? .before : .never
    }
    #expect(throws: LetheError(.rolledBack, "")) { try Self.open(home.pages, home.cell, 0) }
    try Self.open(home.pages, home.cell, 1)
  }

  @Test func `a root whose pages are not whole is passed over as long as the log lacks it`() throws {
    let home = VaultHome()
    let vault = try home.create()
    let commit = try vault.begin(CommitRequest(newSubjectBlocks: 1))
    try home.drive(commit, vault) { $0.kind == .verify ? .before : .never }
    let touched = try #require(commit.advance).touchedPageHashes
    for hash in touched + [try #require(commit.advance).rootPageHash] {
      let pages = MemoryPageStore(try home.pages.rows().filter { $0.hash != hash })
      let cell = try Self.copy(home.cell)
      let next = VaultHome(pages: pages, cell: cell)
      next.logEpoch = 1
      #expect(try next.reopen().epoch == 1)
      #expect(cell.readAll().map(\.pair.epoch) == [1])
    }
  }

  @Test func `a staged root is finished with the very advance that the log lacks`() throws {
    let home = VaultHome()
    let vault = try home.create()
    home.openCases = [caseID(1)]
    let commit = try vault.begin(Self.case1)
    try home.drive(commit, vault) { $0.kind == .recordEpoch ? .before : .never }
    let opened = try Vault.open(
      pages: home.pages, cells: CellSets(CellSet([home.cell])), storeID: storeID, random: home.random, logEpoch: 1,
      openCases: home.openCases)
    #expect(opened.recovery.advance == commit.advance)
    // Nothing else may begin before it is finished.
    #expect(throws: LetheError(.io, "")) { try opened.vault.begin(CommitRequest()) }
    try home.drive(opened.recovery, opened.vault)
    #expect(home.destroyed.first?.punctures == commit.advance?.punctures)
    #expect(home.destroyed.first?.reports.map(\.erasedSlotCount) == [1])
    _ = try opened.vault.begin(CommitRequest())
  }

  @Test func `an empty cell, another store's cell and too many cells are refused`() throws {
    let home = VaultHome()
    try home.create()
    #expect(throws: LetheError(.missingKey, "")) { try Self.open(home.pages, MemoryRootCell(), 1) }
    let other = [UInt8](repeating: 9, count: 16)
    #expect(throws: LetheError(.damage, "")) {
      try Vault.open(
        pages: home.pages, cells: CellSets(CellSet([home.cell])), storeID: other, random: SeededRandom(), logEpoch: 1,
        openCases: [])
    }
    #expect(throws: LetheError(.input, "")) {
      try Vault.create(
        pages: home.pages, cells: CellSet([MemoryRootCell(), MemoryRootCell()], threshold: 3), storeID: storeID,
        random: SeededRandom())
    }
    #expect(throws: LetheError(.input, "")) {
      try Vault.create(pages: home.pages, cells: CellSet([MemoryRootCell()]), storeID: [1], random: SeededRandom())
    }
  }

  @Test func `a cell that holds a root is not made over, unless its init was interrupted`() throws {
    let home = VaultHome()
    try home.create()
    #expect(throws: LetheError(.refused, "")) { try home.create() }
    let again = try Vault.create(
      pages: home.pages, cells: CellSet([home.cell]), storeID: [UInt8](repeating: 3, count: 16), random: home.random,
      leftovers: .startOver)
    #expect(try home.cell.readAll().map(\.pair.rootPageHash) == [again.vault.rootPageHash])
    let home2 = VaultHome()
    try home2.create()
    try home2.commit(CommitRequest(newSubjectBlocks: 1))
    #expect(throws: LetheError(.refused, "")) {
      try Vault.create(
        pages: home2.pages, cells: CellSet([home2.cell]), storeID: storeID, random: home2.random, leftovers: .startOver)
    }
    #expect(try home2.cell.readAll().count == 1)
  }

  @Test func `P5 a block page that is damaged makes its own keys missing and no others`() throws {
    let home = VaultHome()
    let vault = try home.create()
    let kid = SubjectIndex(block: 5, subject: 1).kid(slot: 1)
    let before = try vault.commitment(kid)
    for page in [PageID.block(.subjects, 4), .fence(.all)] {
      let pages = MemoryPageStore(
        try home.pages.rows().map { row in
          var bytes = row.bytes
          if row.key.page == page { bytes[bytes.count - 1] ^= 1 }
          return PageRow(key: row.key, bytes: bytes)
        })
      let next = VaultHome(pages: pages, cell: try Self.copy(home.cell))
      next.logEpoch = 1
      let opened = try next.reopen()
      #expect(opened.missingPages == [page])
      #expect(try opened.commitment(kid) == before)
      if page.blockNumber != nil {
        let lost = SubjectIndex(block: 4, subject: 1)
        #expect(throws: LetheError(.missingKey, "")) { try opened.commitment(lost.kid(slot: 0)) }
        #expect(opened.coverage(of: lost.node) == .pageMissing)
        #expect(throws: LetheError(.missingKey, "")) { try opened.begin(CommitRequest(punctures: [forget(lost)])) }
      } else {
        #expect(throws: LetheError(.missingKey, "")) { try opened.fenceEntry(digest(1)) }
      }
      // Commits elsewhere go on, and the damaged row is kept for whoever repairs it.
      try next.commit(CommitRequest(newSubjectBlocks: 1))
      #expect(try next.reopen().missingPages == [page])
    }
  }

  @Test func `a root page that is damaged is told from one that is absent`() throws {
    let home = VaultHome()
    try home.create()
    let root = try #require(try home.pages.rows().first { $0.key.page == .root })
    let without = MemoryPageStore(try home.pages.rows().filter { $0.key.page != .root })
    #expect(throws: LetheError(.missingKey, "")) { try Self.open(without, home.cell, 1) }
    let share = try #require(try home.cell.readAll().first)
    let other = MemoryRootCell()
    try other.stage(
      RootShare(
        ShareLabel(
          storeID: storeID, pair: RootPair(epoch: 1, rootPageHash: root.hash), threshold: 1, shareCount: 1, index: 1,
          claim: .unclaimed),
        secret: try Secret(count: 32)), besides: nil)
    #expect(throws: LetheError(.damage, "")) { try Self.open(home.pages, other, 1) }
    #expect(share.pair.rootPageHash == root.hash)
  }
}
