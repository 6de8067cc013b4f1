import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheProjections

/// Promise P6.
@Suite struct ForgetCommutesTests {
  /// One step of a random history.
  private func step(
    _ log: FakeLog, _ random: inout SeededGenerator, _ gone: inout Set<Int>, _ restricted: inout Set<Int>
  ) {
    let subject = Int.random(in: 0..<12, using: &random)
    let code = "c\(Int.random(in: 0..<5, using: &random))"
    let start = "2026-0\(Int.random(in: 1...3, using: &random))-01"
    let slot = Int.random(in: 1...2, using: &random)
    switch Int.random(in: 0..<40, using: &random) {
    case _ where gone.contains(subject): log.append(.fact)
    case 0:
      log.forget(subject)
      gone.insert(subject)
      restricted.remove(subject)
    case 1:
      // Appends go on under a restriction.
      let isLifted = restricted.remove(subject) != nil
      if !isLifted { restricted.insert(subject) }
      log.append(isLifted ? .lift([index(subject).node]) : .restrict([index(subject).node]))
    case 2...12: log.stop(code, subject, start: start, slot: slot)
    case _:
      let length = Int.random(in: 0..<20, using: &random)
      log.prescribe(
        code, subject, start: start, slot: slot, note: String(repeating: canary(subject), count: length))
    }
  }

  @Test(arguments: ConformanceTests.models, 1...6)
  func `P6 forgetting commutes with rebuilding`(model: any ReadModel, seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let (lived, rebuilt, log) = (Folder(), Folder(), FakeLog())
    var gone: Set<Int> = []
    var restricted: Set<Int> = []
    for number in 0..<400 {
      step(log, &random, &gone, &restricted)
      switch Int.random(in: 0..<30, using: &random) {
      case 0: _ = try lived.runner(model, log, recordLimit: Int.random(in: 5...50, using: &random)).run()
      case 1:
        // Killed between two transactions: the model throws in the one after.
        let failing = Failing(model: model, position: UInt64(Int.random(in: 0...number, using: &random)))
        do {
          _ = try lived.runner(failing, log, recordLimit: Int.random(in: 3...20, using: &random)).run()
        } catch { #expect(error.code == .refused) }
      case _: break
      }
    }
    _ = try lived.runner(model, log).run()
    _ = try rebuilt.runner(model, log).rebuild()
    #expect(try lived.rows(model) == rebuilt.rows(model))
    for subject in gone.union(restricted) {
      #expect(try lived.residue(of: subject).isEmpty)
      #expect(try rebuilt.residue(of: subject).isEmpty)
    }
    #expect(try !gone.isEmpty && !lived.rows(model).isEmpty)
  }
}
