import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// Every call of a forget to the disk, SQLite's included, stopped, torn and failed in turn.
///
/// The suite takes a seeded sample; `LETHE_EXHAUSTIVE=1` takes all calls with every way in which a crash can end.
@Suite struct ForgetFaultTests {
  @Test(arguments: FaultTrial.lanes, FaultTrial.Kind.allCases)
  func `P4 a forget of which any call goes wrong is finished from ForgetStarted on, or leaves no trace`(
    lane: Int, kind: FaultTrial.Kind
  ) async throws {
    let scene = try await FaultScene.shared
    let trial = FaultTrial(scene: scene, home: scene.home) { (home, outcome, arm) async throws in
      let store = try home.open(outcome.observer)
      arm()
      do {
        try forget("anna", in: store)
        outcome.answer()
      } catch let error as LetheError { #expect(error.code == .io, "\(error)") }
      return store
    }
    try await trial.sweep(kind, lane: lane, oneIn: 30, seed: 1) { (store, outcome) async throws in
      if outcome.isAnswered { #expect(try store.status(ofSubject: "anna").state == .shredded) }
    }
  }

  /// Where a forget was when the process ended before the start that is tried.
  static let steps: [(ObservedStep, CommitMoment)] = [
    (.tombstone, .after), (.action(.writePages), .after), (.action(.stage), .after), (.action(.verify), .after),
    (.action(.recordEpoch), .after), (.action(.retire), .after), (.action(.recordDestroyed), .after),
  ]

  @Test(arguments: steps.indices, FaultTrial.Kind.allCases)
  func `P4 a start that finishes a forget, and of which any call goes wrong, loses nothing and brings nobody back`(
    step: Int, kind: FaultTrial.Kind
  ) async throws {
    let scene = try await FaultScene.shared
    let home = scene.home.copy()
    do {
      // The start takes some of the same steps.
      let stop = CommitCrashTests.Stop(Self.steps[step].0, Self.steps[step].1)
      let store = try home.open(stop.observer)
      stop.arm()
      #expect(throws: LetheError(.io, "")) { try forget("anna", in: store) }
    }
    let trial = FaultTrial(
      scene: scene, home: home.crashed(.all),
      deed: { (home, outcome, arm) async throws in
        arm()
        return try home.open(outcome.observer)
      }, isStarted: true)
    for lane in FaultTrial.lanes {
      try await trial.sweep(kind, lane: lane, oneIn: 150, seed: UInt64(step), endings: .inTurn)
    }
  }
}
