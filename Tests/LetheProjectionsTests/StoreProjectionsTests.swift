import LetheCompliance
import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheProjections

/// Read models over a real home: keys, log and policies.
@Suite struct StoreProjectionsTests {
  let directory = TemporaryDirectory()
  let clock = ManualClock()
  var home: Home { Home(directory.path) }
  static let models: [any ReadModel] = [Prescriptions(), Totals(), Retained()]

  @discardableResult
  func create(policy: String = #"{"policy":"lethe/1"}"#) throws -> Store {
    let files = LocalFileSystem()
    try files.createDirectory(home.path + "/Policies")
    try files.replace(home.path + "/Policies/test.json", with: Array(policy.utf8))
    _ = try Store.create(home, in: World(clock: clock))
    return try open()
  }

  func open() throws -> Store { try Store.open(home, waiting: .patience, in: World(clock: clock)) }

  func append(
    _ number: Int, _ type: String, _ code: String, of subject: Int, start: String = "2026-01-01", to store: Store
  ) async throws {
    let name = "patient-\(subject)"
    let json = """
      {"specversion":"1.0","id":"\(number)","source":"urn:test","type":"\(type)","time":"2026-01-02T03:04:05Z",\
      "datasubject":"\(name)","data":{"code":"\(code)","description":"\(canary(subject)) tablet","start":"\(start)"}}
      """
    _ = try await store.append(AppendRequest(to: StreamName(name), [CloudEvent(json: Array(json.utf8))]))
  }

  @discardableResult
  func forget(_ subject: Int, in store: Store) throws -> ForgetDesk.Outcome {
    try ForgetDesk(store).forgetNow(
      subject: "patient-\(subject)", ground: .consentWithdrawn, by: StaffID("one"), approver: StaffID("two"))
  }

  func rows(_ projections: Projections, _ name: String) throws -> [ReadModelRow] {
    var rows: [ReadModelRow] = []
    try projections.show(name) { (row) throws(LetheError) in rows.append(row) }
    return rows
  }

  /// Files of ReadModels/ that hold a subject's text.
  func residue(of subject: Int) throws -> [String] { try Folder.residue(of: subject, in: home.readModels) }

  @Test func `medication follows a store through a forget`() async throws {
    let store = try create()
    for subject in 0..<3 {
      try await append(subject * 2, "MedicationPrescribed", "a", of: subject, to: store)
      try await append(subject * 2 + 1, "MedicationPrescribed", "b", of: subject, to: store)
    }
    try await append(6, "MedicationStopped", "a", of: 1, to: store)
    let projections = try Projections(store)
    let first = try projections.run("medication")
    #expect((first.events, first.skipped, first.position) == (7, 0, store.count))
    #expect(try rows(projections, "medication").map(\.values[0]) == ["a", "b", "b", "a", "b"])
    #expect(try !residue(of: 1).isEmpty)
    let outcome = try forget(1, in: store)
    #expect(projections.recipients.map { $0.standing() } == [.acknowledged])
    #expect(try residue(of: 1).isEmpty)
    let lived = try rows(projections, "medication")
    #expect(lived.map(\.values[0]) == ["a", "b", "a", "b"])
    let rebuilt = try projections.rebuild("medication")
    #expect((rebuilt.events, Int(rebuilt.skipped)) == (4, outcome.events))
    #expect(try rows(projections, "medication") == lived)
    #expect(try residue(of: 1).isEmpty)
    try store.close()
  }

  @Test func `what policy retains is in the personal part's event, and alone once that is shredded`() async throws {
    let store = try create(
      policy: #"{"policy":"lethe/1","types":{"MedicationPrescribed":{"retained":["/type","/data/code"]}}}"#)
    try await append(1, "MedicationPrescribed", "a", of: 1, to: store)
    let projections = try Projections(store, models: [Retained()])
    _ = try projections.run()
    #expect(try rows(projections, "medication").first?.values == ["a", .text("\(canary(1)) tablet"), "2026-01-01"])
    let retained = try rows(projections, "retained")
    #expect(retained.first?.values == ["MedicationPrescribed", "a", 1])
    try forget(1, in: store)
    #expect(try rows(projections, "medication").isEmpty)
    #expect(try rows(projections, "retained") == retained)
    #expect(try projections.rebuild().map(\.skipped) == [1, 1])
    #expect(try rows(projections, "retained") == retained)
    try store.close()
  }

  /// The program that forgets need not be the one that made the read models.
  @Test func `P6 a program that does no more than forget leaves no byte of the forgotten in any read model`()
    async throws
  {
    let store = try create()
    for subject in 0..<3 { try await append(subject, "MedicationPrescribed", "a", of: subject, to: store) }
    let projections = try Projections(store, models: Self.models)
    _ = try projections.run()
    #expect(try Set(residue(of: 2)) == ["medication.sqlite", "prescriptions.sqlite", "totals.sqlite"])
    let outcome = try forget(2, in: store)
    #expect(outcome.recipients.map(\.name) == ["medication", "prescriptions", "retained", "totals"])
    #expect(outcome.recipients.allSatisfy { !$0.isOwed })
    #expect(try residue(of: 2).isEmpty)
    // A model that rebuilds is empty until its program runs it again.
    #expect(try rows(projections, "prescriptions").count == 2 && rows(projections, "totals").isEmpty)
    _ = try projections.run()
    #expect(try rows(projections, "totals").first?.values[1] == 2)
    try store.close()
  }

  @Test func `P6 a purge that a crash kept from being made is made by the next desk`() async throws {
    let store = try create()
    for subject in 0..<3 { try await append(subject, "MedicationPrescribed", "a", of: subject, to: store) }
    let projections = try Projections(store, models: [Prescriptions()])
    _ = try projections.run()
    let path = home.readModels + "/prescriptions.sqlite"
    let before = try LocalFileSystem().contents(ofFile: path)
    try forget(1, in: store)
    // The file as it was before the purge, which is what the crash leaves.
    try LocalFileSystem().remove(path)
    try LocalFileSystem().replace(path, with: before)
    #expect(try residue(of: 1) == ["prescriptions.sqlite"])
    #expect(try rows(projections, "prescriptions").count == 2)
    #expect(try ForgetDesk(store).owed.isEmpty)
    #expect(try residue(of: 1).isEmpty)
    try store.close()
  }

  @Test(arguments: 1...3) func `P6 forgetting commutes with rebuilding in a real store`(seed: Int) async throws {
    var random = SeededGenerator(seed: UInt64(seed))
    var living = Set(0..<8)
    var known: Set<Int> = []
    try create(
      policy: #"{"policy":"lethe/1","types":{"MedicationPrescribed":{"retained":["/type","/data/code"]}}}"#)
    for session in 0..<3 {
      let store = try open()
      for number in 0..<30 {
        guard let subject = living.sorted().randomElement(using: &random) else { break }
        switch Int.random(in: 0..<24, using: &random) {
        case 0 where known.contains(subject) && living.count > 3:
          try forget(subject, in: store)
          living.remove(subject)
        case 1, 2: _ = try Projections(store, models: Self.models).run()
        case let choice:
          known.insert(subject)
          let type = choice < 10 ? "MedicationStopped" : "MedicationPrescribed"
          try await append(session * 100 + number, type, "c\(choice % 4)", of: subject, to: store)
        }
      }
      try store.close()
    }
    let store = try open()
    let last = try #require(known.intersection(living).min())
    try forget(last, in: store)
    living.remove(last)
    let gone = Set(0..<8).subtracting(living)
    let projections = try Projections(store, models: Self.models)
    #expect(projections.recipients.allSatisfy { $0.standing() == .acknowledged })
    for subject in gone { #expect(try residue(of: subject).isEmpty) }
    _ = try projections.run()
    var lived: [String: [ReadModelRow]] = [:]
    for summary in try projections.list() { lived[summary.projection] = try rows(projections, summary.projection) }
    _ = try projections.rebuild()
    for (name, before) in lived { #expect(try rows(projections, name) == before && !before.isEmpty) }
    for subject in gone { #expect(try residue(of: subject).isEmpty) }
    try store.close()
  }
}
