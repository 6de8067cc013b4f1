import LetheCrypto
import LetheSystem
import LetheTesting
import Testing

@testable import LetheVault

@Suite struct SealedCellTests {
  private static func share(_ epoch: UInt64, _ number: UInt64, _ claim: CellClaim = .unclaimed) -> RootShare {
    RootCellConformance.share(epoch, number, claim)
  }

  /// The cheapest that is accepted.
  private static let cost = Scrypt.Cost(rounds: 10, blocks: 8, lanes: 1)

  private static func seal(_ kind: CellSeal.Kind, _ text: String = "correct horse battery staple, again") -> CellSeal {
    CellSeal(kind, name: "cell 2", cost: cost) { () throws(LetheError) in
      try Array(text.utf8).withByteSpan { (bytes) throws(LetheError) in try Secret(copying: bytes) }
    }
  }

  private static func cell(
    _ files: MemoryFileSystem, _ seal: CellSeal?, _ access: FileRootCell.Access = .open
  ) throws -> FileRootCell {
    try FileRootCell(
      path: "root.cell", access, sealedBy: seal, in: files, random: SeededRandom(seed: 9), inspect: { _ in nil })
  }

  @Test(arguments: RootCellConformance.cases)
  func `sealed by a passphrase`(example: ConformanceCase<any RootCell>) throws {
    try example.check(Self.cell(MemoryFileSystem(), Self.seal(.passphrase), .create))
  }

  @Test(arguments: RootCellConformance.cases)
  func `sealed by a key file, on this machine's disk`(example: ConformanceCase<any RootCell>) throws {
    let folder = TemporaryDirectory()
    try example.check(
      FileRootCell(path: folder.path("cell"), .create, sealedBy: Self.seal(.keyFile), random: SystemRandom()))
  }

  /// The slot as `RootSlot` describes it, opened with nothing but libcrypto's primitives.
  @Test(arguments: [CellSeal.Kind.keyFile, .passphrase])
  func `golden bytes`(kind: CellSeal.Kind) throws {
    let files = MemoryFileSystem()
    let claim = CellClaim(instance: [UInt8](32..<48), counter: 0x0304, term: 0x0506)
    try Self.cell(files, Self.seal(kind), .create).stage(Self.share(0x0102, 7, claim), besides: nil)
    let bytes = try #require(files.content(of: "root.cell"))
    let how: [UInt8] = kind == .passphrase ? [2, 10, 1] : [1, 0, 0]
    #expect(Array(bytes[0..<16]) == Array("lethecel".utf8) + [4, 0, 1, 1, 1] + how)
    #expect(Array(bytes[16..<32]) == storeID && Array(bytes[32..<40]) == [2, 1, 0, 0, 0, 0, 0, 0])
    #expect(Array(bytes[40..<72]) == digest(7).bytes && Array(bytes[72..<88]) == [UInt8](32..<48))
    #expect(Array(bytes[88..<104]) == [4, 3, 0, 0, 0, 0, 0, 0, 6, 5, 0, 0, 0, 0, 0, 0])
    #expect(Array(bytes[104..<136]) == SHA256.hash(Array(bytes[..<104])).bytes)
    #expect(Array(bytes[240..<272]) == SHA256.hash(Array(bytes[..<240])).bytes)
    #expect(bytes[272...].allSatisfy { $0 == 0 })
    let text = try Secret(copying: Array("correct horse battery staple, again".utf8).span.bytes)
    let salt = Array(bytes[136..<168])
    let key =
      switch kind {
      case .passphrase: try Scrypt.derive(from: text, salt: salt.span.bytes, Self.cost)
      case .keyFile: try HMACSHA256.derive(from: text, label: "lethe/v1/cell/keyfile", context: salt.span.bytes)
      }
    let opened = try SealingKey(key).open(
      Array(bytes[192..<240]), nonce: Array(bytes[168..<192]), authenticating: Array(bytes[..<168]))
    #expect(opened == Self.share(1, 7).secret.withBytes { [UInt8](copying: $0) })
  }

  @Test func `every slot has a nonce of its own`() throws {
    let files = MemoryFileSystem()
    let cell = try Self.cell(files, Self.seal(.keyFile), .create)
    var seen: Set<[UInt8]> = []
    for epoch in 1...20 as ClosedRange<UInt64> {
      try cell.stage(Self.share(epoch, epoch), besides: nil)
      _ = try cell.retire(allBut: Self.share(epoch, epoch).pair)
      let bytes = try #require(files.content(of: "root.cell"))
      for slot in [0, 4096] where bytes[slot] == UInt8(ascii: "l") && bytes[slot + 8] == 4 {
        seen.insert(Array(bytes[slot + 168..<slot + 192]))
      }
    }
    #expect(seen.count == 20)
  }

  @Test func `labels are read and slots erased without the key, shares are not read`() throws {
    let files = MemoryFileSystem()
    let cell = try Self.cell(files, Self.seal(.passphrase), .create)
    try cell.stage(Self.share(1, 1), besides: nil)
    try cell.stage(Self.share(2, 2), besides: Self.share(1, 1).pair)
    let none = CellSeal(.passphrase, name: "cell 2") { () throws(LetheError) in throw LetheError(.missingKey, "none") }
    for seal in [nil, none] {
      let closed = try Self.cell(files, seal)
      #expect(try closed.labels().map(\.pair.epoch) == [1, 2])
      #expect(throws: LetheError(.missingKey, "")) { try closed.readAll() }
      #expect(throws: LetheError(.missingKey, "")) { try closed.stage(Self.share(3, 3), besides: nil) }
    }
    let closed = try Self.cell(files, none)
    #expect(try closed.retire(allBut: Self.share(2, 2).pair).erasedSlotCount == 1)
    #expect(try cell.readAll().map(\.pair.epoch) == [2])
    #expect(try closed.retire(allBut: nil).erasedSlotCount == 1)
    #expect(files.content(of: "root.cell")?.contains(2) == false)
  }

  @Test(arguments: [CellSeal.Kind.keyFile, .passphrase])
  func `a wrong key is no damage, and changes nothing`(kind: CellSeal.Kind) throws {
    let files = MemoryFileSystem()
    try Self.cell(files, Self.seal(kind), .create).stage(Self.share(1, 1), besides: nil)
    let before = files.content(of: "root.cell")
    let other: CellSeal.Kind = kind == .keyFile ? .passphrase : .keyFile
    for seal in [Self.seal(kind, "another horse battery staple, again"), Self.seal(other)] {
      let cell = try Self.cell(files, seal)
      for attempt in [{ _ = try cell.readAll() }, { try cell.stage(Self.share(2, 2), besides: nil) }] {
        let error = #expect(throws: LetheError.self, performing: attempt)
        #expect(error?.code == .missingKey && error?.message.hasPrefix("cell 2 does not open with ") == true)
        #expect(error?.message.contains("horse") == false)
      }
    }
    #expect(files.content(of: "root.cell") == before)
  }

  @Test func `a key file of fewer than 32 bytes is refused`() throws {
    let cell = try Self.cell(MemoryFileSystem(), Self.seal(.keyFile, String(repeating: "x", count: 31)), .create)
    #expect(throws: LetheError(.missingKey, "")) { try cell.stage(Self.share(1, 1), besides: nil) }
    #expect(try cell.labels().isEmpty)
  }

  @Test func `a share with any byte changed is passed over, and does not open with hashes that fit`() throws {
    let files = MemoryFileSystem()
    let cell = try Self.cell(files, Self.seal(.keyFile), .create)
    try cell.stage(Self.share(1, 1), besides: nil)
    for index in 0..<272 {
      files.damage("root.cell") { $0[index] ^= 0x10 }
      #expect(try cell.readAll().isEmpty, "byte \(index)")
      let torn = try #require(files.content(of: "root.cell"))
      // The numbers of a claim stay in their bounds with this bit changed.
      if (16..<104).contains(index) || (136..<240).contains(index) {
        files.damage("root.cell") { Self.rehash(&$0) }
        #expect(throws: LetheError(.missingKey, ""), "byte \(index)") { try cell.readAll() }
      }
      files.damage("root.cell") {
        $0 = torn
        $0[index] ^= 0x10
      }
    }
    #expect(try cell.readAll().count == 1)
  }

  private static func rehash(_ bytes: inout [UInt8]) {
    bytes.replaceSubrange(104..<136, with: SHA256.hash(Array(bytes[..<104])).bytes)
    bytes.replaceSubrange(240..<272, with: SHA256.hash(Array(bytes[..<240])).bytes)
  }

  @Test func `a slot that asks for all memory is refused before any is taken`() throws {
    let files = MemoryFileSystem()
    try Self.cell(files, Self.seal(.passphrase), .create).stage(Self.share(1, 1), besides: nil)
    for (rounds, lanes) in [(63, 1), (18, 1), (9, 1), (15, 255), (15, 0)] {
      files.damage("root.cell") {
        $0[14] = UInt8(rounds)
        $0[15] = UInt8(lanes)
        Self.rehash(&$0)
      }
      #expect(throws: LetheError(.format, "")) { try Self.cell(files, Self.seal(.passphrase)).readAll() }
    }
  }

  @Test func `whatever call a crash stops, one of the two roots is there`() throws {
    try CellCrash.walk(tearing: [1, 80, 120, 150, 200, 230, 260, 4095]) { (files, access) in
      try Self.cell(files, Self.seal(.keyFile), access)
    }
  }
}
