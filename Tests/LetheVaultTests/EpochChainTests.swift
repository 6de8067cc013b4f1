import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheVault

/// Epochs told again from root pages that lie about.
@Suite struct EpochChainTests {
  private static func request(_ block: UInt64, _ subject: Int, _ number: UInt8) -> CommitRequest {
    CommitRequest(punctures: [forget(SubjectIndex(block: block, subject: subject), number)])
  }

  private static func pair(_ vault: Vault) -> RootPair {
    RootPair(epoch: vault.epoch, rootPageHash: vault.rootPageHash)
  }

  /// Every row that was ever written, attempts that were given up included.
  private static func history() throws -> (rows: [PageRow], pairs: [RootPair], advances: [EpochAdvance]) {
    let home = VaultHome()
    let vault = try home.create()
    var rows = try home.pages.rows()
    var pairs = [pair(vault)]
    var advances: [EpochAdvance] = []
    let requests = [request(0, 1, 1), CommitRequest(newSubjectBlocks: 1), request(0, 2, 2), request(3, 2, 3)]
    for (number, request) in requests.enumerated() {
      // Another commit got as far as its pages and was given up.
      let attempt = try vault.begin(Self.request(0, 500 + number, UInt8(100 + number)))
      try home.drive(attempt, vault) { $0.kind == .stage ? .before : .never }
      let known = Set(rows.map(\.key))
      rows += try home.pages.rows().filter { !known.contains($0.key) }
      let commit = try vault.begin(request)
      try home.drive(commit, vault)
      advances.append(try #require(commit.advance))
      let all = Set(rows.map(\.key))
      rows += try home.pages.rows().filter { !all.contains($0.key) }
      pairs.append(pair(vault))
    }
    return (rows, pairs, advances)
  }

  @Test func `the epochs that counted are told apart from attempts that were given up`() throws {
    let (rows, pairs, advances) = try Self.history()
    #expect(VaultShapes.rootPages(in: rows).count == 9)
    let chain = try EpochChain(rows: rows, storeID: storeID, after: pairs[0], upTo: pairs[4])
    #expect(chain.advances == advances && chain.unknownEpochs.isEmpty)
    #expect(try EpochChain(rows: rows, storeID: storeID, after: pairs[3], upTo: pairs[4]).advances == [advances[3]])
    #expect(try EpochChain(rows: rows, storeID: storeID, after: pairs[4], upTo: pairs[4]).advances.isEmpty)
  }

  @Test func `an epoch whose root page is nowhere is a gap`() throws {
    let (rows, pairs, advances) = try Self.history()
    let roots = Set(VaultShapes.rootPages(in: rows).map(\.hash))
    let known = Set([pairs[0], pairs[3], pairs[4]].map(\.rootPageHash))
    let left = rows.filter { !roots.contains($0.hash) || known.contains($0.hash) }
    let chain = try EpochChain(rows: left, storeID: storeID, after: pairs[0], upTo: pairs[4])
    #expect(chain.unknownEpochs == [2, 3])
    #expect(chain.advances == [.gap(from: 1, to: 3), advances[2], advances[3]])
  }

  @Test func `without the current root page nothing is told`() throws {
    let (rows, pairs, _) = try Self.history()
    let left = rows.filter { $0.hash != pairs[4].rootPageHash }
    #expect(throws: LetheError(.missingKey, "")) {
      try EpochChain(rows: left, storeID: storeID, after: pairs[0], upTo: pairs[4])
    }
  }

  @Test func `nodes below which nothing lives are told from the shape alone`() throws {
    let (rows, pairs, _) = try Self.history()
    let shapes = try VaultShapes(rows: rows, rootPageHash: pairs[4].rootPageHash, storeID: storeID)
    let gone = [SubjectIndex(block: 0, subject: 1).node, SubjectIndex(block: 0, subject: 2).node]
    #expect(shapes.deadNodes(.subjects, 0) == gone)
    #expect(shapes.deadNodes(.subjects, 3) == [SubjectIndex(block: 3, subject: 2).node])
    #expect(shapes.deadNodes(.subjects, 1) == [] && shapes.deadNodes(.subjects, 999) == nil)
  }
}
