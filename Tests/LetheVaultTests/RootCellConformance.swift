import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault

/// What every `RootCell` must do. Run each case with an empty cell.
enum RootCellConformance {
  typealias Case = ConformanceCase<any RootCell>

  static let cases: [Case] = [
    Case("an empty cell has no shares, and nothing to erase") { cell in
      try expect(cell.readAll().isEmpty && cell.labels().isEmpty)
      try expect(cell.retire(allBut: nil).erasedSlotCount == 0)
      try expect(!cell.kind.isEmpty && !cell.level.reason.isEmpty)
    },
    Case("what is staged is read back whole") { cell in
      try cell.stage(share(1, 1), besides: nil)
      let found = try cell.readAll()
      try expect(found.count == 1)
      try expect(isSame(found[0], share(1, 1)))
    },
    Case("the labels are those of what is read") { cell in
      try cell.stage(share(1, 1), besides: nil)
      try cell.stage(shareOfThree(2, 2), besides: share(1, 1).pair)
      try expect(Set(cell.labels()) == Set([share(1, 1).label, shareOfThree(2, 2).label]))
      try expect(Set(cell.readAll().map(\.label)) == Set(cell.labels()))
      _ = try cell.retire(allBut: share(2, 2).pair)
      try expect(cell.labels() == [shareOfThree(2, 2).label])
    },
    Case("claims are read back as they were staged, and told by the labels") { cell in
      let (one, other) = (claim(1, counter: 3, term: 0), claim(2, counter: CellClaim.greatestNumber, term: 7))
      try cell.stage(share(1, 1, one), besides: nil)
      try cell.stage(share(2, 2, other), besides: share(1, 1).pair)
      try expect(Set(cell.labels().map(\.claim)) == [one, other])
      let found = try cell.readAll().sorted { $0.pair.epoch < $1.pair.epoch }
      try expect(found.count == 2 && isSame(found[0], share(1, 1, one)) && isSame(found[1], share(2, 2, other)))
      _ = try cell.retire(allBut: share(2, 2).pair)
      try expect(cell.labels().map(\.claim) == [other])
    },
    Case("the pair tells roots apart, whatever the claims say") { cell in
      let higher = claim(2, counter: 9, term: 9)
      try cell.stage(share(1, 1, higher), besides: nil)
      try cell.stage(share(2, 2, claim(1, counter: 1, term: 0)), besides: share(1, 1).pair)
      try cell.stage(share(2, 3, higher), besides: share(1, 1).pair)
      try expect(Set(cell.labels().map(\.pair)) == [share(1, 1).pair, share(2, 3).pair])
      try expect(cell.retire(allBut: share(2, 3, .unclaimed).pair).erasedSlotCount == 1)
      try expect(isSame(cell.readAll()[0], share(2, 3, higher)))
    },
    Case("a share of the format before is staged as unclaimed") { cell in
      try cell.stage(share(1, 1, nil), besides: nil)
      let found = try cell.readAll()
      try expect(found.count == 1 && isSame(found[0], share(1, 1, .unclaimed)))
      try expect(cell.labels().allSatisfy(\.carriesClaim))
    },
    Case("a share is staged besides the current one, which stays") { cell in
      try cell.stage(share(1, 1), besides: nil)
      try cell.stage(share(2, 2), besides: share(1, 1).pair)
      let found = try cell.readAll().sorted { $0.pair.epoch < $1.pair.epoch }
      try expect(found.count == 2 && isSame(found[0], share(1, 1)) && isSame(found[1], share(2, 2)))
    },
    Case("retiring leaves the pair that is kept, and says how many it erased") { cell in
      try cell.stage(share(1, 1), besides: nil)
      try cell.stage(share(2, 2), besides: share(1, 1).pair)
      let answer = try cell.retire(allBut: share(2, 2).pair)
      try expect(answer.erasedSlotCount == 1 && answer.kind == cell.kind && answer.level == cell.level)
      let found = try cell.readAll()
      try expect(found.count == 1 && isSame(found[0], share(2, 2)))
      try expect(cell.retire(allBut: share(2, 2).pair).erasedSlotCount == 0)
    },
    Case("retiring for a pair that is not there destroys nothing") { cell in
      try cell.stage(share(1, 1), besides: nil)
      for other in [share(2, 1).pair, share(1, 9).pair] {
        try expectError { _ = try cell.retire(allBut: other) }
      }
      try expect(isSame(cell.readAll()[0], share(1, 1)))
    },
    Case("two attempts at one epoch are two pairs") { cell in
      try cell.stage(share(1, 1), besides: nil)
      try cell.stage(share(2, 2), besides: share(1, 1).pair)
      try cell.stage(share(2, 3), besides: share(1, 1).pair)
      let found = try cell.readAll()
      try expect(found.contains { isSame($0, share(1, 1)) } && found.contains { isSame($0, share(2, 3)) })
      try expect(!found.contains { isSame($0, share(2, 2)) })
    },
    Case("a full cell overwrites nothing that it was not told to") { cell in
      try cell.stage(share(1, 1), besides: nil)
      try cell.stage(share(2, 2), besides: nil)
      try expectError { try cell.stage(share(3, 3), besides: nil) }
      try expectError { try cell.stage(share(3, 3), besides: share(9, 9).pair) }
      try expect(cell.readAll().count == 2)
    },
    Case("everything goes if nothing is to be kept") { cell in
      try cell.stage(share(1, 1), besides: nil)
      try cell.stage(share(2, 2), besides: share(1, 1).pair)
      try expect(cell.retire(allBut: nil).erasedSlotCount == 2)
      try expect(cell.readAll().isEmpty)
    },
    Case("many epochs follow one another") { cell in
      try cell.stage(share(1, 1), besides: nil)
      for epoch in 2...9 as ClosedRange<UInt64> {
        try cell.stage(share(epoch, epoch), besides: share(epoch - 1, epoch - 1).pair)
        try expect(cell.retire(allBut: share(epoch, epoch).pair).erasedSlotCount == 1)
      }
      let found = try cell.readAll()
      try expect(found.count == 1 && isSame(found[0], share(9, 9)))
    },
  ]

  /// A share whose secret its number determines.
  static func share(_ epoch: UInt64, _ number: UInt64, _ claim: CellClaim? = .unclaimed) -> RootShare {
    do {
      return RootShare(
        ShareLabel(
          storeID: storeID, pair: RootPair(epoch: epoch, rootPageHash: digest(number)), threshold: 1, shareCount: 1,
          index: 1, claim: claim), secret: try Secret(count: 32, random: SeededRandom(seed: number)))
    } catch { preconditionFailure("no memory for a secret") }
  }

  /// The claim of a home that a number names.
  static func claim(_ home: UInt8, counter: UInt64, term: UInt64) -> CellClaim {
    CellClaim(
      instance: [UInt8](repeating: home, count: CellClaim.instanceByteCount), counter: counter, term: term)
  }

  /// The third of five shares of which any two make the root.
  static func shareOfThree(_ epoch: UInt64, _ number: UInt64) -> RootShare {
    let one = share(epoch, number)
    do {
      return RootShare(
        ShareLabel(storeID: storeID, pair: one.pair, threshold: 2, shareCount: 5, index: 3, claim: .unclaimed),
        secret: try one.secret.copy())
    } catch { preconditionFailure("no memory for a secret") }
  }

  private static func isSame(_ one: RootShare, _ other: RootShare) -> Bool {
    let hashes = [one, other].map { share in share.secret.withBytes { SHA256.hash($0) } }
    return one.label == other.label && hashes[0] == hashes[1]
  }
}
