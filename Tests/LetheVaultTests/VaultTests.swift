import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@Suite struct VaultTests {
  @Test func `a new vault has its blocks, its fence and its first shard`() throws {
    let home = VaultHome()
    let vault = try home.create()
    #expect(vault.epoch == 1)
    #expect(vault.blocks(of: .subjects) == Array(0..<64))
    #expect(vault.blocks(of: .store) == [0])
    #expect(vault.blocks(of: .shards) == [0])
    #expect(vault.shards.map(\.number) == [0])
    #expect(try vault.shardKey(0)?.kid == KeyID(plane: .shards, block: 0, subject: 0, slot: 0))
    #expect(try vault.fenceEntry(digest(1)) == nil)
    #expect(try vault.commitment(.lookup) != vault.commitment(.fence))
    let reopened = try home.reopen()
    #expect(reopened.rootPageHash == vault.rootPageHash)
    #expect(try reopened.commitment(.facts) == vault.commitment(.facts))
  }

  @Test func `a forgotten subject's keys are gone and all others unchanged`() throws {
    let home = VaultHome()
    let vault = try home.create()
    let gone = SubjectIndex(block: 3, subject: 700)
    let kids = (0..<40).map { SubjectIndex(block: 3, subject: 680 + $0).kid(slot: 5) }
    let before = try kids.map { try vault.commitment($0) }
    try home.commit(CommitRequest(punctures: [forget(gone)], fence: [FenceEntry(value: digest(7), owners: [])]))
    for opened in [vault, try home.reopen()] {
      #expect(opened.epoch == 2)
      for (kid, commitment) in zip(kids, before) {
        #expect(try opened.commitment(kid) == (SubjectIndex(kid) == gone ? nil : commitment))
      }
      #expect(opened.coverage(of: gone.node) == .gone)
      #expect(try opened.fenceEntry(digest(7)) != nil)
    }
    #expect(home.destroyed.count == 1)
    #expect(home.destroyed.first?.reports.first?.erasedSlotCount == 1)
  }
}
