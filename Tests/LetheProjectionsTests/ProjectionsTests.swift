import LetheCompliance
import LetheSQLite
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheProjections

@Suite struct ProjectionsTests {
  let folder = Folder()
  let log = FakeLog()

  func projections(_ models: [any ReadModel] = [Prescriptions(), Totals()]) throws -> Projections {
    let log = log
    return try Projections({ log }, folder: folder.path, models: models)
  }

  /// Has every recipient purge, as a desk does, and tells how each stands then.
  private func purge(_ models: [any ReadModel]) throws -> [(name: String, standing: Standing)] {
    try projections(models).recipients.map { recipient in
      do throws(LetheError) { try recipient.purge(waiting: .zero) } catch {
        // Its standing tells.
      }
      return (recipient.name, recipient.standing())
    }
  }

  @Test func `models are listed, run, shown and rebuilt by name`() throws {
    for subject in 0..<3 { log.prescribe("a", subject) }
    let projections = try projections()
    #expect(try projections.list().map(\.projection) == ["medication", "prescriptions", "totals"])
    #expect(try projections.list().map(\.position) == [0, 0, 0])
    #expect(try projections.run("medication").events == 3)
    #expect(try projections.list().map(\.position) == [3, 0, 0])
    #expect(try projections.run().map(\.events) == [0, 3, 3])
    #expect(try projections.rebuild("medication").rebuilt == .requested)
    #expect(try projections.rebuild().count == 3)
    var shown = 0
    try projections.show("medication", subject: index(1)) { (row) throws(LetheError) in
      shown += 1
      #expect(row.subject == index(1))
    }
    #expect(shown == 1)
    for refusal in [{ try projections.run("x") }, { try projections.rebuild("x") }, { try projections.summary("x") }] {
      #expect(throws: LetheError(.refused, "")) { _ = try refusal() }
    }
  }

  @Test func `a model that never ran shows nothing and makes no file`() throws {
    let projections = try projections()
    try projections.show("medication") { (_) throws(LetheError) in Issue.record("there is a row") }
    log.forget(0)
    #expect(projections.recipients.isEmpty)
    #expect(try folder.files.contents(of: folder.path).isEmpty)
  }

  @Test func `after the recipients have purged no file holds a byte of the forgotten`() throws {
    for subject in 0..<30 { for round in 0..<10 { log.prescribe("a\(round)", subject) } }
    _ = try projections().run()
    for subject in 5..<9 { log.forget(subject) }
    // Only the sample is known to this process, as to the command line.
    let standings = try purge([])
    #expect(standings.map(\.name) == ["medication", "prescriptions", "totals"])
    #expect(standings.allSatisfy { $0.standing == .acknowledged })
    for subject in 5..<9 { #expect(try folder.residue(of: subject).isEmpty) }
    for model in [Medication(), Prescriptions()] as [any ReadModel] {
      #expect(try folder.file(model).progress().position == 300)
      #expect(try folder.file(model).progress().swept == log.count)
    }
    #expect(try folder.rows(Prescriptions()).count == 260)
    // The application's next run arrives where a rebuild would.
    for model in [Prescriptions(), Totals()] as [any ReadModel] {
      _ = try projections().run(model.name)
      let lived = try folder.rows(model)
      _ = try projections().rebuild(model.name)
      #expect(try folder.rows(model) == lived)
      #expect(!lived.isEmpty)
    }
  }

  @Test func `a model unknown here gets what came back from its own next run`() throws {
    for subject in 0..<3 { log.prescribe("a", subject) }
    _ = try projections().run()
    log.append(.restrict([index(1).node]))
    log.append(.lift([index(1).node]))
    log.forget(2)
    _ = try purge([])
    #expect(try folder.residue(of: 2).isEmpty)
    _ = try projections().run()
    #expect(try folder.rows(Prescriptions()).map(\.subject) == [index(0), index(1)])
  }

  @Test func `what cannot be purged is named and keeps nobody else from it`() throws {
    log.prescribe("a", 1)
    _ = try projections().run()
    try Connection.make("\(folder.path)/foreign.sqlite", "CREATE TABLE mine (v)").close()
    log.forget(1)
    let standings = try purge([Prescriptions(), Totals()])
    #expect(standings.map { $0.standing == .acknowledged } == [false, true, true, true])
    #expect(try folder.residue(of: 1).isEmpty)
  }

  @Test(arguments: ["", "Up", "1a", "a/b", "a.b", "é"]) func `a name that is no file's is refused`(name: String) {
    struct Named: ReadModel {
      let name: String
      let columns: [Column] = [.key("k")]
      func apply(_ part: DeliveredPart, to rows: borrowing PartRows) throws(LetheError) {}
    }
    #expect(throws: LetheError(.input, "")) { try projections([Named(name: name)]) }
  }

  @Test(arguments: [
    [], [Column.value("v")], [.key("kid")], [.key("a"), .value("a")], [.key("a\"b")], [.key("A")],
  ]) func `columns that do not serve are refused`(columns: [Column]) {
    struct Shaped: ReadModel {
      let name = "shaped"
      let columns: [Column]
      func apply(_ part: DeliveredPart, to rows: borrowing PartRows) throws(LetheError) {}
    }
    #expect(throws: LetheError(.input, "")) { try projections([Shaped(columns: columns)]) }
  }

  @Test func `two models of one name are refused`() {
    #expect(throws: LetheError(.input, "")) { try projections([Totals(), Totals()]) }
  }

  @Test func `runs of one model from many threads come one after another`() async throws {
    for subject in 0..<40 { log.prescribe("a", subject) }
    let projections = try projections()
    let counts = try await withThrowingTaskGroup(of: UInt64.self) { group in
      for _ in 0..<8 { group.addTask { try projections.run("prescriptions").events } }
      return try await group.reduce(0, +)
    }
    #expect(counts == 40)
  }
}
