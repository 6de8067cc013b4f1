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

  /// Fails the first sync of a file that ends so, then counts the writes to files that hold the word.
  private func fail(syncOf ending: String, in disk: MemoryFileSystem, counting word: String) -> Writes {
    let writes = Writes()
    let hasFailed = Mutex(false)
    disk.faults.decide { call in
      hasFailed.withLock { hasFailed in
        if hasFailed {
          if call.kind == .write, call.path.contains(word) { writes.count.withLock { $0 += 1 } }
          return .proceed
        }
        hasFailed = call.kind == .synchronize && call.path.hasSuffix(ending)
        return hasFailed ? .fail : .proceed
      }
    }
    return writes
  }

  @Test func `a log whose sync failed takes nothing more until the next start`() async throws {
    let scene = try await FaultScene.shared
    let home = scene.home.copy()
    let store = try home.open()
    let writes = fail(syncOf: ".segment", in: home.disk, counting: "/Log/")
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

  @Test func `a vault whose pages were not synced takes no commit until the next start; appends go on`() async throws {
    let scene = try await FaultScene.shared
    let home = scene.home.copy()
    let outcome = FaultOutcome()
    let store = try home.open(outcome.observer)
    let writes = fail(syncOf: "/Keys/vault.sqlite-wal", in: home.disk, counting: "/Keys/vault.sqlite")
    #expect(throws: LetheError(.io, "")) { try forget("anna", in: store) }
    #expect(outcome.isStarted)
    #expect(throws: LetheError(.io, "")) {
      try store.perform { (writer) throws(LetheError) in _ = try writer.resumeForget(ofSubject: "anna") }
    }
    #expect(writes.count.withLock { $0 } == 0)
    outcome.acknowledge(try event(50, of: "bert").text)
    try await store.append(50, of: "bert")
    try await scene.check(home.crashed(.synced), outcome, "the vault")
  }
}
