import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheVault

@Suite struct PageTests {
  private static func key() throws -> Secret { try Secret(count: 32, random: SeededRandom(seed: 99)) }

  private static func tree() throws -> PuncturedTree {
    let whole = try PuncturedTree(plane: .subjects, block: 6, storeID: storeID, random: SeededRandom(seed: 5))
    return try #require(try whole.puncturing(SubjectIndex(block: 6, subject: 513).node))
  }

  private static let fence = FencePage(
    prefix: .all,
    entries: [
      FenceEntry(value: digest(1), owners: []), FenceEntry(value: digest(2), owners: [digest(3), digest(4)]),
    ].sorted())

  private static let root = RootPage(
    epoch: 12,
    children: [
      PageReference(
        key: PageRow.Key(page: .block(.subjects, 6), version: PageVersion([UInt8](repeating: 7, count: 16))!),
        hash: digest(5), writtenBy: .thisEpoch),
      PageReference(
        key: PageRow.Key(page: .fence(.all), version: PageVersion([UInt8](repeating: 8, count: 16))!),
        hash: digest(6), writtenBy: .earlier),
    ],
    shards: [ShardEntry(number: 0, kid: KeyID(plane: .shards, block: 0, subject: 1, slot: 2), commitment: digest(7))],
    nextShardKid: KeyID(plane: .shards, block: 0, subject: 1, slot: 3),
    punctures: [
      forget(SubjectIndex(block: 6, subject: 513), 9),
      Puncture(KeyNode(plane: .subjects, block: 7, depth: 3, prefix: 1), cause: .seal),
      Puncture(KeyNode(KeyID(plane: .shards, block: 0, subject: 1, slot: 1)), cause: .shard),
    ])

  /// One page of each kind, the same at every run.
  private static func bytes(_ kind: PageKind) throws -> [UInt8] {
    let random = SeededRandom(seed: 4)
    switch kind {
    case .block: return try BlockPage.seal(tree(), epoch: 12, key: key(), storeID: storeID, random: random)
    case .fence: return try fence.seal(epoch: 12, key: key(), storeID: storeID, random: random)
    case .root:
      return try root.seal(
        Secret(count: 64, random: SeededRandom(seed: 60)), key: key(), storeID: storeID, random: random)
    }
  }

  private static func open(_ bytes: [UInt8]) throws {
    let view = try PageView(bytes)
    switch view.kind {
    case .block: _ = try BlockPage.open(view, key: key())
    case .fence: _ = try FencePage.open(view, key: key())
    case .root:
      _ = try RootPage(view)
      guard try view.open(key()) != nil else { throw LetheError.pageDamage }
    }
  }

  @Test func `a block page gives back its tree`() throws {
    let page = try PageView(Self.bytes(.block))
    let tree = try BlockPage.open(page, key: Self.key())
    #expect(page.epoch == 12 && page.count == 10 && page.shape.count == 20)
    #expect(try tree.shape == Self.tree().shape)
    let kid = SubjectIndex(block: 6, subject: 600).kid(slot: 3)
    guard let key = try tree.derive(kid), let expected = try Self.tree().derive(kid) else {
      Issue.record("the key lives")
      return
    }
    #expect(key.commitment == expected.commitment)
  }

  @Test func `a fence page gives back its entries`() throws {
    #expect(try FencePage.open(PageView(Self.bytes(.fence)), key: Self.key()) == Self.fence)
  }

  @Test(arguments: [[2, 1], [1, 1]] as [[UInt8]])
  func `owners that do not ascend are damage`(owners: [UInt8]) throws {
    let content = digest(1).bytes + [2, 0, 0, 0] + owners.flatMap { [UInt8](repeating: $0, count: 32) }
    let draft = PageDraft(kind: .fence, id: .fence(.all), epoch: 12, count: 1, shape: [])
    let page = try PageView(
      draft.seal(
        Secret(copying: content.span.bytes), key: Self.key(), storeID: storeID, random: SeededRandom(seed: 4)))
    #expect(throws: LetheError.pageDamage) { try FencePage.open(page, key: Self.key()) }
  }

  @Test func `a root page gives back what it says in clear`() throws {
    #expect(try RootPage(PageView(Self.bytes(.root))) == Self.root)
  }

  /// The sizes of the format comment, and SHA-256 of whole pages: a change of any byte of the format shows here.
  @Test(arguments: [
    (PageKind.block, 96 + 20 + 320 + 16, "20ad4827c1f28658338319e4fbc50573079e176255a690f9ed63fb3aa0e9e263"),
    (.fence, 96 + 36 + 100 + 16, "c8268f5ff0b2f71dc712e499f5a1ef1728a24a6e83061bd437a9bbe0ea9efc97"),
    (
      .root, 96 + 2 * 57 + 4 + 44 + 8 + 4 + 26 + 10 + 10 + 64 + 16,
      "e8cd7c38c855034d437503d872bb00d1093c6a37a86538e66bd221393521e386"
    ),
  ])
  func `golden bytes`(kind: PageKind, count: Int, hash: String) throws {
    let bytes = try Self.bytes(kind)
    #expect(bytes.count == count)
    #expect(SHA256.hash(bytes.span.bytes).description == hash)
  }

  @Test(arguments: [PageKind.block, .fence, .root])
  func `a page with any byte changed, cut or added is refused`(kind: PageKind) throws {
    let bytes = try Self.bytes(kind)
    try Self.open(bytes)
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1 << UInt8(index % 8)
      #expect(throws: LetheError.self, "byte \(index)") { try Self.open(changed) }
      #expect(throws: LetheError.self, "cut at \(index)") { try Self.open(Array(bytes[..<index])) }
    }
    #expect(throws: LetheError.self) { try Self.open(bytes + [0]) }
  }

  @Test(arguments: [PageKind.block, .fence, .root])
  func `a page opens under no other key`(kind: PageKind) throws {
    let other = try Secret(count: 32, random: SeededRandom(seed: 100))
    #expect(try PageView(Self.bytes(kind)).open(other) == nil)
  }

  /// AES-GCM alone lets one page open under two keys; the commitment does not.
  @Test func `a page that authenticates but names another key is refused`() throws {
    let key = try Self.key()
    var clear = Array(try Self.bytes(.fence)[..<PageFormat.headByteCount])
    clear.replaceSubrange(60..<92, with: digest(9).bytes)
    let nonce = Array(clear[48..<60])
    let content = [UInt8](repeating: 1, count: 72)
    var sealed = [UInt8](repeating: 0, count: content.count + 16)
    try sealed.withMutableByteSpan { (out) throws(LetheError) in
      try AES256GCM.seal(
        content.span.bytes, key: key, nonce: nonce.span.bytes, authenticating: clear.span.bytes, into: &out)
    }
    #expect(try PageView(clear + sealed).open(key) == nil)
  }

  @Test func `no page bytes hold key bytes`() throws {
    let pages = try Self.bytes(.block) + Self.bytes(.root)
    var keys: [[UInt8]] = []
    try Self.tree().withKeys { (secret) throws(LetheError) in
      secret.withBytes { keys.append([UInt8](copying: $0)) }
    }
    try Secret(count: 64, random: SeededRandom(seed: 60)).withBytes { keys.append([UInt8](copying: $0)) }
    try Self.key().withBytes { keys.append([UInt8](copying: $0)) }
    let windows = Set(pages.indices.dropLast(7).map { Array(pages[$0..<$0 + 8]) })
    for key in keys {
      for start in stride(from: 0, to: key.count, by: 8) {
        #expect(!windows.contains(Array(key[start..<start + 8])))
      }
    }
  }

  @Test func `nodes that lie in one another are no shape`() {
    #expect(BlockShape(checking: [2, 3]) != nil)
    for heap in [[1, 2], [3, 2], [2, 2], [2, 4], [0], [1 << 15]] as [[UInt16]] {
      #expect(BlockShape(checking: heap) == nil, "\(heap)")
    }
  }

  @Test func `a fence page that grows too large is cut by prefix, and loses nothing`() throws {
    let entries = (0..<5000 as Range<UInt64>).map { FenceEntry(value: digest($0), owners: []) }
    let pages = FencePage(prefix: .all, entries: []).adding(entries)
    #expect(pages.count == 4 && pages.allSatisfy { $0.entries.count <= FencePage.entryLimit })
    for entry in entries {
      let holders = pages.filter { $0.prefix.contains(entry.value) }
      #expect(holders.count == 1 && holders.first?.entry(entry.value) == entry)
    }
    let page = try #require(pages.last)
    let bytes = try page.seal(epoch: 1, key: Self.key(), storeID: storeID, random: SeededRandom())
    #expect(try FencePage.open(PageView(bytes), key: Self.key()) == page)
  }

  @Test func `owners of equal values are united`() {
    let page = FencePage(prefix: .all, entries: [FenceEntry(value: digest(1), owners: [digest(2)])])
    let merged = page.adding([FenceEntry(value: digest(1), owners: [digest(3), digest(2)])])
    #expect(merged.first?.entries == [FenceEntry(value: digest(1), owners: [digest(2), digest(3)])])
  }
}
