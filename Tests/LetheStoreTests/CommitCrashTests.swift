import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Synchronization
import Testing

/// The world stops right before and right after each step of a forget; the next start finishes it, or there is no trace.
@Suite struct CommitCrashTests {
  /// Stops the world once, at one step; the start, which takes some of the same steps, goes by before it is armed.
  final class Stop: Sendable {
    private enum State { case waiting, armed, stopped }
    private let state = Mutex(State.waiting)
    private let step: ObservedStep
    private let moment: CommitMoment

    init(_ step: ObservedStep, _ moment: CommitMoment) {
      self.step = step
      self.moment = moment
    }

    func arm() { state.withLock { $0 = .armed } }
    var hasStopped: Bool { state.withLock { $0 == .stopped } }

    var observer: CommitObserver {
      { (reached, when) throws(LetheError) in
        guard reached == self.step, when == self.moment, self.state.withLock({ $0 == .armed }) else { return }
        self.state.withLock { $0 = .stopped }
        throw LetheError(.io, "stopped by the test")
      }
    }
  }

  static let stops = ObservedStep.all.flatMap { step in CommitMoment.allCases.map { (step, $0) } }

  @Test(arguments: stops)
  func `P4 a forget that stops at any step is finished at the next start, or leaves no trace`(
    step: ObservedStep, moment: CommitMoment
  ) async throws {
    let home = try TestHome()
    let before = try await home.session { (store) async throws in
      for number in 0..<9 { try await store.append(number, of: ["anna", "bert", "cleo"][number % 3]) }
      return try store.items().map(\.text)
    }
    let stop = Stop(step, moment)
    try await home.crashedSession(stop.observer) { (store) async throws in
      stop.arm()
      #expect(throws: LetheError.self) { try forget("anna", in: store) }
    }
    #expect(stop.hasStopped)

    let isStarted = step != .tombstone || moment == .after
    try await home.session { (store) async throws in
      let items = try store.items()
      for (number, item) in items.enumerated() where number % 3 != 0 { #expect(item.text == before[number]) }
      let own = items.enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
      if isStarted {
        for item in own {
          guard case .shredded = item.state else {
            Issue.record("a started forget was not finished: \(String(describing: item.state))")
            continue
          }
        }
        await #expect(throws: LetheError(.shredded, "")) { try await store.append(20, of: "anna") }
      } else {
        #expect(own.map(\.text) == [before[0], before[3], before[6]])
        try await store.append(20, of: "anna")
        try forget("anna", in: store)
      }
      try await store.append(21, of: "bert")
      let started = try store.items(.all, ReadOptions(facts: .included)).compactMap(\.fact?.name)
      #expect(started.count { $0 == "ForgetStarted" } == 1)
      #expect(started.count { $0 == "KeysDestroyed" } == 1)
    }
    // One root alone is left, and the home opens again as it was.
    let cell = try FileRootCell(path: home.home.rootCell, .open, random: SeededRandom(seed: 1))
    #expect(try cell.readAll().count == 1)
    try await home.session { (store) async throws in #expect(try store.items().count == (isStarted ? 10 : 11)) }
  }

  @Test(arguments: stops.filter { $0.0 != .tombstone && $0.0 != .action(.evictKeys) })
  func `an allocation of blocks that stops at any step loses no key`(
    step: ObservedStep, moment: CommitMoment
  ) async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in try await store.append(1, of: "anna") }
    let stop = Stop(step, moment)
    // More blocks than the founding gave make the writer allocate.
    try await home.crashedSession(stop.observer) { (store) async throws in
      stop.arm()
      do throws(LetheError) {
        try store.perform { (writer) throws(LetheError) in try writer.makeRoom(forSubjects: 60 * 1024) }
      } catch { #expect(error.code == .io) }
    }
    try await home.session { (store) async throws in
      #expect(try store.items().first?.state == .open)
      try await store.append(2, of: "bert")
      #expect(try store.items().count == 2)
    }
  }
}
