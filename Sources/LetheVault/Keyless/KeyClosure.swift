internal import LetheCrypto
package import LetheSystem

/// All that an adversary reaches who holds any pages of any time and some root secrets; for tests and drills.
///
/// A page opens if its page-key commitment is that of a key reached so far and its AEAD agrees. Root secrets are tried
/// on every root page of every epoch, opened root pages give further keys, and so on until nothing new opens.
package final class KeyClosure {
  /// Pages that opened.
  package private(set) var openedPageCount = 0
  private let storeID: [UInt8]
  private var trees: [PageID: [PuncturedTree]] = [:]
  /// Every entry of every root page version, opened or not: they stand in clear.
  private var shardEntries: Set<ShardEntry> = []
  /// Pages still closed, by page-key commitment.
  private var closed: [Digest: [PageView]] = [:]

  /// Rows that are no pages of the store are passed over.
  ///
  /// - Throws: `io` if there is no memory.
  package init(rows: [PageRow], roots: [Root], storeID: [UInt8]) throws(LetheError) {
    self.storeID = storeID
    var epochs: Set<UInt64> = []
    for row in rows {
      guard let view = Self.view(row.bytes), view.storeID == storeID else { continue }
      closed[view.commitment, default: []].append(view)
      guard view.kind == .root else { continue }
      epochs.insert(view.epoch)
      do throws(LetheError) { shardEntries.formUnion(try RootPage(view).shards) } catch { continue }
    }
    var reached: [Reached] = []
    for root in roots {
      for epoch in epochs {
        reached.append(Reached(try PageKey.ofRootPage(root.secret, epoch: epoch, storeID: storeID)))
      }
      // A page that was sealed under the root itself would be a mistake that a drill should find.
      reached.append(Reached(try root.secret.copy()))
    }
    while let key = reached.popLast() { reached += try openPages(with: key) }
  }

  /// A key in a box, because a list takes no owners.
  private final class Reached {
    let key: Secret
    init(_ key: consuming Secret) { self.key = key }
  }

  private static func view(_ bytes: [UInt8]) -> PageView? {
    do { return try PageView(bytes) } catch { return nil }
  }

  private func openPages(with reached: Reached) throws(LetheError) -> [Reached] {
    let commitment = PageKey.commitment(of: reached.key, storeID: storeID)
    guard let views = closed.removeValue(forKey: commitment) else { return [] }
    var found: [Reached] = []
    for view in views {
      guard let content = try view.open(reached.key) else { continue }
      openedPageCount += 1
      switch view.kind {
      case .root:
        let size = PageFormat.pageKeyByteCount
        for place in 0..<content.count / size {
          found.append(
            Reached(
              try content.withBytes { (bytes) throws(LetheError) in
                try Secret(copying: bytes.extracting(place * size..<(place + 1) * size))
              }))
        }
      case .block:
        do throws(LetheError) {
          trees[view.id, default: []].append(try BlockPage.open(view, key: reached.key))
        } catch {
          guard error.code != .io else { throw error }
        }
      case .fence: break
      }
    }
    return found
  }

  /// The key, from any version of its tree that was reached; nil if none gives it. Of a shard's key id `forEachKey` gives
  /// all that there are.
  ///
  /// - Throws: `io` if there is no memory.
  package func dataKey(_ kid: KeyID) throws(LetheError) -> DataKey? {
    for tree in trees[.block(kid.plane, kid.block)] ?? [] {
      if let key = try tree.derive(kid) { return key }
    }
    return nil
  }

  /// Gives each key under a key id once: each commit draws those of shards anew, so that attempts that came to nothing gave others.
  ///
  /// - Throws: `io` if there is no memory.
  package func forEachKey(
    _ kid: KeyID, _ body: (consuming DataKey) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    var seen: Set<Digest> = []
    for tree in trees[.block(kid.plane, kid.block)] ?? [] {
      guard let key = try tree.derive(kid), seen.insert(key.commitment).inserted else { continue }
      if try body(key) == .stop { return }
    }
  }

  /// The keys of directory shards of all times that were reached, each under its shard's number.
  ///
  /// - Throws: `io` if there is no memory.
  package func shardKeys() throws(LetheError) -> [ShardKey] {
    var keys: [ShardKey] = []
    for entry in shardEntries.sorted(by: { ($0.number, $0.kid) < ($1.number, $1.kid) }) {
      try forEachKey(entry.kid) { key in
        guard key.commitment == entry.commitment else { return .continue }
        keys.append(ShardKey(number: entry.number, key: key))
        return .stop
      }
    }
    return keys
  }
}
