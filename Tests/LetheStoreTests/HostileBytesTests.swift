import LetheCrypto
import LetheLog
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheStore

/// Bytes that no version wrote are refused; they never stop the process.
@Suite struct HostileBytesTests {
  private let subject = SubjectIndex(block: 0, subject: 7)

  private func apply(_ facts: [Fact]) throws -> LogOrder {
    var order = LogOrder()
    for (number, fact) in facts.enumerated() {
      let header = RecordHeader(flags: .system, streamID: .system, revision: UInt64(number), parts: [])
      try order.apply(header, clearBody: fact.encoded())
    }
    return order
  }

  @Test(arguments: [UInt64.max, UInt64.max - 1, 1 << 34, (1 << 34) - 1] as [UInt64])
  func `a block number beyond 34 bits is damage`(number: UInt64) throws {
    let facts = [Fact.blocksOpened(plane: .subjects, blocks: [3, number, 3])]
    if number < KeyID.blockLimit {
      let blocks = try apply(facts).facts.blocks
      #expect(blocks.left == 2048)
      #expect(blocks.nextIndex == SubjectIndex(block: 3, subject: 0))
    } else {
      #expect(throws: LetheError(.damage, "")) { try apply(facts) }
    }
  }

  @Test func `facts that cannot follow one another are damage`() throws {
    let stream = try #require(StreamID([UInt8](repeating: 9, count: 16)))
    let cases: [[Fact]] = [
      // Slot 0 of the store's plane, another slot, twice the same.
      [.subjectRegistered(.lookup, commitment: .zero)],
      [.subjectRegistered(subject.kid(slot: 1), commitment: .zero)],
      [
        .subjectRegistered(subject.kid(slot: 0), commitment: .zero),
        .subjectRegistered(subject.kid(slot: 0), commitment: .zero),
      ],
      [.slotOpened(subject.kid(slot: 1), commitment: .zero)],
      // An owner whom nobody registered.
      [.streamCreated(stream, owner: subject)],
      [.streamCreated(stream, owner: nil), .streamCreated(stream, owner: nil)],
    ]
    for facts in cases { #expect(throws: LetheError(.damage, "")) { try apply(facts) } }
    _ = try apply([.subjectRegistered(subject.kid(slot: 0), commitment: .zero), .streamCreated(stream, owner: subject)])
  }

  /// The greatest number would leave none for the next epoch.
  @Test(arguments: [UInt64.max, UInt64.max - 1])
  func `an origin's gap that uses the epochs up is damage`(epoch: UInt64) throws {
    let identity = SigningIdentity(
      storeID: [UInt8](1...16), origin: "lethe.example/log", publicKey: [UInt8](repeating: 1, count: 32))
    let facts: [Fact] = [
      .signingKeyRotated(identity), .originBegan(OriginBeginning(identity: identity, statement: "", former: "")),
      .epochAdvanced(.gap(from: 0, to: epoch)),
    ]
    if epoch < .max {
      #expect(try apply(facts).facts.epoch == epoch)
    } else {
      #expect(throws: LetheError(.damage, "")) { try apply(facts) }
    }
  }

  @Test(arguments: [Int64.min, -2_562_047_789, 2_562_047_789, 1_000_000_000_000, .max])
  func `an hour that no clock reaches is damage`(hour: Int64) throws {
    #expect(throws: LetheError(.damage, "")) { try Fact(decoding: Fact.hourBegan(hour).encoded()) }
    for hour in [-2_562_047_788, 0, 2_562_047_788] as [Int64] {
      #expect(try Fact(decoding: Fact.hourBegan(hour).encoded()) == .hourBegan(hour))
    }
  }

  @Test(arguments: [.min + 1, -719_529, 2_932_897, .max] as [Int32])
  func `a due day outside the years that a date can say is damage`(day: Int32) throws {
    func step(_ day: Int32?) throws -> Fact {
      .caseStep(
        CaseStep(
          caseID: try CaseID.random(from: SeededRandom()), state: .received, staff: [1], dueDay: day, extent: .zero))
    }
    #expect(throws: LetheError(.damage, "")) { try Fact(decoding: step(day).encoded()) }
    for day in [-719_528, 0, 2_932_896, nil] as [Int32?] {
      #expect(try Fact(decoding: step(day).encoded()) == step(day))
    }
  }

  @Test(arguments: [0, 1, 3, 4, UInt32.max])
  func `a number of staff that is not the next one is damage`(number: UInt32) throws {
    #expect(try apply([.staffNamed(1), .staffNamed(2), .staffNamed(3)]).facts.staff.count == 3)
    guard number != 3 else { return }
    #expect(throws: LetheError(.damage, "")) { try apply([.staffNamed(1), .staffNamed(2), .staffNamed(number)]) }
  }

  /// Blocks are made by a commit of the vault before the log may name them.
  @Test(arguments: [1 << 12, 1 << 22, (1 << 34) - 1] as [UInt64])
  func `a log that names blocks which the vault never had is refused, and takes no memory`(block: UInt64) throws {
    let home = try MemoryHome()
    let store = try home.open()
    try store.perform { (writer) throws(LetheError) in
      _ = try writer.record([.init(.blocksOpened(plane: .subjects, blocks: [block]))])
    }
    try store.close()
    #expect(throws: LetheError(.damage, "")) { try home.open() }
  }

  @Test func `an owner beyond 44 bits is damage, not a stream without owner`() throws {
    let stream = try #require(StreamID([UInt8](repeating: 9, count: 16)))
    var bytes = Fact.streamCreated(stream, owner: subject).encoded()
    bytes.replaceSubrange(bytes.count - 8..<bytes.count, with: [0, 0, 0, 0, 0, 16, 0, 0])
    #expect(throws: LetheError(.damage, "")) { try Fact(decoding: bytes) }
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `any change to a fact's or a shard's bytes is another value or damage`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let shard = ShardContent.empty.adding([.zero: .subject(subject)])
    let start = ForgetStart(
      caseID: try CaseID.random(from: SeededRandom()), approval: 1, extent: .zero, nodes: [subject.node])
    let texts = [
      shard.encoded(), Fact.forgetStarted(start).encoded(),
      Fact.blocksOpened(plane: .subjects, blocks: [1]).encoded(),
      Fact.keysDestroyed(
        KeysDestruction(caseID: start.caseID, epoch: 1, nodes: start.nodes, cells: ["file L0"])
      ).encoded(),
      FactDetail(recordedAt: Timestamp(microseconds: 1), texts: ["a", "b"]).encoded(),
    ]
    for text in texts {
      for _ in 0..<200 {
        var bytes = text
        switch generator.next() % 3 {
        case 0: bytes.removeLast(Int(generator.next() % UInt64(bytes.count)))
        case 1: bytes += generator.bytes(1 + Int(generator.next() % 9))
        default:
          bytes[Int(generator.next() % UInt64(bytes.count))] = generator.next() % 2 == 0 ? 0xFF : generator.bytes(1)[0]
        }
        do throws(LetheError) { _ = try Fact(decoding: bytes) } catch {
          #expect([.damage, .format].contains(error.code))
        }
        do throws(LetheError) { _ = try ShardContent(decoding: bytes) } catch {
          #expect(error.code == .damage)
        }
        do throws(LetheError) { _ = try FactDetail(decoding: bytes) } catch { #expect(error.code == .damage) }
      }
    }
  }
}

@Suite struct KeyRingTests {
  @Test func `the ring keeps a bounded number of keys, new ones included`() throws {
    let vault = try Vault.create(
      pages: MemoryPageStore(), cells: CellSet([MemoryRootCell()]), storeID: [UInt8](0..<16), random: SeededRandom()
    ).vault
    let ring = KeyRing(vault: vault, capacity: 8)
    for number in 0..<40 {
      let subject = SubjectIndex(block: 0, subject: number)
      _ = try ring.newKey(subject.kid(slot: 0), at: UInt64(number))
      _ = try ring.indexKey(of: subject)
      #expect(ring.count <= 16)
    }
    _ = try ring.indexKey(of: nil)
    let kid = SubjectIndex(block: 0, subject: 39).kid(slot: 0)
    #expect(ring.keyInUse(kid)?.opened == 39)
    ring.evict([SubjectIndex(block: 0, subject: 39).node])
    #expect(ring.keyInUse(kid) == nil)
  }

  @Test func `categories are told apart by bytes`() {
    let slots = [SlotBook.Slot(number: 1, category: "caf\u{e9}", generation: 1)]
    #expect(slots.slot(for: "cafe\u{301}") == nil)
    #expect(slots.slot(for: "caf\u{e9}")?.number == 1)
  }
}
