internal import LetheCrypto
internal import LetheSystem

/// One epoch of the vault as it is open in memory; immutable, cleansed when the last owner lets go.
final class VaultState: Sendable {
  let storeID: [UInt8]
  let pair: RootPair
  let rootRow: PageRow.Key
  /// Commitment to the key of the root page: tells the root from any other secret.
  let rootCommitment: Digest
  let page: RootPage
  /// The page keys of the root page's children, 32 bytes each, in their order.
  let pageKeys: Secret
  let trees: [PageID: PuncturedTree]
  let fences: [FencePage]
  /// Children whose page is absent or did not verify.
  let missing: Set<PageID>

  init(
    storeID: [UInt8], pair: RootPair, rootRow: PageRow.Key, rootCommitment: Digest, page: RootPage,
    pageKeys: consuming Secret, trees: [PageID: PuncturedTree], fences: [FencePage], missing: Set<PageID>
  ) {
    self.storeID = storeID
    self.pair = pair
    self.rootRow = rootRow
    self.rootCommitment = rootCommitment
    self.page = page
    self.pageKeys = pageKeys
    self.trees = trees
    self.fences = fences
    self.missing = missing
  }

  /// The empty state before the first epoch.
  convenience init(beforeFirstEpochOf storeID: [UInt8]) throws(LetheError) {
    guard let version = PageVersion([UInt8](repeating: 0, count: PageVersion.byteCount)) else { throw .pageDamage }
    self.init(
      storeID: storeID, pair: RootPair(epoch: 0, rootPageHash: .zero),
      rootRow: PageRow.Key(page: .root, version: version), rootCommitment: .zero, page: .none,
      pageKeys: try Secret(count: 0), trees: [:],
      fences: [], missing: [])
  }

  func lookup(_ kid: KeyID) throws(LetheError) -> KeyLookup {
    guard let tree = trees[.block(kid.plane, kid.block)] else { return .pageMissing }
    guard let key = try tree.derive(kid) else { return .punctured }
    return .living(key)
  }

  func coverage(of node: KeyNode) -> NodeCoverage {
    guard let tree = trees[.block(node.plane, node.block)] else { return .pageMissing }
    return tree.reaches(node) ? .living : .gone
  }

  /// Whether shares make this epoch's root.
  ///
  /// - Throws: `io` if there is no memory.
  func opens(with shares: [RootShare]) throws(LetheError) -> Bool {
    let root = try Root(combining: shares, storeID: storeID, pair: pair)
    let key = try PageKey.ofRootPage(root.secret, epoch: pair.epoch, storeID: storeID)
    return PageKey.commitment(of: key, storeID: storeID) == rootCommitment
  }

  /// Rows that the root page leads to, itself included, with the SHA-256 of each one's bytes.
  var reachableHashes: [PageRow.Key: Digest] {
    var hashes = [rootRow: pair.rootPageHash]
    for child in page.children { hashes[child.key] = child.hash }
    return hashes
  }

  /// Whether it is the root page's row or one to which the root page leads.
  func leads(to row: PageRow.Key) -> Bool {
    row == rootRow || page.position(of: row.page).map { page.children[$0].key } == row
  }

  /// Rows that the root page leads to, itself included, and another's does not.
  func rows(replacedBy next: VaultState) -> [PageRow.Key] {
    ([rootRow] + page.children.map(\.key)).filter { !next.leads(to: $0) }
  }
}

/// What the vault answers for a data key.
package enum KeyLookup: ~Copyable, Sendable {
  case living(DataKey)
  /// No living node covers it.
  case punctured
  /// Its block was never made, or its page is absent or does not verify.
  case pageMissing
}

/// What lives below a node.
package enum NodeCoverage: Sendable {
  /// At least one key.
  case living
  /// Nothing.
  case gone
  /// Its block was never made, or its page is absent or does not verify.
  case pageMissing
}

extension VaultState {
  /// Which pages must open for a root to count.
  enum Demand {
    /// The root page alone; what else does not open is missing.
    case rootPage
    /// The root page and all that its epoch wrote.
    case pagesOfItsEpoch
  }

  /// Which pages are opened at all.
  enum Extent {
    case all
    case pagesOfItsEpoch
    /// Those of the store's own keys alone.
    case storeKeys
  }

  /// Opens an epoch from its pages.
  ///
  /// - Throws: `missing-key` if the root page is absent, `damage` if it or what is demanded does not open; `io`.
  static func open(
    _ root: Root, from pages: any PageStore, _ extent: Extent, demanding demand: Demand
  ) throws(LetheError) -> VaultState {
    guard let row = try pages.version(of: .root, hashed: root.pair.rootPageHash) else {
      throw LetheError(
        .missingKey,
        "the vault lacks the root page that the root cell names; put the pages back with `lethe restore` from a replica"
      )
    }
    let view = try PageView(row.bytes)
    let key = try PageKey.ofRootPage(root.secret, epoch: root.pair.epoch, storeID: root.storeID)
    guard view.storeID == root.storeID, view.epoch == root.pair.epoch, let pageKeys = try view.open(key),
      pageKeys.count == view.count * PageFormat.pageKeyByteCount
    else {
      throw LetheError(
        .damage,
        "the root page does not open with the root in the cell; bring back the current cell, or put the pages back with "
          + "`lethe restore` from a replica")
    }
    let page = try RootPage(view)
    var children = Children()
    for (place, child) in page.children.enumerated() {
      let isOfEpoch = child.writtenBy == .thisEpoch
      switch extent {
      case .all: break
      case .pagesOfItsEpoch: guard isOfEpoch else { continue }
      case .storeKeys: guard child.key.page.blockNumber?.plane == .store else { continue }
      }
      let key = try pageKeys.withBytes { (bytes) throws(LetheError) in
        try Secret(
          copying: bytes.extracting(
            place * PageFormat.pageKeyByteCount..<(place + 1) * PageFormat.pageKeyByteCount))
      }
      do throws(LetheError) {
        try children.open(child, key, from: pages, storeID: root.storeID)
      } catch {
        let isBad = error.code == .damage || error.code == .format
        guard isBad, demand == .rootPage || !isOfEpoch else { throw error }
        children.missing.insert(child.key.page)
      }
    }
    return VaultState(
      storeID: root.storeID, pair: root.pair, rootRow: row.key, rootCommitment: view.commitment, page: page,
      pageKeys: pageKeys,
      trees: children.trees, fences: children.fences, missing: children.missing)
  }

  private struct Children {
    var trees: [PageID: PuncturedTree] = [:]
    var fences: [FencePage] = []
    var missing: Set<PageID> = []

    mutating func open(
      _ child: PageReference, _ key: borrowing Secret, from pages: any PageStore, storeID: [UInt8]
    ) throws(LetheError) {
      guard let bytes = try pages.page(child.key) else { throw .pageDamage }
      guard PageRow(key: child.key, bytes: bytes).hash == child.hash else { throw .pageDamage }
      let view = try PageView(bytes)
      guard view.id == child.key.page, view.storeID == storeID else { throw .pageDamage }
      switch view.kind {
      case .block: trees[view.id] = try BlockPage.open(view, key: key)
      case .fence: fences.append(try FencePage.open(view, key: key))
      case .root: throw .pageDamage
      }
    }
  }
}
