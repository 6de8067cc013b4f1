internal import LetheCrypto
package import LetheSystem

/// A root secret, put together from its shares.
package final class Root: Sendable {
  let storeID: [UInt8]
  package let pair: RootPair
  let secret: Secret

  init(storeID: [UInt8], pair: RootPair, secret: consuming Secret) {
    self.storeID = storeID
    self.pair = pair
    self.secret = secret
  }

  /// The root that shares of one group make; their numbers differ.
  ///
  /// - Throws: `io` if there is no memory; `input` if their numbers do not differ.
  convenience init(combining shares: [RootShare], storeID: [UInt8], pair: RootPair) throws(LetheError) {
    self.init(storeID: storeID, pair: pair, secret: try Self.combine(shares, to: 0))
  }

  /// The share with a number, from as many others as the threshold says. It is unclaimed.
  static func share(_ index: Int, from shares: [RootShare], like label: ShareLabel) throws(LetheError) -> RootShare {
    RootShare(
      ShareLabel(
        storeID: label.storeID, pair: label.pair, threshold: label.threshold, shareCount: label.shareCount,
        index: index, claim: .unclaimed),
      secret: try combine(shares, to: UInt8(index)))
  }

  private static func combine(_ shares: [RootShare], to target: UInt8) throws(LetheError) -> Secret {
    var all = try Secret(count: shares.count * RootShare.secretByteCount)
    for (place, share) in shares.enumerated() {
      share.secret.withBytes { bytes in
        all.withMutableBytes { $0.copy(bytes, to: place * RootShare.secretByteCount) }
      }
    }
    return try SecretSharing.combine(all, numbered: shares.map { UInt8(clamping: $0.index) }, to: target)
  }
}

/// All shares of one root that are at hand, several of one number if they differ.
struct ShareGroup {
  /// Tells one sharing from all others: shares combine only if all of this agrees, whatever their claims say.
  struct Key: Hashable {
    let storeID: [UInt8]
    let pair: RootPair
    let threshold: Int
    let shareCount: Int
  }

  let key: Key
  /// Ascending by number.
  let shares: [RootShare]

  var pair: RootPair { key.pair }
  /// How many different numbers there are.
  var count: Int { Set(shares.map(\.index)).count }
  var isComplete: Bool { count >= key.threshold }

  /// Groups shares by what must agree; those whose numbers make no sense are left out.
  static func all(of shares: [RootShare]) -> [ShareGroup] {
    var groups: [Key: [RootShare]] = [:]
    for share in shares {
      guard (1...CellSet.mostCells).contains(share.shareCount), (1...share.shareCount).contains(share.threshold),
        (1...share.shareCount).contains(share.index)
      else { continue }
      let key = Key(
        storeID: share.storeID, pair: share.pair, threshold: share.threshold, shareCount: share.shareCount)
      groups[key, default: []].append(share)
    }
    return groups.map { ShareGroup(key: $0.key, shares: $0.value.sorted { $0.index < $1.index }) }
      .sorted { ($0.pair.epoch, $0.pair.rootPageHash) < ($1.pair.epoch, $1.pair.rootPageHash) }
  }

  /// Choices that are tried before giving up; enough for any of 16 cells, and for some that were tampered with.
  private static let mostChoices = 16_384

  /// Tries every choice of k shares with different numbers until one serves.
  func firstChoice(_ isRight: ([RootShare]) throws(LetheError) -> Bool) throws(LetheError) -> [RootShare]? {
    var tried = 0
    func choose(from place: Int, _ chosen: [RootShare]) throws(LetheError) -> [RootShare]? {
      guard chosen.count < key.threshold else {
        tried += 1
        return try isRight(chosen) ? chosen : nil
      }
      for next in place..<shares.count where chosen.last?.index != shares[next].index {
        guard tried < Self.mostChoices else { return nil }
        if let found = try choose(from: next + 1, chosen + [shares[next]]) { return found }
      }
      return nil
    }
    return try choose(from: 0, [])
  }
}

extension Root {
  /// Every root that shares make, for drills: of each group the first k with different numbers.
  ///
  /// - Throws: `io` if there is no memory.
  package static func all(of shares: [RootShare]) throws(LetheError) -> [Root] {
    var roots: [Root] = []
    for group in ShareGroup.all(of: shares) where group.isComplete {
      _ = try group.firstChoice { (chosen) throws(LetheError) in
        roots.append(try Root(combining: chosen, storeID: group.key.storeID, pair: group.pair))
        // Shares of one number that differ are tried one after another.
        return group.count == group.shares.count
      }
    }
    return roots
  }
}
