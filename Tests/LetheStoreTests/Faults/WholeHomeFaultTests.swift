import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// Making and restoring a home with any call going wrong: done again, they are done. Sampled as in `ForgetFaultTests`.
@Suite struct WholeHomeFaultTests {
  private static func faulted(_ disk: MemoryFileSystem, _ number: Int, _ kind: FaultTrial.Kind) {
    let target = disk.faults.callCount + number
    disk.faults.decide { call in call.number == target ? kind.outcome(of: call) : .proceed }
  }

  private static func survival(_ number: Int) -> MemoryFileSystem.Survival {
    [.synced, .all, .some(seed: UInt64(number))][number % 3]
  }

  @Test(arguments: FaultTrial.Kind.allCases)
  func `a home whose making was interrupted at any call is made by making it again, or is whole`(
    kind: FaultTrial.Kind
  ) async throws {
    let clock = ManualClock()
    func world(_ disk: MemoryFileSystem, _ seed: UInt64) -> World {
      World(
        files: disk, clock: clock, random: SeededRandom(seed: seed), logOptions: MemoryHome.logOptions)
    }
    let whole = MemoryFileSystem()
    _ = try Store.create(MemoryHome.home, in: world(whole, 1))
    let count = whole.faults.callCount
    for number in Exhaustive.sample(count, oneIn: 40, seed: 5) {
      let place = Comment("call \(number) of \(count), \(kind)")
      let disk = MemoryFileSystem()
      Self.faulted(disk, number, kind)
      do throws(LetheError) { _ = try Store.create(MemoryHome.home, in: world(disk, 1)) } catch {
        #expect(error.code == .io, "\(error): \(place)")
      }
      let next = disk.crash(Self.survival(number))
      do throws(LetheError) { _ = try Store.create(MemoryHome.home, in: world(next, 2)) } catch {
        // Then it is whole, and says so.
        #expect(error.code == .refused, "\(error): \(place)")
      }
      let store = try Store.open(MemoryHome.home, waiting: .zero, in: world(next, 3))
      try await store.append(1, of: "anna")
      #expect(try store.items().count == 1, place)
      try store.close()
    }
  }

  @Test(arguments: FaultTrial.Kind.allCases)
  func `a restore that was interrupted at any call is done by doing it again, and brings nobody back`(
    kind: FaultTrial.Kind
  ) async throws {
    let scene = try await FaultScene.shared
    let home = scene.home.copy()
    do {
      let store = try home.open()
      try forget("anna", in: store)
      try store.close()
    }
    let rows = try home.pageRows()
    for path in [MemoryHome.home.vault, MemoryHome.home.directory] { try home.disk.remove(path) }
    try home.disk.synchronizeDirectory(MemoryHome.home.keys)
    let outcome = FaultOutcome()
    outcome.start()
    let trial = home.copy()
    let before = trial.disk.faults.callCount
    _ = try Store.restore(MemoryHome.home, from: MemoryHome.replica, in: trial.world())
    let count = trial.disk.faults.callCount - before
    for number in Exhaustive.sample(count, oneIn: 60, seed: 6) {
      let place = Comment("call \(number) of \(count), \(kind)")
      let trial = home.copy()
      Self.faulted(trial.disk, number, kind)
      do throws(LetheError) {
        _ = try Store.restore(MemoryHome.home, from: MemoryHome.replica, in: trial.world())
      } catch { #expect(error.code == .io, "\(error): \(place)") }
      let next = trial.crashed(Self.survival(number))
      _ = try Store.restore(MemoryHome.home, from: MemoryHome.replica, in: next.world())
      try await scene.check(next, outcome, earlier: rows, place)
    }
  }
}
