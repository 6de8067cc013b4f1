import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Synchronization
import Testing

/// What is known of a trial when its process is gone.
final class FaultOutcome: Sendable {
  private struct State {
    var isStarted = false
    var isAnswered = false
    var isTakenBack = false
    var acknowledged: [String] = []
  }

  private let state = Mutex(State())

  /// `ForgetStarted` of anna's forget is durable.
  var isStarted: Bool { state.withLock { $0.isStarted } }
  /// The deed returned.
  var isAnswered: Bool { state.withLock { $0.isAnswered } }
  /// The deed failed and said that it left nothing.
  var isTakenBack: Bool { state.withLock { $0.isTakenBack } }
  /// Texts of events that were appended and acknowledged.
  var acknowledged: [String] { state.withLock { $0.acknowledged } }

  func start() { state.withLock { $0.isStarted = true } }
  func answer() { state.withLock { $0.isAnswered = true } }
  func takeBack() { state.withLock { $0.isTakenBack = true } }
  func acknowledge(_ text: [UInt8]) {
    state.withLock { $0.acknowledged.append(String(decoding: text, as: UTF8.self)) }
  }

  var observer: CommitObserver {
    { (step, moment) throws(LetheError) in if step == .tombstone, moment == .after { self.start() } }
  }
}

/// One deed, tried again and again with each of its calls to the disk going wrong in turn.
struct FaultTrial {
  /// How a call goes wrong.
  enum Kind: CaseIterable, Sendable {
    /// The process is gone before it.
    case stop
    /// The process is gone after half of it, if it is a write.
    case torn
    /// It fails once, and the process goes on.
    case fail
    /// There is no space for it, once, and the process goes on.
    case full

    func outcome(of call: Faults.Call) -> Faults.Outcome {
      switch self {
      case .stop: .stop
      case .torn: call.kind == .write ? .tear(byteCount: call.byteCount / 2) : .stop
      case .fail: .fail
      case .full: [.write, .truncate, .open, .createDirectory].contains(call.kind) ? .full : .fail
      }
    }

    var endsProcess: Bool { self == .stop || self == .torn }
  }

  /// Opens the home, calls `arm` when calls may go wrong from now on, and returns the store, if it is to be gone on with.
  typealias Deed = @Sendable (_ home: MemoryHome, _ outcome: FaultOutcome, _ arm: () -> Void) async throws -> Store?

  let scene: FaultScene
  /// What each try begins with a copy of.
  let home: MemoryHome
  let deed: Deed
  /// Whether a forget was begun before.
  var isStarted = false
  /// What becomes of the home between two processes, given the number of the call.
  var between: @Sendable (MemoryHome, Int) async throws -> Void = { _, _ in }
  /// What else is done with a home that was found well, given all page rows of before.
  var afterwards: @Sendable (MemoryHome, [PageRow], Comment) async throws -> Void = { _, _, _ in }

  /// How many calls the deed makes.
  func callCount() async throws -> Int {
    let home = home.copy()
    var before = 0
    let store = try await deed(home, FaultOutcome()) { before = home.disk.faults.callCount }
    let count = home.disk.faults.callCount - before
    withExtendedLifetime(store) {}
    return count
  }

  /// Does the deed with one call going wrong, lets the process end, and holds what the next one finds against the promises.
  func run(
    _ number: Int, _ kind: Kind, _ survival: MemoryFileSystem.Survival, _ place: Comment,
    _ more: (Store, FaultOutcome) async throws -> Void = { _, _ in }
  ) async throws {
    let home = home.copy(seed: UInt64(number) + 100)
    let outcome = FaultOutcome()
    if isStarted { outcome.start() }
    var target = Int.max
    do {
      let store = try await deed(home, outcome) {
        target = home.disk.faults.callCount + number
        home.disk.faults.decide { [target] call in call.number == target ? kind.outcome(of: call) : .proceed }
      }
      if !kind.endsProcess, let store { try await goOn(store, outcome, closing: number % 2 == 0) }
    } catch let error as LetheError {
      #expect(error.code == .io, "\(error): \(place)")
    }
    // Keys of other seeds may take a call fewer.
    if kind.endsProcess { #expect(home.disk.faults.hasStopped || home.disk.faults.callCount <= target, place) }
    let earlier = try home.pageRows()
    let next = home.crashed(survival)
    try await between(next, number)
    try await scene.check(next, outcome, earlier: earlier, place) { (store) async throws in
      try await more(store, outcome)
    }
    try await afterwards(next, scene.rows + earlier, place)
  }

  /// The process goes on as if nothing had happened; what it acknowledges counts.
  private func goOn(_ store: Store, _ outcome: FaultOutcome, closing: Bool) async throws {
    // Somebody new is in no shard yet, so that closing has one to write.
    for (number, name) in [(80, "bert"), (81, "bert"), (82, "dora")] {
      let event = try event(number, of: name)
      do {
        _ = try await store.append(AppendRequest(to: StreamName("patient-\(name)"), [event]))
        outcome.acknowledge(event.text)
      } catch { #expect(error.code == .io) }
    }
    if closing { try store.close() }
  }
}

extension FaultTrial {
  /// Lanes that run beside one another.
  static let lanes = 0..<4

  /// How many ways in which a crash can end are tried for each call.
  enum Endings { case all, inTurn }

  /// Tries calls of a lane: about one in `rate`, or all of them on demand, then with the endings asked for.
  func sweep(
    _ kind: Kind, lane: Int, oneIn rate: Int, seed: UInt64, endings: Endings = .all,
    _ more: (Store, FaultOutcome) async throws -> Void = { _, _ in }
  ) async throws {
    let count = try await callCount()
    #expect(count > 10)
    if Exhaustive.isAsked, lane == 0 { print("\(Test.current?.name ?? ""): \(count) calls, \(kind)") }
    for number in Exhaustive.sample(count, oneIn: rate, seed: seed) where number % Self.lanes.count == lane {
      let all: [MemoryFileSystem.Survival] = [.synced, .all, .some(seed: UInt64(number))]
      for survival in Exhaustive.isAsked && endings == .all ? all : [all[number % 3]] {
        try await run(number, kind, survival, "call \(number) of \(count), \(kind), \(survival)", more)
      }
    }
  }
}
