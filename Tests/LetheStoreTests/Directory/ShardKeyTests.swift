import LethePolicies
import LetheSystem
import LetheTesting
import Synchronization
import Testing

@testable import LetheStore
@testable import LetheVault

/// A key that a commit gave to a shard and that did not come to be opens nothing, whatever else was put back or lost: what
/// was sealed under it holds subjects who are forgotten since.
@Suite struct ShardKeyTests {
  /// What becomes of the directory's file after two forgets were broken off.
  enum Loss: CaseIterable, CustomTestStringConvertible {
    case nothing, lost, lostAtFirstEpoch, lostAndNoCommitMeanwhile, older, empty

    var testDescription: String { "\(self)" }
  }

  @Test(arguments: Loss.allCases) func `keys of commits that were broken off open nothing`(
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
      #expect(try Self.rowCount(kept, in: store) > 1)
      #expect(try store.subjectIndex(ofSubject: "p3") == nil && store.subjectIndex(ofSubject: "p4") == nil)
      for id in ["p0", "p1", "p2", "p5", "p6"] { #expect(try store.subjectIndex(ofSubject: id) != nil) }
    }
    withExtendedLifetime(store) {}
  }

  @Test func `keys of rows that could not be synced open nothing`() async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      for answer in await store.append(try Self.requests(0..<8)) { _ = try answer.get() }
      try forget("p7", in: store)
    }
    let store = try home.open()
    home.disk.faults.decide { call in
      call.kind == .synchronize && call.path.hasSuffix("directory.sqlite-wal") ? .fail : .proceed
    }
    #expect(throws: LetheError(.io, "")) { try forget("p3", in: store) }
    #expect(throws: LetheError(.io, "")) { try store.close() }
    #expect(home.disk.usedAfterFailedSync.isEmpty)
    let kept = home.crashed(.all).disk
    try await home.crashed(.synced).session { (store) async throws in
      try forget("p4", in: store)
      #expect(try Self.opening(kept, in: store).isEmpty)
      #expect(try store.subjectIndex(ofSubject: "p3") == nil && store.subjectIndex(ofSubject: "p2") != nil)
    }
  }

  @Test func `keys of a forget that a start could not finish open nothing`() async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      for answer in await store.append(try Self.requests(0..<8)) { _ = try answer.get() }
      try forget("p7", in: store)
    }
    let store = try home.open { (step, moment) throws(LetheError) in
      if case .tombstone = step, moment == .after { throw LetheError(.io, "stopped") }
    }
    #expect(throws: LetheError(.io, "")) { try forget("p3", in: store) }
    // An orderly end behind the last record, before anything is given.
    try store.close()
    let older = home.copy().disk
    home.disk.faults.decide { call in
      call.kind == .synchronize && call.path.hasSuffix("directory.sqlite-wal") ? .fail : .proceed
    }
    #expect(throws: LetheError(.io, "")) { try home.open() }
    home.disk.faults.clear()
    let kept = home.crashed(.all).disk
    for (survival, isPutBack) in [(MemoryFileSystem.Survival.synced, false), (.all, false), (.all, true)] {
      let crashed = home.crashed(survival)
      if isPutBack { try Self.putBackDirectory(older, in: crashed) }
      try await crashed.session { (store) async throws in
        #expect(try store.subjectIndex(ofSubject: "p3") == nil && store.subjectIndex(ofSubject: "p4") != nil)
        try forget("p4", in: store)
        #expect(try Self.opening(kept, in: store).isEmpty)
      }
    }
  }

  @Test func `keys of a forget open nothing of which log and directory are put back from before`() async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      for answer in await store.append(try Self.requests(0..<8)) { _ = try answer.get() }
      try forget("p7", in: store)
    }
    let older = home.copy().disk
    let store = try home.open { (step, moment) throws(LetheError) in
      if case .action(.writePages) = step, moment == .before { throw LetheError(.io, "stopped") }
    }
    #expect(throws: LetheError(.io, "")) { try forget("p3", in: store) }
    let crashed = home.crashed(.synced)
    let kept = crashed.copy().disk
    try Self.putBackDirectory(older, in: crashed)
    try Self.putBackLog(older, in: crashed)
    try await crashed.session { (store) async throws in
      try forget("p4", in: store)
      #expect(try Self.opening(kept, in: store).isEmpty)
    }
    withExtendedLifetime(store) {}
  }

  @Test func `keys of shards that were cut in vain open nothing`() async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in _ = try store.addReplica(MemoryHome.replica) }
    home.disk.faults.decide { $0.path.hasPrefix(MemoryHome.replica) ? .fail : .proceed }
    try await home.session { (store) async throws in
      for answer in await store.append(try Self.requests(0..<1500)) { _ = try answer.get() }
    }
    home.disk.faults.clear()
    let older = home.copy().disk
    let reader = try home.open()
    // A shard that rotted is removed by who finds it so, and made again by the next start.
    try reader.parts.directory.content.withLock { (content) throws(LetheError) in
      for row in content.shards.compactMap(\.row) { try content.file.remove(row) }
    }
    try reader.parts.directory.close()
    let next = home.crashed(.synced)
    let store = try next.open { (step, moment) throws(LetheError) in
      if case .action(.writePages) = step, moment == .before { throw LetheError(.io, "stopped") }
    }
    #expect(throws: LetheError(.io, "")) { try store.close() }
    let kept = next.crashed(.synced).disk
    let last = next.crashed(.synced)
    try Self.putBackDirectory(older, in: last)
    try await last.session { (store) async throws in
      #expect(try Self.rowCount(kept, in: store) > 1)
      for id in ["p3", "p4"] { try forget(id, in: store) }
      #expect(try Self.opening(kept, in: store).isEmpty)
    }
    withExtendedLifetime(reader) {}
  }

  @Test func `ends that are not orderly use up no keys`() async throws {
    var home = try MemoryHome()
    try await home.session { (store) async throws in
      for answer in await store.append(try Self.requests(0..<20)) { _ = try answer.get() }
    }
    for number in 0..<12 {
      let store = try home.open()
      try forget("p\(number)", in: store)
      #expect(store.parts.vault.blocks(of: .shards) == [0])
      #expect(store.parts.vault.shards.map(\.kid.slot) == [number + 1])
      home = home.crashed(.all, seed: UInt64(number))
      withExtendedLifetime(store) {}
    }
  }

  @Test(arguments: [MemoryFileSystem.Survival.synced, .all])
  func `a store whose shards' keys are missing opens, reads, and says at a look-up what is missing`(
    _ survival: MemoryFileSystem.Survival
  ) async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      for answer in await store.append(try Self.requests(0..<8)) { _ = try answer.get() }
    }
    let store = try home.open()
    // The list does not vouch for what this leaves.
    try forget("p3", in: store)
    let crashed = home.crashed(survival)
    let pages = try SQLitePageStore(path: MemoryHome.home.vault, .readWrite, in: crashed.disk)
    try pages.deleteRows(pages.keys().filter { $0.page.blockNumber?.plane == .shards })
    try pages.close()
    let opened = try crashed.open()
    var count = 0
    try opened.read(.all) { _ in
      count += 1
      return .continue
    }
    #expect(count == 8)
    #expect(throws: LetheError(.missingKey, "")) { try opened.subjectIndex(ofSubject: "p1") }
    withExtendedLifetime(store) {}
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
    try Self.putBackLog(older.disk, in: next)
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
    case .older: try putBackDirectory(older, in: home)
    case .empty: try home.disk.replace(path, with: [])
    }
  }

  private static func putBackDirectory(_ older: MemoryFileSystem, in home: MemoryHome) throws {
    let path = MemoryHome.home.directory
    for suffix in ["", "-wal", "-shm"] {
      if home.disk.exists(path + suffix) { try home.disk.remove(path + suffix) }
      if suffix != "-shm", older.exists(path + suffix) {
        try home.disk.replace(path + suffix, with: older.contents(ofFile: path + suffix))
      }
    }
  }

  /// Without tiles, which are made again.
  private static func putBackLog(_ older: MemoryFileSystem, in home: MemoryHome) throws {
    for (files, isOlder) in [(home.disk, false), (older, true)] {
      for name in try files.contents(of: MemoryHome.home.log) {
        let path = MemoryHome.home.log + "/" + name
        guard case .file = try files.entry(at: path) else { continue }
        if isOlder { try home.disk.replace(path, with: older.contents(ofFile: path)) } else { try files.remove(path) }
      }
    }
  }

  private static func rowCount(_ files: MemoryFileSystem, in store: Store) throws -> Int {
    try shardFile(files, of: store).rows().count
  }

  private static func shardFile(_ files: MemoryFileSystem, of store: Store) throws -> ShardFile {
    try ShardFile(
      path: MemoryHome.home.directory, storeID: store.parts.vault.storeID, origin: store.parts.identity.origin,
      random: SeededRandom(seed: 9), files: files)
  }

  /// The keys of rows of a file that open in the store and that hold somebody who is gone.
  private static func opening(_ files: MemoryFileSystem, in store: Store) throws -> [KeyID] {
    let file = try shardFile(files, of: store)
    return try file.rows().filter { row in
      guard case .living(let key) = try store.parts.vault.lookup(row.kid),
        let content = try file.content(row, key: key.sealingKey())
      else { return false }
      return ["p3", "p4"].contains { content.target(of: store.parts.lookups.subject($0)) != nil }
    }.map(\.kid)
  }
}
