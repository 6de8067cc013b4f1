import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheProjections

/// What holds for every read model; each implementation is run through all of it.
@Suite struct ConformanceTests {
  static let models: [any ReadModel] = [Medication(), Prescriptions(), Totals(), Retained()]

  let folder = Folder()
  let log = FakeLog()

  /// Three patients, with every row of each written more than once.
  func fill() {
    for round in 0..<6 {
      for subject in 0..<3 {
        log.prescribe("a", subject, note: "\(round)")
        log.prescribe("b", subject, start: "2026-02-0\(round + 1)", slot: 2)
        if round.isMultiple(of: 2) { log.stop("b", subject, start: "2026-02-0\(round + 1)", slot: 2) }
      }
    }
  }

  @Test(arguments: models) func `its name and columns serve`(model: any ReadModel) throws { try model.check() }

  @Test(arguments: models) func `a throw in the middle leaves rows and bookmark as before`(
    model: any ReadModel
  ) throws {
    fill()
    let failing = Failing(model: model, position: 17)
    #expect(throws: LetheError(.refused, "")) { try folder.runner(failing, log, recordLimit: 10).run() }
    #expect(try folder.file(model).progress().position == 10)
    let before = try folder.rows(model)
    #expect(before.allSatisfy { $0.position < 10 } && !before.isEmpty)
    #expect(throws: LetheError(.refused, "")) { try folder.runner(failing, log, recordLimit: 10).run() }
    #expect(try folder.rows(model) == before)
    // Once its cause is gone it goes on as if nothing had been.
    let summary = try folder.runner(model, log).run()
    #expect(summary == ProjectionSummary(projection: model.name, position: 45, events: 35, skipped: 0, rebuilt: nil))
    let after = try folder.rows(model)
    _ = try folder.runner(model, log).rebuild()
    #expect(try folder.rows(model) == after)
  }

  @Test(arguments: models) func `how the log is divided into runs and transactions does not show`(
    model: any ReadModel
  ) throws {
    let other = Folder()
    fill()
    let whole = FakeLog()
    for (number, record) in log.records.enumerated() {
      whole.append(record)
      if number.isMultiple(of: 7) { _ = try other.runner(model, whole, recordLimit: 2).run() }
    }
    _ = try other.runner(model, whole, recordLimit: 2).run()
    _ = try folder.runner(model, log).run()
    #expect(try folder.rows(model) == other.rows(model))
  }

  @Test(arguments: models) func `a run without news changes nothing`(model: any ReadModel) throws {
    fill()
    _ = try folder.runner(model, log).run()
    let before = try folder.rows(model)
    let summary = try folder.runner(model, log).run()
    #expect(summary == ProjectionSummary(projection: model.name, position: 45, events: 0, skipped: 0, rebuilt: nil))
    #expect(try folder.rows(model) == before)
  }

  @Test(arguments: models) func `a purge removes exactly the rows of the nodes`(model: any ReadModel) throws {
    fill()
    _ = try folder.runner(model, log).run()
    let before = try folder.rows(model)
    // One slot of one person, then another person as a whole.
    log.append(.forget([.init(index(1).kid(slot: 2))]))
    _ = try folder.runner(model, log).run()
    if model.forgetting == .purgesRows {
      #expect(try folder.rows(model) == before.filter { $0.kid != index(1).kid(slot: 2) })
    }
    log.forget(2)
    _ = try folder.runner(model, log).run()
    if model.forgetting == .purgesRows {
      #expect(try folder.rows(model) == before.filter { $0.kid != index(1).kid(slot: 2) && $0.subject != index(2) })
    }
    #expect(try folder.residue(of: 2).isEmpty)
    let lived = try folder.rows(model)
    _ = try folder.runner(model, log).rebuild()
    #expect(try folder.rows(model) == lived)
    #expect(try folder.residue(of: 2).isEmpty)
  }

  @Test(arguments: models) func `parts that come back after a restriction make the same rows again`(
    model: any ReadModel
  ) throws {
    fill()
    _ = try folder.runner(model, log).run()
    let before = try folder.rows(model)
    log.append(.restrict([index(1).node]))
    log.prescribe("c", 1)
    _ = try folder.runner(model, log).run()
    let residue = try folder.residue(of: 1)
    #expect(residue.isEmpty)
    log.append(.lift([index(1).node]))
    _ = try folder.runner(model, log).run()
    let lived = try folder.rows(model)
    #expect(Set(lived.map(\.subject)) == Set(before.map(\.subject)))
    _ = try folder.runner(model, log).rebuild()
    #expect(try folder.rows(model) == lived)
  }
}
