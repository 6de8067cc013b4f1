internal import LetheCrypto

/// Chooses, epoch by epoch downwards, the root pages that follow one another; with as few gaps as can be.
struct ChainSearch {
  private let library: PageLibrary
  /// By epoch; epochs without a page that fits are left out.
  private(set) var chosen: [UInt64: KnownRoot] = [:]

  /// One way down to an epoch.
  private struct Way {
    /// Nil for a gap.
    let root: KnownRoot?
    let gaps: Int
    /// Which way of the epoch above it goes on from.
    let above: Int
  }

  init(_ library: PageLibrary) { self.library = library }

  mutating func run(from last: KnownRoot, _ base: RootPair) {
    var levels = [[Way(root: last, gaps: 0, above: 0)]]
    var epoch = last.pair.epoch
    while epoch > base.epoch + 1 {
      epoch -= 1
      levels.append(ways(library.roots[epoch] ?? [], below: levels[levels.count - 1]))
    }
    // What the log has must be followed too, if its page is there.
    var place = best(levels[levels.count - 1], after: library.page(base))
    for level in levels.reversed() {
      let way = level[place]
      if let root = way.root { chosen[root.pair.epoch] = root }
      place = way.above
    }
  }

  private func ways(_ candidates: [KnownRoot], below level: [Way]) -> [Way] {
    var ways: [Way] = []
    for candidate in candidates {
      let fitting = level.indices.filter { place in
        level[place].root.map { follows($0, after: candidate) } ?? true
      }
      if let above = fitting.min(by: { level[$0].gaps < level[$1].gaps }) {
        ways.append(Way(root: candidate, gaps: level[above].gaps, above: above))
      }
    }
    if let above = level.indices.min(by: { level[$0].gaps < level[$1].gaps }) {
      ways.append(Way(root: nil, gaps: level[above].gaps + 1, above: above))
    }
    return ways
  }

  private func best(_ level: [Way], after base: KnownRoot?) -> Int {
    let fitting = level.indices.filter { place in
      guard let base, let root = level[place].root else { return true }
      return follows(root, after: base)
    }
    return (fitting.isEmpty ? Array(level.indices) : fitting).min { level[$0].gaps < level[$1].gaps } ?? 0
  }

  /// Whether the next root page can have been written over this one.
  private func follows(_ next: KnownRoot, after root: KnownRoot) -> Bool {
    guard next.page.nextShardKid >= root.page.nextShardKid else { return false }
    // Attempts give other keys under the same ids.
    for shard in next.page.shards where shard.kid < root.page.nextShardKid {
      guard root.page.shard(shard.number) == shard else { return false }
    }
    for child in next.page.children {
      let old = root.page.position(of: child.key.page).map { root.page.children[$0] }
      switch child.writtenBy {
      case .earlier: guard old?.key == child.key, old?.hash == child.hash else { return false }
      case .thisEpoch:
        guard let old, let (plane, block) = child.key.page.blockNumber,
          let before = library.living(old), let after = library.living(child)
        else { continue }
        let gone = next.page.punctures.map(\.node).filter { $0.plane == plane && $0.block == block }
        guard LeafRanges.removing(gone.map(\.leaves), from: before) == after else { return false }
      }
    }
    return true
  }
}
