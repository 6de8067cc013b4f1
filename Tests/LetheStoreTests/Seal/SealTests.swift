import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheStore

@Suite struct SealTests {
  private static func isThere(_ block: UInt64, _ subject: Int, slot: Int = 0, in store: Store) throws -> Bool {
    try store.commitment(of: SubjectIndex(block: block, subject: subject).kid(slot: slot)) != nil
  }

  @Test func `new subjects come from a fresh block, and keys that nobody was given are gone`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in
      for (number, name) in ["anna", "bert"].enumerated() { try await store.append(number, of: name) }
      #expect(try Self.isThere(0, 2, in: store) && Self.isThere(63, 1023, in: store))
      let sealing = try store.seal()
      #expect(
        sealing
          == Sealing(
            epochBefore: 1, epochAfter: 2, openedBlocks: [64], droppedSubjects: 64 * 1024 - 2, holdup: nil))
      #expect(try !Self.isThere(0, 2, in: store) && !Self.isThere(63, 1023, in: store))
      // Those who are known go on, with slots that they may open yet.
      #expect(try Self.isThere(0, 1, slot: 15, in: store))
      try await store.append(3, of: "bert")
      try await store.append(4, of: "cleo")
    }
    try await home.session { (store) async throws in
      try await store.append(5, of: "dora")
      #expect(try store.subjectIndex(ofSubject: "cleo") == SubjectIndex(block: 64, subject: 0))
      #expect(try store.subjectIndex(ofSubject: "dora") == SubjectIndex(block: 64, subject: 1))
      #expect(try store.items().allSatisfy { $0.state == .open })
      let again = try store.seal()
      #expect(again.openedBlocks == [128] && again.droppedSubjects == 64 * 1024 - 2)
      try forget("bert", in: store)
      try await store.append(6, of: "emil")
      #expect(try store.subjectIndex(ofSubject: "emil") == SubjectIndex(block: 128, subject: 0))
    }
  }

  static let stops = CommitCrashTests.stops.filter { step, _ in
    ![ObservedStep.tombstone, .action(.writeShards), .action(.verifyShards), .action(.recordDestroyed)].contains(step)
  }

  /// The last of them is between the commit and the `BlocksOpened` behind it.
  @Test(arguments: stops)
  func `a seal that stops at any step is whole or not at all, and no index without keys is given`(
    step: ObservedStep, moment: CommitMoment
  ) async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in try await store.append(1, of: "anna") }
    let stop = CommitCrashTests.Stop(step, moment)
    try await home.crashedSession(stop.observer) { (store) async throws in
      stop.arm()
      #expect(throws: LetheError.self) { try store.seal() }
    }
    #expect(stop.hasStopped)
    try await home.session { (store) async throws in
      try await store.append(2, of: "bert")
      let bert = try #require(try store.subjectIndex(ofSubject: "bert"))
      let isSealed = try !Self.isThere(0, 5, in: store)
      #expect(try isSealed == !Self.isThere(63, 5, in: store))
      #expect(isSealed ? bert.block >= 64 : bert.block < 64)
      #expect(try store.items().map(\.state) == [.open, .open])
      _ = try store.seal()
      try await store.append(3, of: "cleo")
      #expect(try store.items().allSatisfy { $0.state == .open })
    }
  }

  @Test func `a store that goes on after the commit alone, with no block opened behind it, gives fresh indexes`()
    async throws
  {
    let home = try TestHome()
    let stop = CommitCrashTests.Stop(.action(.deleteUnreachable), .after)
    let store = try home.open(stop.observer)
    try await store.append(1, of: "anna")
    stop.arm()
    #expect(throws: LetheError.self) { try store.seal() }
    try await store.append(2, of: "bert")
    #expect(try store.subjectIndex(ofSubject: "bert") == SubjectIndex(block: 64, subject: 0))
    try store.close()
    try await home.session { (store) async throws in
      try await store.append(3, of: "cleo")
      #expect(try store.subjectIndex(ofSubject: "cleo") == SubjectIndex(block: 64, subject: 1))
    }
  }

  @Test func `while a replica is away a seal is refused and nothing changes`() async throws {
    let home = try await ReplicaHome(replicas: 1)
    try home.takeAway(1)
    try await home.home.session { (store) async throws in
      let count = store.count
      let refused = #expect(throws: LetheError.self) { try store.seal() }
      #expect(refused?.code == .io && refused?.message.contains("replica 1") == true)
      #expect(store.count == count && store.parts.vault.epoch == 1)
      try await store.append(20, of: "dora")
      #expect(try store.subjectIndex(ofSubject: "dora") == SubjectIndex(block: 0, subject: 3))
    }
    try home.bringBack(1)
    try await home.home.session { (store) async throws in #expect(try store.seal().openedBlocks == [64]) }
  }

  @Test func `while a cell is away that it takes, a seal is refused and nothing changes`() async throws {
    let home = try await CellHome(cells: [1, 1])
    try home.takeAway(2)
    try await home.home.session { (store) async throws in
      let (count, epoch) = (store.count, store.parts.vault.epoch)
      let refused = #expect(throws: LetheError.self) { try store.seal() }
      #expect(refused?.code == .io && refused?.place == "cell 2")
      #expect(store.count == count && store.parts.vault.epoch == epoch)
      #expect(try Self.isThere(0, 5, in: store))
    }
  }

  @Test func `a cell that goes away under way leaves the seal to be finished, and fresh blocks in use`() async throws {
    let home = try await CellHome(cells: [1, 1])
    let away: CommitObserver = { (step, when) throws(LetheError) in
      if step == .action(.recordEpoch), when == .before, home.files.exists(home.path(2)) {
        do { try home.takeAway(2) } catch { throw LetheError(.io, "\(error)") }
      }
    }
    let store = try home.home.open(away)
    let sealing = try store.seal()
    #expect(sealing.holdup?.place == "cell 2" && sealing.openedBlocks == [64])
    try await store.append(20, of: "dora")
    #expect(try store.subjectIndex(ofSubject: "dora") == SubjectIndex(block: 64, subject: 0))
    try store.close()
    try home.bringBack(2)
    try await home.home.session { (store) async throws in
      #expect(store.holdup == nil)
      try home.checkReading(store)
    }
    #expect(try home.labels(2).count == 1 && home.labels(2).first?.pair == home.labels(1).first?.pair)
  }

  @Test func `after a log lost its end, a seal keeps the keys of those who may stand in lost records`() async throws {
    let home = try await ShorterLogTests.withLostTail()
    try home.makeMachine()
    _ = try home.restore(.accept)
    try await home.session(of: MemoryHome.machine) { (store) async throws in
      try await store.append(30, of: "finn")
      let sealing = try store.seal()
      #expect(try Self.isThere(0, 4, in: store) && !Self.isThere(64, 1, in: store))
      #expect(sealing.openedBlocks == [128] && sealing.droppedSubjects == 64 * 1024 - 1)
      try await store.append(31, of: "gina")
      #expect(try store.items().suffix(2).allSatisfy { $0.state == .open })
    }
  }
}
