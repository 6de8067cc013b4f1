import LethePolicies
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheStore

/// A key that was given to a shard in vain is never given again: what was sealed under it then would open with what is
/// sealed under it now, whatever became of the directory's file meanwhile.
@Suite struct ShardKeyTests {
  /// What becomes of the directory's file after two forgets were broken off.
  enum Loss: CaseIterable, CustomTestStringConvertible {
    case nothing, lost, lostAtFirstEpoch, lostAndNoCommitMeanwhile, older, empty

    var testDescription: String { "\(self)" }
  }

  @Test(arguments: Loss.allCases) func `keys of commits that were broken off are not given again`(
    _ loss: Loss
  ) async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      for answer in await store.append(try Self.requests(0..<8)) { _ = try answer.get() }
      if loss != .lostAtFirstEpoch { try forget("p7", in: store) }
    }
    try await home.session { (store) async throws in _ = try store.addReplica(MemoryHome.replica) }
    let older = home.copy().disk
    let store = try home.open { (step, moment) throws(LetheError) in
      if case .action(.writePages) = step, moment == .before { throw LetheError(.io, "stopped") }
    }
    for id in ["p3", "p4"] { #expect(throws: LetheError(.io, "")) { try forget(id, in: store) } }
    let crashed = home.crashed(.synced)
    // Somebody keeps the file.
    let kept = crashed.copy().disk
    try await Self.lose(loss, crashed, older)
    try await crashed.session { (store) async throws in
      #expect(try Self.opening(kept, in: store).isEmpty)
      #expect(try store.subjectIndex(ofSubject: "p3") == nil && store.subjectIndex(ofSubject: "p4") == nil)
      for id in ["p0", "p1", "p2", "p5", "p6"] { #expect(try store.subjectIndex(ofSubject: id) != nil) }
    }
    withExtendedLifetime(store) {}
  }

  @Test func `keys of rows that could not be synced are not given again`() async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      for answer in await store.append(try Self.requests(0..<8)) { _ = try answer.get() }
      try forget("p7", in: store)
    }
    let store = try home.open()
    let next = store.parts.vault.nextShardKid
    home.disk.faults.decide { call in
      call.kind == .synchronize && call.path.hasSuffix("directory.sqlite-wal") ? .fail : .proceed
    }
    #expect(throws: LetheError(.io, "")) { try forget("p3", in: store) }
    #expect(throws: LetheError(.io, "")) { try store.close() }
    #expect(home.disk.usedAfterFailedSync.isEmpty)
    try await home.crashed(.synced).session { (store) async throws in
      try forget("p4", in: store)
      #expect(store.parts.vault.shards.allSatisfy { $0.kid != next })
      #expect(try store.subjectIndex(ofSubject: "p3") == nil && store.subjectIndex(ofSubject: "p2") != nil)
    }
  }

  @Test func `keys of a forget that a start could not finish are not given again`() async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      for answer in await store.append(try Self.requests(0..<8)) { _ = try answer.get() }
      try forget("p7", in: store)
    }
    let store = try home.open { (step, moment) throws(LetheError) in
      if case .tombstone = step, moment == .after { throw LetheError(.io, "stopped") }
    }
    let next = store.parts.vault.nextShardKid
    #expect(throws: LetheError(.io, "")) { try forget("p3", in: store) }
    // An orderly end behind the last record, before anything is given.
    try store.close()
    // The first two syncs, of the log and its head, are those of the list, which says that keys are being given.
    let syncs = Monitor(0)
    home.disk.faults.decide { call in
      guard call.kind == .synchronize, call.path.hasSuffix("directory.sqlite-wal") else { return .proceed }
      return syncs.withLock { syncs in
        syncs += 1
        return syncs > 2 ? .fail : .proceed
      }
    }
    #expect(throws: LetheError(.io, "")) { try home.open() }
    for survival in [MemoryFileSystem.Survival.synced, .all] {
      try await home.crashed(survival).session { (store) async throws in
        #expect(try store.subjectIndex(ofSubject: "p3") == nil && store.subjectIndex(ofSubject: "p4") != nil)
        #expect(store.parts.vault.shards.allSatisfy { $0.kid != next })
      }
    }
  }

  @Test func `the directory tells of a log that was rolled back, after an end that was not orderly too`() async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      for answer in await store.append(try Self.requests(0..<8)) { _ = try answer.get() }
      try forget("p7", in: store)
    }
    let store = try home.open()
    try await store.append(100, of: "p1")
    let next = home.crashed(.synced)
    try await next.session { (store) async throws in try await store.append(101, of: "p1") }
    let older = next.copy()
    try await next.session { (store) async throws in try await store.append(102, of: "p1") }
    for (from, to) in [(older.disk, next.disk)] {
      for name in try to.contents(of: MemoryHome.home.log) {
        let path = MemoryHome.home.log + "/" + name
        if case .file = try to.entry(at: path) { try to.remove(path) }
        if from.exists(path), case .file = try from.entry(at: path) {
          try to.replace(path, with: from.contents(ofFile: path))
        }
      }
    }
    try next.disk.remove(MemoryHome.home.trustedCheckpoint)
    #expect(throws: LetheError(.rolledBack, "")) { try next.open() }
    withExtendedLifetime(store) {}
  }

  @Test func `shards are cut once the replica is back, without a new start`() async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in _ = try store.addReplica(MemoryHome.replica) }
    home.disk.faults.decide { $0.path.hasPrefix(MemoryHome.replica) ? .fail : .proceed }
    let store = try home.open()
    for answer in await store.append(try Self.requests(0..<1500)) { _ = try answer.get() }
    try store.perform { (writer) throws(LetheError) in try writer.flushDirectory(.always) }
    #expect(store.parts.vault.shards.count == 1)
    home.disk.faults.clear()
    for answer in await store.append(try Self.requests(1500..<1501)) { _ = try answer.get() }
    try store.perform { (writer) throws(LetheError) in try writer.flushDirectory(.always) }
    #expect(store.parts.vault.shards.count > 1)
    try store.close()
  }

  @Test func `a start after an orderly end lets go of no keys`() async throws {
    let home = try MemoryHome()
    for number in 1...3 {
      try await home.session { (store) async throws in
        #expect(!store.parts.vault.hasNotedShardKids)
        for answer in await store.append(try Self.requests(10 * number..<10 * number + 4)) { _ = try answer.get() }
        try forget("p\(10 * number)", in: store)
      }
    }
    try await home.session { (store) async throws in
      #expect(!store.parts.vault.hasNotedShardKids && store.parts.vault.nextShardKid.block == 0)
    }
  }

  @Test func `shards that wait to be cut cost nothing while a replica is away`() async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      for answer in await store.append(try Self.requests(0..<900)) { _ = try answer.get() }
      _ = try store.addReplica(MemoryHome.replica)
    }
    home.disk.faults.decide { $0.path.hasPrefix(MemoryHome.replica) ? .fail : .proceed }
    var sizes: [Int] = []
    for first in [900, 2000, 2001, 2002, 2003] {
      try await home.session { (store) async throws in
        for answer in await store.append(try Self.requests(first..<(first == 900 ? 1500 : first + 1))) {
          _ = try answer.get()
        }
      }
      sizes.append(home.disk.content(of: MemoryHome.home.directory)?.count ?? 0)
    }
    #expect(sizes[4] == sizes[2])
    home.disk.faults.clear()
    try await home.session { (store) async throws in
      try await store.append(3000, of: "p3000")
      #expect(try store.subjectIndex(ofSubject: "p2003") != nil)
    }
    try await home.session { (store) async throws in #expect(store.parts.vault.shards.count > 1) }
  }

  private static func requests(_ numbers: Range<Int>) throws -> [AppendRequest] {
    try numbers.map { number in
      AppendRequest(to: try StreamName("patient-p\(number)"), [try event(number, of: "p\(number)")])
    }
  }

  private static func lose(_ loss: Loss, _ home: MemoryHome, _ older: MemoryFileSystem) async throws {
    let path = MemoryHome.home.directory
    if loss == .nothing { return }
    for suffix in ["", "-wal", "-shm"] where home.disk.exists(path + suffix) { try home.disk.remove(path + suffix) }
    switch loss {
    case .nothing, .lost, .lostAtFirstEpoch: break
    case .lostAndNoCommitMeanwhile:
      home.disk.faults.decide { $0.path.hasPrefix(MemoryHome.replica) ? .fail : .proceed }
      try await home.session { (store) async throws in
        for answer in await store.append(try requests(2000..<2010)) { _ = try answer.get() }
      }
      home.disk.faults.clear()
    case .older:
      for suffix in ["", "-wal"] where older.exists(path + suffix) {
        try home.disk.replace(path + suffix, with: try older.contents(ofFile: path + suffix))
      }
    case .empty: try home.disk.replace(path, with: [])
    }
  }

  /// The keys of rows of a file that open in the store and that hold somebody who is gone.
  private static func opening(_ files: MemoryFileSystem, in store: Store) throws -> [KeyID] {
    let file = try ShardFile(
      path: MemoryHome.home.directory, storeID: store.parts.vault.storeID, origin: store.parts.identity.origin,
      random: SeededRandom(seed: 9), files: files)
    return try file.rows().filter { row in
      guard case .living(let key) = try store.parts.vault.lookup(row.kid),
        let content = try file.content(row, key: key.sealingKey())
      else { return false }
      return ["p3", "p4"].contains { content.target(of: store.parts.lookups.subject($0)) != nil }
    }.map(\.kid)
  }
}
