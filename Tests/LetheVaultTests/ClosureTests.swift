import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// The adversary of the security statement: every page version ever written, and the cells of one moment.
@Suite struct ClosureTests {
  private static let subjects = (0..<300).map { SubjectIndex(block: UInt64($0 % 3), subject: $0 / 3) }

  /// A store that has forgotten some of its subjects and one slot each of others, with all that was ever written.
  private final class History {
    var rows: [PageRow] = []
    var expected: [KeyID: Digest] = [:]
    var gone: Set<KeyID> = []
    var firstRoot: [RootShare] = []
    var currentRoot: [RootShare] = []
    var rootPageHashes: [Digest] = []
    var firstShardKid = KeyID.facts
    var currentShardKid = KeyID.facts

    init(seed: UInt64) throws {
      let home = VaultHome(seed: seed)
      let vault = try home.create()
      var generator = SeededGenerator(seed: seed)
      for subject in subjects {
        for slot in [0, 5] {
          expected[subject.kid(slot: slot)] = try vault.commitment(subject.kid(slot: slot))
        }
      }
      firstRoot = try home.cell.readAll()
      firstShardKid = try #require(vault.shard(0)).kid
      rows = try home.pages.rows()
      var left = subjects.shuffled(using: &generator)
      for batch in [1, 20, 3, 9] as [UInt8] {
        var request = CommitRequest(touchedShards: [0])
        for _ in 0..<batch {
          guard let subject = left.popLast(), let other = left.popLast() else { break }
          request.punctures.append(forget(subject, batch))
          request.punctures.append(Puncture(KeyNode(other.kid(slot: 5)), cause: .forgetCase(caseID(batch))))
          gone.formUnion([subject.kid(slot: 0), subject.kid(slot: 5), other.kid(slot: 5)])
        }
        home.openCases.insert(caseID(batch))
        let commit = try vault.begin(request)
        // Rows of the epoch before are deleted at the end: the adversary copied them in time.
        try home.drive(commit, vault) { $0.kind == .deleteUnreachable ? .before : .never }
        rows += try home.pages.rows().filter { row in !rows.contains { $0.key == row.key } }
        rootPageHashes.append(vault.rootPageHash)
        try home.drive(commit, vault)
      }
      currentRoot = try home.cell.readAll()
      currentShardKid = try #require(vault.shard(0)).kid
    }

    /// Keys that the closure gives, and those among them that it should not; each must be the very key.
    func opened(_ roots: [RootShare], rows: [PageRow]? = nil) throws -> (living: Int, gone: Int, pages: Int) {
      let closure = try KeyClosure(rows: rows ?? self.rows, roots: Root.all(of: roots), storeID: storeID)
      var count = (living: 0, gone: 0, pages: closure.openedPageCount)
      for (kid, commitment) in expected {
        guard let key = try closure.dataKey(kid) else { continue }
        #expect(key.commitment == commitment)
        if gone.contains(kid) { count.gone += 1 } else { count.living += 1 }
      }
      return count
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `P3 every page ever written and the current root open all living keys and nothing forgotten`(
    seed: UInt64
  ) throws {
    let history = try History(seed: seed)
    #expect(history.gone.count == 99 && history.expected.count == 600)
    let current = try history.opened(history.currentRoot)
    #expect(current.living == 600 - 99 && current.gone == 0)
    // Negative control: with a root of before the forgets, the same bytes open all.
    let old = try history.opened(history.firstRoot)
    #expect(old.gone == 99 && old.living == 600 - 99)
    let none = try history.opened([])
    #expect(none.living == 0 && none.gone == 0 && none.pages == 0)
  }

  @Test func `P3 an old key of a directory shard is not reached from the current root`() throws {
    let history = try History(seed: 4)
    let closure = try KeyClosure(rows: history.rows, roots: Root.all(of: history.currentRoot), storeID: storeID)
    #expect(try closure.shardKeys().map(\.kid) == [history.currentShardKid])
    let old = try KeyClosure(rows: history.rows, roots: Root.all(of: history.firstRoot), storeID: storeID)
    // Negative control; and what was given since is none of the keys that an old root reaches.
    #expect(try old.shardKeys().map(\.kid) == [history.firstShardKid])
  }

  @Test func `P3 old pages alone open nothing under the current root, not even the living`() throws {
    let history = try History(seed: 5)
    let first = try #require(history.firstRoot.first).pair.rootPageHash
    let hashes = Set(history.rootPageHashes)
    let old = history.rows.filter { !hashes.contains($0.hash) }
    #expect(old.contains { $0.hash == first })
    let count = try history.opened(history.currentRoot, rows: old)
    #expect(count.pages == 0 && count.living == 0)
  }

  @Test func `P3 two attempts at one epoch do not mix`() throws {
    let home = VaultHome()
    let vault = try home.create()
    home.openCases = [caseID(1)]
    let subject = SubjectIndex(block: 0, subject: 4)
    // The first attempt destroys another subject, is staged, and is lost with its pages before it is verified.
    let first = try vault.begin(CommitRequest(punctures: [forget(SubjectIndex(block: 0, subject: 5))]))
    try home.drive(first, vault) { $0.kind == .verify ? .before : .never }
    let attempted = try home.pages.rows()
    let lost = try home.cell.readAll().filter { $0.pair.epoch == 2 }
    let rootPage = try #require(first.advance).rootPageHash
    let next = VaultHome(
      pages: MemoryPageStore(attempted.filter { $0.hash != rootPage }), cell: home.cell, seed: 2)
    next.logEpoch = 1
    let opened = try next.reopen()
    #expect(opened.epoch == 1)
    let second = try opened.begin(CommitRequest(punctures: [forget(subject)]))
    #expect(second.advance?.to == 2 && second.advance?.rootPageHash != rootPage)
    try next.drive(second, opened)
    let rows = attempted + (try next.pages.rows())
    let current = try KeyClosure(rows: rows, roots: Root.all(of: next.cell.readAll()), storeID: storeID)
    #expect(try current.dataKey(subject.kid(slot: 0)) == nil)
    // The share of the attempt opens its own pages alone.
    #expect(try next.cell.readAll().allSatisfy { $0.pair != lost.first?.pair })
    #expect(
      try KeyClosure(rows: try next.pages.rows(), roots: Root.all(of: lost), storeID: storeID).openedPageCount == 0)
  }

  @Test func `P3 the shard keys of two attempts are reached each from its own root, in whatever order`() throws {
    let home = VaultHome()
    let vault = try home.create()
    let request = CommitRequest(touchedShards: [0])
    let first = try vault.begin(request)
    try home.drive(first, vault) { $0.kind == .verify ? .before : .never }
    let attempted = (rows: try home.pages.rows(), roots: try home.cell.readAll().filter { $0.pair.epoch == 2 })
    home.logEpoch = 1
    let opened = try home.reopen()
    try home.drive(opened.begin(request), opened)
    let rows = attempted.rows + (try home.pages.rows())
    let (old, new) = (try Root.all(of: attempted.roots), try Root.all(of: home.cell.readAll()))
    func commitments(_ roots: [Root]) throws -> Set<Digest> {
      let keys = try KeyClosure(rows: rows, roots: roots, storeID: storeID).shardKeys()
      #expect(keys.allSatisfy { $0.number == 0 })
      return Set(keys.map { $0.key.commitment })
    }
    let each = (try commitments(old), try commitments(new))
    #expect(each.0.count == 1 && each.1.count == 1 && each.0 != each.1)
    #expect(try commitments(old + new) == each.0.union(each.1))
    #expect(try commitments(new + old) == each.0.union(each.1))
  }
}
