import LetheCrypto
import LetheSystem
import LetheTesting
import Synchronization
import Testing

@testable import LetheVault

/// What claims in slots mean to a vault: nothing yet, and nothing that keeps it from opening.
@Suite struct ClaimTests {
  private static let claims: [CellClaim?] = [
    nil, .unclaimed, RootCellConformance.claim(1, counter: 2, term: 0),
    RootCellConformance.claim(2, counter: CellClaim.greatestNumber, term: CellClaim.greatestNumber),
  ]

  private static func claimed(_ share: RootShare, _ claim: CellClaim?) throws -> RootShare {
    RootShare(share.label.claimed(by: claim), secret: try share.secret.copy())
  }

  /// Puts other claims into cells; nil takes them back to the format before.
  private static func replaceClaims(in media: [CellMedium], _ claim: (Int) -> CellClaim?) throws {
    for (number, medium) in media.enumerated() {
      let shares = try medium.shares.withLock { $0 }.map { try Self.claimed($0, claim(number)) }
      medium.shares.withLock { $0 = shares }
    }
  }

  @Test func `shares combine whatever their claims say, and no cell is written for that`() throws {
    var world = try QuorumWorld(2, of: 3)
    world.log.openCases = []
    for turn in Self.claims.indices {
      try Self.replaceClaims(in: world.media) { Self.claims[($0 + turn) % Self.claims.count] }
      let before = world.media.map(\.labels)
      #expect(before.allSatisfy { $0.count == 1 })
      #expect(try world.start().epoch == 1)
      #expect(world.media.map(\.labels) == before)
    }
  }

  @Test func `an emptied cell is given its share from cells of the format before, and is of the new format`() throws {
    var world = try QuorumWorld(2, of: 3)
    world.log.openCases = []
    try Self.replaceClaims(in: world.media) { _ in nil }
    world.media[2] = CellMedium()
    #expect(try world.start().epoch == 1)
    #expect(world.media.map { $0.labels.map(\.claim) } == [[nil], [nil], [.unclaimed]])
    world.media[0] = CellMedium()
    #expect(try world.start().epoch == 1)
    #expect(world.media.map { $0.labels.map(\.claim) } == [[.unclaimed], [nil], [.unclaimed]])
  }

  @Test func `two pairs are told apart by epoch and root page hash, not by the higher counter`() throws {
    let (low, high) = (
      RootCellConformance.claim(1, counter: 1, term: 0), RootCellConformance.claim(2, counter: 9, term: 9)
    )
    var shares: [RootShare] = []
    // Of both roots the first share has the one claim, the second share the other.
    for (number, claims) in [(1, [high, low]), (2, [low, high])] as [(UInt64, [CellClaim])] {
      let secret = try Secret(count: RootShare.secretByteCount, random: SeededRandom(seed: number))
      let polynomial = try SecretPolynomial(of: secret, threshold: 2, random: SeededRandom(seed: 10 + number))
      for (place, claim) in claims.enumerated() {
        let label = ShareLabel(
          storeID: storeID, pair: RootPair(epoch: 4, rootPageHash: digest(number)), threshold: 2, shareCount: 2,
          index: place + 1, claim: claim)
        shares.append(RootShare(label, secret: try polynomial.share(UInt8(place + 1))))
      }
    }
    let roots = try Root.all(of: shares)
    #expect(roots.count == 2)
    for root in roots {
      let number: UInt64 = root.pair.rootPageHash == digest(1) ? 1 : 2
      let secret = try Secret(count: RootShare.secretByteCount, random: SeededRandom(seed: number))
      #expect(root.secret.withBytes { SHA256.hash($0) } == secret.withBytes { SHA256.hash($0) })
    }
    // One share of each root makes none, though their claims are the same.
    #expect(try Root.all(of: [shares[0], shares[3]]).isEmpty)
  }

  @Test func `a vault whose cell is of the format before opens as it is, and its next commit is of the new format`()
    throws
  {
    let files = MemoryFileSystem()
    func cell(_ access: FileRootCell.Access) throws -> FileRootCell {
      try FileRootCell(path: "root.cell", access, in: files, random: SeededRandom(), inspect: { _ in nil })
    }
    let home = VaultHome(cell: try cell(.create))
    try home.create()
    let share = try #require(try home.cell.readAll().first)
    let place = try #require(files.content(of: "root.cell")).first == UInt8(ascii: "l") ? 0 : RootSlot.byteCount
    let before = SlotVersionTests.plainBefore(share)
    files.damage("root.cell") { bytes in
      bytes.replaceSubrange(
        place..<place + RootSlot.byteCount,
        with: before + [UInt8](repeating: 0, count: RootSlot.byteCount - before.count))
    }
    let bytes = files.content(of: "root.cell")
    try home.reopen()
    #expect(home.logEpoch == 1 && files.content(of: "root.cell") == bytes)
    #expect(try home.cell.labels().map(\.claim) == [nil])
    try home.commit(CommitRequest(newSubjectBlocks: 1))
    #expect(home.logEpoch == 2)
    #expect(try cell(.open).labels().map(\.claim) == [.unclaimed])
    #expect(try home.reopen().epoch == 2)
  }
}
