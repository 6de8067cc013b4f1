import LetheSystem
import LetheTesting
import Synchronization

/// A workshop that does its jobs in order, sooner or later as a seed has it, on the thread that gives them.
final class LaggingWorkshop: Workshop {
  private struct State {
    var jobs: [@Sendable () -> Void] = []
    var generator: SeededGenerator
  }

  private let state: Mutex<State>

  init(seed: UInt64) { state = Mutex(State(generator: SeededGenerator(seed: seed))) }

  func give(_ job: @escaping @Sendable () -> Void) {
    state.withLock { $0.jobs.append(job) }
    if state.withLock({ Bool.random(using: &$0.generator) }) { work() }
  }

  /// Does some of what there is to do.
  func work() {
    let count = state.withLock { Int.random(in: 0...$0.jobs.count, using: &$0.generator) }
    for _ in 0..<count { workOnce() }
  }

  func finish() { while workOnce() {} }

  @discardableResult
  private func workOnce() -> Bool {
    guard let job = state.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) else { return false }
    job()
    return true
  }
}
