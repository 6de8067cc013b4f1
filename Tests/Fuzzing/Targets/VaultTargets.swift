#if Fuzzing
  internal import LetheCrypto
  internal import LetheSystem
  internal import LetheTesting
  @testable internal import LetheVault

  private let storeID = [UInt8](1...16)

  /// The same at every call, as keys have one owner.
  private func fixedKey() throws(LetheError) -> Secret { try Secret(count: 32, random: SeededRandom(seed: 1)) }

  private func secret(_ bytes: [UInt8]) throws(LetheError) -> Secret {
    try bytes.withByteSpan { (bytes) throws(LetheError) in try Secret(copying: bytes) }
  }

  private func digest(_ number: UInt8) -> Digest { SHA256.hash([number].span.bytes) }

  extension FuzzTarget {
    /// A vault page. Behind a first byte of 1, 2 or 3 come id, epoch, count, shape and content of a page of that kind,
    /// which is sealed before it is read; behind any other the bytes of a page as they are.
    static let page = FuzzTarget(name: "page") { () throws(LetheError) in
      let pages = try Self.samplePages()
      return pages.map { [0] + $0.bytes } + pages.map { $0.input }
    } check: { bytes in
      var input = Input(bytes)
      let kind = PageKind(rawValue: input.byte())
      guard let kind else { return checkView(Array(input.rest)) }
      let id = PageID(rawValue: UInt64(kind.rawValue) << 56 | input.number(UInt64.self) & (1 << 56 - 1))
      let epoch = input.number(UInt64.self)
      let count = Int(input.number(UInt32.self))
      let shape = input.bytes(Int(input.number(UInt16.self)))
      let draft = PageDraft(kind: kind, id: id, epoch: epoch, count: count, shape: shape)
      let sealed = succeeding("a page is sealed") { () throws(LetheError) in
        try draft.seal(secret(Array(input.rest)), key: fixedKey(), storeID: storeID, random: SeededRandom(seed: 4))
      }
      checkView(sealed)
      let again = allowing(.damage) { () throws(LetheError) in try Self.resealed(PageView(sealed)) }
      if let again { expect(again == sealed, "a page is sealed again as it was") }
    }

    private static func checkView(_ bytes: [UInt8]) {
      guard let view = allowing(.damage, .format, decode: { () throws(LetheError) in try PageView(bytes) }) else {
        return
      }
      let head = ByteWriter.bytes { writer in
        writer.put(PageFormat.magic)
        writer.put(PageFormat.suite)
        writer.put(view.kind.rawValue)
        writer.put(UInt16(0))
        writer.put(view.storeID)
        writer.put(view.id.rawValue)
        writer.put(view.epoch)
        writer.put(UInt32(view.count))
        writer.put(view.nonce)
        writer.put(view.commitment.bytes)
        writer.putCounted(view.shape)
      }
      expect(bytes.starts(with: head), "a page's head is encoded as it was read")
      _ = allowing(.damage) { () throws(LetheError) in try Self.resealed(view) }
    }

    /// The page under the same key and nonce, from what was read of it.
    private static func resealed(_ view: PageView) throws(LetheError) -> [UInt8] {
      let random = SeededRandom(seed: 4)
      switch view.kind {
      case .block:
        return try BlockPage.seal(
          BlockPage.open(view, key: fixedKey()), epoch: view.epoch, key: fixedKey(), storeID: view.storeID,
          random: random)
      case .fence:
        return try FencePage.open(view, key: fixedKey()).seal(
          epoch: view.epoch, key: fixedKey(), storeID: view.storeID, random: random)
      case .root:
        let page = try RootPage(view)
        guard let content = try view.open(fixedKey()) else { throw .pageDamage }
        return try page.seal(content, key: fixedKey(), storeID: view.storeID, random: random)
      }
    }

    private static func samplePages() throws(LetheError) -> [(bytes: [UInt8], input: [UInt8])] {
      guard let shape = BlockShape(checking: [4, 10, 44, 0x2000 + 0x1fff]), let half = FencePrefix(length: 1, bits: 0),
        let version = PageVersion([UInt8](repeating: 7, count: 16)),
        let caseID = CaseID([UInt8](repeating: 9, count: 16))
      else { return [] }
      let keys = [UInt8](repeating: 3, count: 32 * shape.count)
      let low = (0...255 as ClosedRange<UInt8>).map { digest($0) }.filter { half.contains($0) }.prefix(3)
      let entries = low.map { FenceEntry(value: $0, owners: [digest(1), digest(2)]) }.sorted()
      let fence = ByteWriter.bytes { writer in
        for entry in entries {
          writer.put(entry.value.bytes)
          writer.put(UInt32(entry.owners.count))
          for owner in entry.owners { writer.put(owner.bytes) }
        }
      }
      let children: [PageID] = [.block(.subjects, 6), .block(.store, 0), .fence(.all)]
      let root = RootPage(
        epoch: 12,
        children: children.map {
          PageReference(key: PageRow.Key(page: $0, version: version), hash: digest(5), writtenBy: .thisEpoch)
        },
        shards: [
          ShardEntry(number: 0, kid: KeyID(plane: .shards, block: 0, subject: 1, slot: 2), commitment: digest(7))
        ],
        nextShardKid: KeyID(plane: .shards, block: 0, subject: 1, slot: 3),
        punctures: [
          Puncture(SubjectIndex(block: 6, subject: 513).node, cause: .forgetCase(caseID)),
          Puncture(KeyNode(plane: .subjects, block: 7, depth: 3, prefix: 1), cause: .seal),
          Puncture(KeyNode(KeyID(plane: .shards, block: 0, subject: 1, slot: 1)), cause: .shard),
        ])
      let pageKeys = [UInt8](repeating: 8, count: 32 * children.count)
      let sealedRoot = try root.seal(
        secret(pageKeys), key: fixedKey(), storeID: storeID, random: SeededRandom(seed: 4))
      let rootShape = try PageView(sealedRoot).shape
      let heap = ByteWriter.bytes { writer in for node in shape.heap { writer.put(node) } }
      return [
        try sample(.block, .block(.subjects, 6), shape.count, heap, keys),
        try sample(.fence, .fence(half), entries.count, [], fence),
        try sample(.root, .root, children.count, rootShape, pageKeys),
      ]
    }

    private static func sample(
      _ kind: PageKind, _ id: PageID, _ count: Int, _ shape: [UInt8], _ content: [UInt8]
    ) throws(LetheError) -> (bytes: [UInt8], input: [UInt8]) {
      let draft = PageDraft(kind: kind, id: id, epoch: 12, count: count, shape: shape)
      let bytes = try draft.seal(
        secret(content), key: fixedKey(), storeID: storeID, random: SeededRandom(seed: 4))
      let input = ByteWriter.bytes { writer in
        writer.put(kind.rawValue)
        writer.put(id.rawValue)
        writer.put(12 as UInt64)
        writer.put(UInt32(count))
        writer.put(UInt16(shape.count))
        writer.put(shape)
        writer.put(content)
      }
      return (bytes, input)
    }

    /// A slot of a root cell behind a mode, filled up with zeros. An odd mode gives it the hashes that fit.
    static let rootSlot = FuzzTarget(name: "root-slot") { () throws(LetheError) in
      let lock = SlotLock(
        kind: .passphrase, cost: Scrypt.Cost(rounds: 10, blocks: 8, lanes: 1), salt: [UInt8](0..<32))
      let claim = CellClaim(instance: [UInt8](16..<32), counter: 5, term: 6)
      var seeds = [[0] + bytes(try RootSlot.retired()), [0]]
      for claim in [nil, .unclaimed, claim] {
        let share = RootShare(
          ShareLabel(
            storeID: storeID, pair: RootPair(epoch: 3, rootPageHash: digest(1)), threshold: 1, shareCount: 1, index: 1,
            claim: claim),
          secret: try fixedKey())
        let sealed = try SealedShare(share, lock, SealingKey(fixedKey()), SeededRandom(seed: 2))
        for slot in [bytes(try RootSlot.encode(share)), bytes(try RootSlot.encode(sealed))] {
          seeds += [[0] + slot, [1] + slot[..<slotEnd]]
        }
      }
      return seeds
    } check: { input in
      var slot = Array(input.dropFirst().prefix(RootSlot.byteCount))
      slot += [UInt8](repeating: 0, count: RootSlot.byteCount - slot.count)
      let version = SlotVersion(rawValue: UInt16(slot[8]) | UInt16(slot[9]) << 8)
      if (input.first ?? 0) & 1 == 1 {
        for range in [SlotVersion.head, version?.hashedSecond].compactMap(\.self) {
          slot.replaceSubrange(
            range.upperBound..<range.upperBound + Digest.byteCount,
            with: SHA256.hash(slot.span.bytes.extracting(range)).bytes)
        }
      }
      let read = allowing(.format) { () throws(LetheError) in try RootSlot(secret(slot)) }
      switch read {
      case .sealed(let share): checkSealed(share, version, slot)
      case .share(let share):
        let encoded = succeeding("a share is encoded") { () throws(LetheError) in bytes(try RootSlot.encode(share)) }
        // The format before did not look at what is reserved.
        expectSame(encoded, slot, version, butFor: share.label.carriesClaim ? 13..<13 : 13..<16)
      case .torn, .blank, nil: return
      }
    }

    private static func checkSealed(_ share: SealedShare, _ version: SlotVersion?, _ slot: [UInt8]) {
      let encoded = succeeding("a sealed share is encoded") { () throws(LetheError) in
        bytes(try RootSlot.encode(share))
      }
      // A key file has no cost: the format before ignored what is in its place, and authenticates zeros.
      let isExact = share.label.carriesClaim || share.lock.kind == .passphrase
      expectSame(encoded, slot, version, butFor: isExact ? 14..<14 : 14..<16)
      let opened = succeeding("a sealed share is tried") { () throws(LetheError) in
        try share.open(SealingKey(fixedKey())).map { $0.label }
      }
      expect(opened == nil || opened == share.label, "only what was sealed opens")
    }

    /// Compares what the hashes cover.
    private static func expectSame(
      _ encoded: [UInt8], _ slot: [UInt8], _ version: SlotVersion?, butFor ignored: Range<Int>
    ) {
      for range in [SlotVersion.head, version?.hashedSecond].compactMap(\.self) {
        for index in range where !ignored.contains(index) {
          // The first hash covers what is ignored.
          guard ignored.isEmpty || !(104..<136).contains(index) else { continue }
          expect(encoded[index] == slot[index], "a share is encoded as it was read")
        }
      }
    }

    /// The end of the longest slot.
    private static let slotEnd = 272

    private static func bytes(_ secret: borrowing Secret) -> [UInt8] { secret.withBytes { [UInt8](copying: $0) } }
  }
#endif
