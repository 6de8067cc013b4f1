internal import LetheCrypto
package import LetheSystem

/// What a log that lost its end lacks of the vault's epochs, told again from the root pages that lie among some rows.
///
/// Every root page says in clear what its epoch destroyed and which pages it wrote. Several of one epoch are attempts
/// of which all but one were given up: the one that counts is followed by the next epoch's, that is, what the next did
/// not write it took over from it, and what the next did write lacks exactly what it says it destroyed. Of attempts
/// that destroyed the same, and of which the next kept nothing, any may be named. Where no page of an epoch is there,
/// a gap stands in its place, with a root page hash of zeros and whatever is gone for no other reason.
package struct EpochChain: Sendable {
  /// Ascending, each beginning where the one before ends; those of gaps may span several epochs.
  package let advances: [EpochAdvance]
  /// Epochs whose root page is not among the rows.
  package let unknownEpochs: [UInt64]
  /// The epoch that the chain ends at.
  package let shapes: VaultShapes

  /// - Parameters:
  ///   - base: the newest epoch that the log has, with its root page's hash.
  ///   - newest: the current root.
  /// - Throws: `missing-key` or `damage` if the current root page is not there or no page.
  package init(
    rows: [PageRow], storeID: [UInt8], after base: RootPair, upTo newest: RootPair
  ) throws(LetheError) {
    shapes = try VaultShapes(rows: rows, rootPageHash: newest.rootPageHash, storeID: storeID)
    let library = PageLibrary(rows, storeID)
    guard let last = library.page(newest) else { throw .pageMissing }
    var search = ChainSearch(library)
    search.run(from: last, base)
    var advances: [EpochAdvance] = []
    var unknown: [UInt64] = []
    var gapStart: UInt64?
    for epoch in base.epoch + 1..<max(newest.epoch, base.epoch) + 1 {
      guard let page = search.chosen[epoch] else {
        unknown.append(epoch)
        gapStart = gapStart ?? epoch - 1
        continue
      }
      if let start = gapStart { advances.append(EpochAdvance.gap(from: start, to: epoch - 1)) }
      gapStart = nil
      advances.append(EpochAdvance(page.pair, page.page))
    }
    self.advances = advances
    unknownEpochs = unknown
  }
}

extension EpochAdvance {
  /// Epochs of which nothing is known but what they must have destroyed.
  package static func gap(from: UInt64, to: UInt64, punctures: [Puncture] = []) -> EpochAdvance {
    EpochAdvance(from: from, to: to, rootPageHash: .zero, touchedPageHashes: [], punctures: punctures)
  }

  /// Whether the root page of what it tells is not known.
  package var isGap: Bool { rootPageHash == .zero }
}

/// A root page with its name.
struct KnownRoot: Sendable {
  let pair: RootPair
  let page: RootPage
}

/// Root pages by epoch, and the shapes of block pages, of one store.
struct PageLibrary {
  private(set) var roots: [UInt64: [KnownRoot]] = [:]
  private var bytes: [PageRow.Key: [UInt8]] = [:]
  private let storeID: [UInt8]

  init(_ rows: [PageRow], _ storeID: [UInt8]) {
    self.storeID = storeID
    for row in rows {
      guard row.key.page == .root else {
        bytes[row.key] = row.bytes
        continue
      }
      do throws(LetheError) {
        let view = try PageView(row.bytes)
        guard view.storeID == storeID else { continue }
        let root = KnownRoot(pair: RootPair(epoch: view.epoch, rootPageHash: row.hash), page: try RootPage(view))
        roots[view.epoch, default: []].append(root)
      } catch {
        // What is no root page tells nothing.
      }
    }
    for epoch in roots.keys { roots[epoch]?.sort { $0.pair.rootPageHash < $1.pair.rootPageHash } }
  }

  func page(_ pair: RootPair) -> KnownRoot? { roots[pair.epoch]?.first { $0.pair == pair } }

  /// The leaves that live by a child's clear part, as ascending ranges that do not touch; nil if the page is not there.
  func living(_ child: PageReference) -> [Range<Int>]? {
    guard let bytes = bytes[child.key] else { return nil }
    do throws(LetheError) {
      guard PageRow(key: child.key, bytes: bytes).hash == child.hash else { return nil }
      let shape = try BlockPage.shape(of: PageView(bytes)).shape
      return LeafRanges.joined(shape.heap.map { $0.firstLeaf..<$0.firstLeaf + $0.leafCount })
    } catch { return nil }
  }
}

/// Sets of leaves as ascending ranges.
enum LeafRanges {
  static func joined(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var joined: [Range<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = joined.last, last.upperBound >= range.lowerBound {
        joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        joined.append(range)
      }
    }
    return joined
  }

  static func removing(_ gone: [Range<Int>], from ranges: [Range<Int>]) -> [Range<Int>] {
    var left = ranges
    for hole in gone {
      left = left.flatMap { range -> [Range<Int>] in
        [
          range.lowerBound..<max(range.lowerBound, min(range.upperBound, hole.lowerBound)),
          min(range.upperBound, max(range.lowerBound, hole.upperBound))..<range.upperBound,
        ].filter { !$0.isEmpty }
      }
    }
    return joined(left)
  }
}

extension KeyNode {
  var leaves: Range<Int> { firstKid.leaf..<firstKid.leaf + keyCount }
}
