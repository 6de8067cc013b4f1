import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import Synchronization
import Testing

/// After a sync that failed nothing is written again until a new start, which reads what the disk really kept.
@Suite struct FailedSyncTests {
  private final class Writes: Sendable {
    let count = Mutex(0)
  }

  /// Fails a sync of a file that ends so, by default the first, then counts the writes to files that hold the word.
  private func fail(
    sync number: Int = 1, of ending: String, in disk: MemoryFileSystem, counting word: String
  ) -> Writes {
    let writes = Writes()
    let left = Mutex(number)
    disk.faults.decide { call in
      left.withLock { left in
        if left == 0 {
          if call.kind == .write, call.path.contains(word) { writes.count.withLock { $0 += 1 } }
          return .proceed
        }
        guard call.kind == .synchronize, call.path.hasSuffix(ending) else { return .proceed }
        left -= 1
        return left == 0 ? .fail : .proceed
      }
    }
    return writes
  }

  @Test func `a log whose sync failed takes nothing more until the next start`() async throws {
    let scene = try await FaultScene.shared
    let home = scene.home.copy()
    let store = try home.open()
    let writes = fail(of: ".segment", in: home.disk, counting: "/Log/")
    for number in 50..<53 {
      await #expect(throws: LetheError(.io, "")) { try await store.append(number, of: "bert") }
    }
    #expect(throws: LetheError(.io, "")) { try forget("anna", in: store) }
    #expect(writes.count.withLock { $0 } == 0)
    try await scene.check(home.crashed(.synced), FaultOutcome(), "a failed sync")
  }

  @Test func `a forget whose beginning was not written is not carried out by what comes later`() async throws {
    let scene = try await FaultScene.shared
    let home = scene.home.copy()
    let disk = home.disk
    let store = try home.open { (step, moment) throws(LetheError) in
      guard step == .tombstone, moment == .before else { return }
      disk.faults.decide { $0.kind == .write && $0.path.hasSuffix(".segment") ? .fail : .proceed }
    }
    #expect(throws: LetheError(.io, "")) { try forget("anna", in: store) }
    disk.faults.clear()
    // Each of these finishes open forgets when it can.
    #expect(throws: LetheError(.io, "")) { _ = try store.addReplica(MemoryHome.replica) }
    #expect(throws: LetheError(.io, "")) { try store.dropReplica(MemoryHome.replica) }
    #expect(throws: LetheError(.io, "")) {
      try store.perform { (writer) throws(LetheError) in _ = try writer.resumeForget(ofSubject: "anna") }
    }
    #expect(try home.roots().count == 1)
    for survival in [MemoryFileSystem.Survival.synced, .all] {
      let next = home.crashed(survival)
      try await scene.check(next, FaultOutcome(), "\(survival)")
      #expect(try !next.hasForgotten())
    }
  }

  /// Of a commit: the head of the log that begins anew, the log, and the file to which it is moved.
  @Test(arguments: [("/Keys/vault.sqlite-wal", 1), ("/Keys/vault.sqlite-wal", 2), ("/Keys/vault.sqlite", 1)])
  func `a vault whose pages were not synced takes no commit until the next start; appends go on`(
    file: String, number: Int
  ) async throws {
    let scene = try await FaultScene.shared
    let home = scene.home.copy()
    let outcome = FaultOutcome()
    let store = try home.open(outcome.observer)
    let writes = fail(sync: number, of: file, in: home.disk, counting: "/Keys/vault.sqlite")
    #expect(throws: LetheError(.io, "")) { try forget("anna", in: store) }
    #expect(outcome.isStarted)
    #expect(throws: LetheError(.io, "")) {
      try store.perform { (writer) throws(LetheError) in _ = try writer.resumeForget(ofSubject: "anna") }
    }
    #expect(writes.count.withLock { $0 } == 0)
    outcome.acknowledge(try event(50, of: "bert").text)
    try await store.append(50, of: "bert")
    let crashed = home.crashed(.synced)
    do { try store.close() } catch {}
    #expect(writes.count.withLock { $0 } == 0)
    try await scene.check(crashed, outcome, "the vault")
  }
}
