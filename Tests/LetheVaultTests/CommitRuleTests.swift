import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@Suite struct CommitRuleTests {
  @Test func `what may not be destroyed is refused`() throws {
    let home = VaultHome()
    let vault = try home.create()
    let cause = PunctureCause.forgetCase(caseID(1))
    for puncture in [
      Puncture(KeyNode(.facts), cause: cause), Puncture(KeyNode(.facts), cause: .seal),
      Puncture(KeyNode(KeyID(plane: .shards, block: 0, subject: 0, slot: 0)), cause: cause),
      Puncture(KeyNode(plane: .subjects, block: 0, depth: 9, prefix: 0), cause: cause),
      Puncture(KeyNode(SubjectIndex(block: 0, subject: 0).kid(slot: 0)), cause: .shard),
      forget(SubjectIndex(block: 64, subject: 0)),
    ] {
      #expect(throws: LetheError(.refused, "")) { try vault.begin(CommitRequest(punctures: [puncture])) }
    }
    #expect(vault.epoch == 1)
  }

  @Test func `what is gone already is named, and a request for it alone is refused`() throws {
    let home = VaultHome()
    let vault = try home.create()
    let subject = SubjectIndex(block: 0, subject: 1)
    try home.commit(CommitRequest(punctures: [forget(subject, 1)]))
    #expect(throws: LetheError(.refused, "")) { try vault.begin(CommitRequest(punctures: [forget(subject, 2)])) }
    let other = SubjectIndex(block: 0, subject: 2)
    let commit = try vault.begin(CommitRequest(punctures: [forget(subject, 2), forget(other, 2)]))
    #expect(commit.nodesWithoutEffect == [subject.node])
    #expect(commit.advance?.punctures == [forget(other, 2)])
  }

  @Test func `each commit gives shards keys of its own, under the same id where one was dropped`() throws {
    let home = VaultHome()
    let vault = try home.create()
    for _ in 0..<3 { try home.commit(CommitRequest(touchedShards: [0, 1])) }
    let before = vault.shards
    func given() throws -> (kid: KeyID, commitment: Digest)? {
      let commit = try vault.begin(CommitRequest(touchedShards: [0]))
      while let action = commit.next() {
        if case .writeShards(let keys) = action { return keys.first.map { ($0.kid, $0.key.commitment) } }
      }
      return nil
    }
    let (first, second) = (try #require(try given()), try #require(try given()))
    #expect(first.kid == second.kid && first.commitment != second.commitment)
    #expect(try vault.commitment(first.kid) != first.commitment)
    try home.commit(CommitRequest(touchedShards: [0]))
    let shard = try #require(vault.shard(0))
    #expect(shard.kid == first.kid && ![first.commitment, second.commitment].contains(shard.commitment))
    #expect(try vault.commitment(shard.kid) == shard.commitment)
    // What another shard has stays.
    #expect(vault.shard(1) == before[1])
    #expect(try vault.commitment(before[1].kid) == before[1].commitment)
  }

  @Test func `a sealed block loses the leaves that were never given`() throws {
    let home = VaultHome()
    let vault = try home.create()
    let given = SubjectIndex(block: 0, subject: 511).kid(slot: 15)
    let before = try vault.commitment(given)
    let unused = KeyNode(plane: .subjects, block: 0, depth: 1, prefix: 1)
    try home.commit(CommitRequest(punctures: [Puncture(unused, cause: .seal)]))
    #expect(vault.coverage(of: unused) == .gone && home.destroyed.isEmpty)
    #expect(try vault.commitment(given) == before)
  }

  @Test func `steps out of order are refused, and a superseded commit goes no further`() throws {
    let home = VaultHome()
    let vault = try home.create()
    let first = try vault.begin(CommitRequest(newSubjectBlocks: 1))
    #expect(throws: LetheError(.refused, "")) { try vault.perform(.writePages, of: first) }
    let action = try #require(first.next())
    #expect(action.kind == .writePages)
    #expect(throws: LetheError(.refused, "")) { try vault.perform(.stage, of: first) }
    // It is given again until it is performed.
    #expect(first.next()?.kind == .writePages)
    try vault.perform(action, of: first)
    #expect(throws: LetheError(.refused, "")) { try vault.perform(action, of: first) }
    try home.commit(CommitRequest(newSubjectBlocks: 3))
    _ = first.next()
    #expect(throws: LetheError(.refused, "")) { try vault.perform(.ship, of: first) }
    #expect(vault.blocks(of: .subjects).count == 67 && vault.epoch == 2)
    #expect(try home.pages.rows().count == 71)
  }

  @Test func `a commit deletes what it replaced and what commits before it left, and nothing else`() throws {
    let home = VaultHome()
    let vault = try home.create()
    let dropped = try vault.begin(CommitRequest(newSubjectBlocks: 1))
    try vault.perform(#require(dropped.next()), of: dropped)
    let before = try home.pages.keys().count
    for number in 1...2 {
      try home.commit(CommitRequest(newSubjectBlocks: 1))
      // The dropped commit's block and root page, and the root page before.
      #expect(try home.pages.keys().count == before - 2 + number)
    }
    let keys = try home.pages.keys()
    let opened = try home.reopen()
    #expect(try home.pages.keys() == keys)
    #expect(opened.missingPages.isEmpty)
  }

  @Test func `a commit left after its stage bars the next until a restart`() throws {
    let home = VaultHome()
    let vault = try home.create()
    try home.drive(vault.begin(CommitRequest(newSubjectBlocks: 1)), vault) {
      $0.kind == .recordEpoch ? .before : .never
    }
    #expect(throws: LetheError(.io, "")) { try vault.begin(CommitRequest()) }
    #expect(throws: LetheError(.io, "")) { try vault.retireOthers() }
    let opened = try home.reopen()
    #expect(opened.epoch == 2)
    try home.commit(CommitRequest(newSubjectBlocks: 1))
    #expect(opened.epoch == 3)
    #expect(try opened.retireOthers().map(\.erasedSlotCount) == [0])
  }

  @Test func `a shard gets one key after the other, through the end of a block`() throws {
    let home = VaultHome()
    let vault = try home.create()
    var kids: Set<KeyID> = []
    for round in 0..<20 {
      let numbers = Array(0..<UInt32(1000))
      let commit = try vault.begin(CommitRequest(touchedShards: numbers))
      while let action = commit.next() {
        switch action {
        case .writeShards(let shards), .verifyShards(let shards):
          #expect(shards.map(\.number) == numbers)
          kids.formUnion(shards.map(\.kid))
        case .recordEpoch(let advance):
          #expect(advance.punctures.count == (round == 0 ? 1 : 1000))
          #expect(advance.punctures.allSatisfy { $0.cause == .shard })
        default: try vault.perform(action, of: commit)
        }
      }
    }
    home.logEpoch = vault.epoch
    #expect(kids.count == 20_000)
    #expect(vault.blocks(of: .shards) == [0, 1])
    let living = Set(vault.shards.map(\.kid))
    #expect(living.count == 1000 && living.isSubset(of: kids))
    #expect(kids.subtracting(living).allSatisfy { vault.coverage(of: KeyNode($0)) == .gone })
    #expect(try home.reopen().shardKey(999)?.key.commitment == vault.shard(999)?.commitment)
  }

  @Test func `pages go to every replica before the root is staged`() throws {
    let home = VaultHome()
    try home.create()
    let replica = MemoryPageStore(try home.pages.rows())
    let opened = try Vault.open(
      pages: home.pages, replicas: [Replica(number: 1) { replica }], cells: CellSets(CellSet([home.cell])),
      storeID: storeID,
      random: home.random, logEpoch: 1,
      openCases: [])
    try home.drive(opened.recovery, opened.vault)
    #expect(try opened.vault.copyPages(to: opened.vault.replicas[0]) == 0)
    let commit = try opened.vault.begin(CommitRequest(newSubjectBlocks: 1))
    try home.drive(commit, opened.vault) { $0.kind == .stage ? .before : .never }
    let hash = try #require(commit.advance).rootPageHash
    #expect(replica.version(of: .root, hashed: hash) != nil)
    try home.drive(commit, opened.vault)
    // The replica alone restores.
    let restored = VaultHome(pages: replica, cell: home.cell)
    restored.logEpoch = 2
    #expect(try restored.reopen().commitment(.facts) == opened.vault.commitment(.facts))
  }

  @Test func `keys may be derived by several threads while commits go on`() async throws {
    let home = VaultHome()
    let vault = try home.create()
    let kids = (0..<50).map { SubjectIndex(block: 0, subject: 500 + $0).kid(slot: 1) }
    let expected = try kids.map { try vault.commitment($0) }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<3 {
        group.addTask {
          for _ in 0..<10 {
            for (kid, commitment) in zip(kids, expected) where try vault.commitment(kid) != commitment { return false }
          }
          return true
        }
      }
      for subject in 0..<20 {
        try home.commit(CommitRequest(punctures: [forget(SubjectIndex(block: 0, subject: subject))]))
      }
      for try await isRight in group { #expect(isRight) }
    }
    #expect(vault.epoch == 21)
  }
}
