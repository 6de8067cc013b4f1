import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheVault

/// Slots of all versions, those of the format before built by hand from what `RootSlot` documents.
@Suite struct SlotVersionTests {
  private static let claim = CellClaim(instance: [UInt8](64..<80), counter: 5, term: 6)
  private static let share = RootCellConformance.share(3, 7, claim)
  private static let shareBefore = RootCellConformance.share(3, 7, nil)
  private static let keyFile = [UInt8](100..<140)

  private static let seal = CellSeal(.keyFile, name: "cell 1") { () throws(LetheError) in
    try keyFile.withByteSpan { (bytes) throws(LetheError) in try Secret(copying: bytes) }
  }

  private static func cell(_ bytes: [UInt8], sealedBy seal: CellSeal? = nil) throws -> FileRootCell {
    let files = MemoryFileSystem()
    _ = try FileRootCell(path: "root.cell", .create, in: files, random: SeededRandom(), inspect: { _ in nil })
    files.damage("root.cell") { $0.replaceSubrange(0..<bytes.count, with: bytes) }
    return try FileRootCell(
      path: "root.cell", .open, sealedBy: seal, in: files, random: SeededRandom(), inspect: { _ in nil })
  }

  private static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] { SHA256.hash(Array(bytes)).bytes }

  private static func bytes(of share: RootShare) -> [UInt8] {
    share.secret.withBytes { [UInt8](copying: $0) }
  }

  /// The bytes 0..<72 of a slot.
  private static func clear(_ version: UInt8, how: [UInt8], _ label: ShareLabel) -> [UInt8] {
    Array("lethecel".utf8) + [version, 0, UInt8(label.threshold), UInt8(label.shareCount), UInt8(label.index)] + how
      + label.storeID + withUnsafeBytes(of: label.pair.epoch.littleEndian) { Array($0) }
      + label.pair.rootPageHash.bytes
  }

  /// A slot of version 1 without the zeros behind it.
  static func plainBefore(_ share: RootShare) -> [UInt8] {
    let head = clear(1, how: [0, 0, 0], share.label) + bytes(of: share)
    return head + hash(head)
  }

  /// A slot of version 2 without the zeros behind it.
  private static func sealedBefore(_ share: RootShare) throws -> [UInt8] {
    let (salt, nonce) = ([UInt8](0..<32), [UInt8](200..<224))
    let head = clear(2, how: [1, 0, 0], share.label) + salt
    let material = try Secret(copying: keyFile.span.bytes)
    let key = try HMACSHA256.derive(from: material, label: "lethe/v1/cell/keyfile", context: salt.span.bytes)
    let sealed = try SealingKey(key).seal(share.secret, nonce: nonce, authenticating: head)
    return head + hash(head) + nonce + sealed + hash(nonce + sealed)
  }

  private static func staged(_ share: RootShare, sealedBy seal: CellSeal?) throws -> [UInt8] {
    let files = MemoryFileSystem()
    let cell = try FileRootCell(
      path: "root.cell", .create, sealedBy: seal, in: files, random: SeededRandom(), inspect: { _ in nil })
    try cell.stage(share, besides: nil)
    return Array(try #require(files.content(of: "root.cell"))[..<RootSlot.byteCount])
  }

  private static func slot(_ version: SlotVersion) throws -> [UInt8] {
    switch version {
    case .plainBefore: plainBefore(shareBefore)
    case .sealedBefore: try sealedBefore(shareBefore)
    case .plain: try staged(share, sealedBy: nil)
    case .sealed: try staged(share, sealedBy: seal)
    }
  }

  @Test(arguments: SlotVersion.allCases)
  func `a slot of each version opens, with its claim if it has one`(version: SlotVersion) throws {
    let cell = try Self.cell(Self.slot(version), sealedBy: Self.seal)
    let expected = version.carriesClaim ? Self.share : Self.shareBefore
    #expect(try cell.labels() == [expected.label])
    #expect(try cell.labels().contains(where: \.carriesClaim) == version.carriesClaim)
    let found = try #require(try cell.readAll().first)
    #expect(found.label == expected.label && Self.bytes(of: found) == Self.bytes(of: expected))
  }

  @Test(arguments: [SlotVersion.plainBefore, .sealedBefore])
  func `a share staged beside one of the format before is of the new format`(version: SlotVersion) throws {
    let cell = try Self.cell(Self.slot(version), sealedBy: version.isSealed ? Self.seal : nil)
    let next = RootCellConformance.share(4, 8, Self.claim)
    try cell.stage(next, besides: Self.share.pair)
    #expect(try cell.labels().map(\.claim) == [nil, Self.claim])
    #expect(try cell.retire(allBut: next.pair).erasedSlotCount == 1)
    #expect(try cell.readAll().map(\.label) == [next.label])
  }

  @Test(arguments: SlotVersion.allCases)
  func `a slot with any bit changed is torn, and never another claim or share`(version: SlotVersion) throws {
    let whole = try Self.slot(version)
    let count = try #require(whole.lastIndex { $0 != 0 }) + 1
    let padding = [UInt8](repeating: 0, count: RootSlot.byteCount - whole.count)
    for index in 0..<count {
      for bit in 0..<8 {
        var bytes = whole + padding
        bytes[index] ^= 1 << bit
        guard case .torn = try RootSlot(Secret(copying: bytes.span.bytes)) else {
          Issue.record("bit \(bit) of byte \(index)")
          continue
        }
      }
    }
  }

  @Test(arguments: [SlotVersion.plain, .sealed])
  func `the beginning of one slot before the rest of another is torn`(version: SlotVersion) throws {
    let seal = version.isSealed ? Self.seal : nil
    let other = RootCellConformance.share(3, 7, RootCellConformance.claim(9, counter: 6, term: 6))
    let slots = [try Self.staged(Self.share, sealedBy: seal), try Self.staged(other, sealedBy: seal)]
    for cut in 0..<300 {
      let bytes = slots[0][..<cut] + slots[1][cut...]
      if slots.contains(where: { $0.elementsEqual(bytes) }) { continue }
      guard case .torn = try RootSlot(Secret(copying: Array(bytes).span.bytes)) else {
        Issue.record("cut at \(cut)")
        continue
      }
    }
  }

  /// Hashes are no secret: who can write a cell can make them fit.
  private static func rehash(_ bytes: inout [UInt8], _ version: SlotVersion) {
    for range in [0..<104, version.isSealed ? 0..<240 : 0..<168] {
      bytes.replaceSubrange(range.upperBound..<range.upperBound + 32, with: hash(bytes[range]))
    }
  }

  @Test func `a sealed share does not open with another claim, though the hashes fit`() throws {
    for index in 72..<104 {
      for bit in 0..<8 where bit < 7 || !(index == 95 || index == 103) {
        var bytes = try Self.slot(.sealed)
        bytes[index] ^= 1 << bit
        Self.rehash(&bytes, .sealed)
        let cell = try Self.cell(bytes, sealedBy: Self.seal)
        #expect(throws: LetheError(.missingKey, ""), "bit \(bit) of byte \(index)") { try cell.readAll() }
      }
    }
  }

  @Test func `a sealed share does not open as one of the format before`() throws {
    let slot = try Self.slot(.sealed)
    var head = Array(slot[0..<72] + slot[136..<168])
    head[8] = 2
    let bytes = head + Self.hash(head) + slot[168..<240] + Self.hash(slot[168..<240])
    let cell = try Self.cell(bytes, sealedBy: Self.seal)
    #expect(try cell.labels().map(\.claim) == [nil])
    #expect(throws: LetheError(.missingKey, "")) { try cell.readAll() }
  }

  @Test(arguments: [SlotVersion.plain, .sealed], [95, 103])
  func `a counter or a term past its bound is refused`(version: SlotVersion, lastByte: Int) throws {
    for number in [0x7F, 0x80, 0xFF] as [UInt8] {
      var bytes = try Self.slot(version)
      bytes[lastByte] = number
      Self.rehash(&bytes, version)
      let cell = try Self.cell(bytes, sealedBy: Self.seal)
      if number == 0x7F {
        #expect(try cell.labels().count == 1)
      } else {
        let error = #expect(throws: LetheError(.format, "")) { try cell.labels() }
        #expect(error?.message.contains("counter") == true)
      }
    }
  }

  @Test(arguments: [SlotVersion.plain, .sealed], 13..<16)
  func `what is reserved is zero, or of a later version`(version: SlotVersion, index: Int) throws {
    var bytes = try Self.slot(version)
    bytes[index] ^= 0x40
    Self.rehash(&bytes, version)
    #expect(throws: LetheError(.format, "")) { try Self.cell(bytes, sealedBy: Self.seal).labels() }
  }

  @Test(arguments: SlotVersion.allCases)
  func `a slot is written as it was read`(version: SlotVersion) throws {
    let bytes = try Self.slot(version)
    let padded = bytes + [UInt8](repeating: 0, count: RootSlot.byteCount - bytes.count)
    let written: Secret
    switch try RootSlot(Secret(copying: padded.span.bytes)) {
    case .share(let share): written = try RootSlot.encode(share)
    case .sealed(let share): written = try RootSlot.encode(share)
    case .torn, .blank: throw LetheError(.damage, "the slot does not open")
    }
    #expect(written.withBytes { [UInt8](copying: $0) } == padded)
  }
}
