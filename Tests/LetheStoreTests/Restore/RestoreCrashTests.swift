import LetheLog
import LetheStore
import LetheSystem
import LetheTesting
import Testing

/// A restore stops at any call to the file system and is run again.
@Suite struct RestoreCrashTests {
  /// Every call on demand, a dozen of them otherwise.
  private static func stops(_ count: Int) -> [Int] { Exhaustive.some(Array(0..<count), every: max(count / 12, 1)) }

  /// The last calls may fail without a word, since nothing depends on them.
  private static func attempt(_ home: MemoryHome, _ answer: ShorterLogAnswer, _ stop: Int) {
    do throws(LetheError) { _ = try home.restore(answer) } catch {
      #expect(error.code == .io, "call \(stop): \(error)")
    }
  }

  private static func calls(_ home: MemoryHome, _ work: (MemoryHome) throws -> Void) throws -> Int {
    let trial = home.copy()
    let before = trial.disk.faults.callCount
    try work(trial)
    return trial.disk.faults.callCount - before
  }

  @Test func `P4 a restore of a shorter log that stops at any call is run again, under one new origin`() async throws {
    let home = try await ShorterLogTests.withLostTail()
    try home.makeMachine()
    let count = try Self.calls(home) { _ = try $0.restore(.accept) }
    for (number, stop) in Self.stops(count).enumerated() {
      let trial = home.copy()
      trial.disk.faults.stop(at: stop)
      Self.attempt(trial, .accept, stop)
      let survivals = [MemoryFileSystem.Survival.synced, .all, .some(seed: UInt64(stop))]
      let next = trial.crashed(survivals[number % 3], seed: UInt64(stop))
      next.disk.faults.clear()
      do throws(LetheError) { _ = try next.restore(.accept) } catch {
        Issue.record("call \(stop) of \(count), \(survivals[number % 3]): \(error)")
        continue
      }
      try await Self.check(next, "/2-", stop)
    }
  }

  @Test func `P4 a restore of a whole log that stops at any call is run again, under the old origin`() async throws {
    let home = try await ShorterLogTests.withLostTail()
    try home.copyLog()
    try home.makeMachine()
    let count = try Self.calls(home) { _ = try $0.restore() }
    for (number, stop) in Self.stops(count).enumerated() {
      let trial = home.copy()
      trial.disk.faults.stop(at: stop)
      Self.attempt(trial, .refuse, stop)
      let survivals = [MemoryFileSystem.Survival.synced, .all, .some(seed: UInt64(stop))]
      let next = trial.crashed(survivals[number % 3], seed: UInt64(stop))
      next.disk.faults.clear()
      do throws(LetheError) { _ = try next.restore() } catch {
        Issue.record("call \(stop) of \(count), \(survivals[number % 3]): \(error)")
        continue
      }
      try await Self.check(next, nil, stop)
    }
  }

  private static func check(_ home: MemoryHome, _ number: String?, _ stop: Int) async throws {
    let note = try SignedNote(parsing: home.disk.contents(ofFile: MemoryHome.machine.trustedCheckpoint))
    let origin = try Checkpoint(text: note.text).origin
    #expect(origin.split(separator: "/").count == (number == nil ? 2 : 3), "call \(stop)")
    if let number { #expect(origin.contains(number), "call \(stop)") }
    try await home.session(of: MemoryHome.machine) { (store) async throws in
      for name in ["anna", "dora"] { #expect(try store.status(ofSubject: name).state == .shredded, "call \(stop)") }
      for name in ["bert", "cleo"] { #expect(try MemoryHome.isReadable(name, in: store), "call \(stop)") }
      try await store.append(90, of: "zoe")
    }
    #expect(try !home.disk.contents(of: MemoryHome.machine.log).contains("restoring"), "call \(stop)")
  }
}
