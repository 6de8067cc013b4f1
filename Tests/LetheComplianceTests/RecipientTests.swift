import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Synchronization
import Testing

@testable import LetheCompliance

/// A recipient that keeps numbers of people in memory.
private final class Notebook: Recipient {
  private struct State {
    var people: Set<Int> = []
    var forgets: [Int] = []
    var swept = 0
    var isBlocked = false
    var purgeCount = 0
  }

  let name: String
  var debt: String { "\(name) owes a purge" }
  private let state = Mutex(State())

  init(_ name: String = "notebook") { self.name = name }

  func derive(_ person: Int) { state.withLock { _ = $0.people.insert(person) } }
  func forget(_ person: Int) { state.withLock { $0.forgets.append(person) } }
  func holds(_ person: Int) -> Bool { state.withLock { $0.people.contains(person) } }
  func block(_ isBlocked: Bool) { state.withLock { $0.isBlocked = isBlocked } }
  var purgeCount: Int { state.withLock { $0.purgeCount } }

  func standing() -> Standing {
    state.withLock { $0.swept < $0.forgets.count ? .owes("it was not asked yet") : .acknowledged }
  }

  func purge(waiting patience: Duration) throws(LetheError) {
    try state.withLock { (state) throws(LetheError) in
      state.purgeCount += 1
      guard !state.isBlocked else { throw LetheError(.io, "somebody reads in the notebook") }
      state.people.subtract(state.forgets)
      state.swept = state.forgets.count
    }
  }
}

@Suite struct RecipientTests {
  @Test(arguments: RecipientConformance.cases)
  func `a recipient in memory conforms`(check: RecipientConformance.Case) throws {
    let notebook = Notebook()
    try check.check(
      RecipientHarness(
        derive: { notebook.derive($0) }, forget: { notebook.forget($0) },
        hasAcknowledged: { notebook.standing() == .acknowledged }, purge: { try notebook.purge(waiting: .zero) },
        holds: { notebook.holds($0) }, block: { notebook.block(true) }, unblock: { notebook.block(false) }, restart: {}
      ))
  }

  // MARK: The desk

  private let directory = TemporaryDirectory()

  private func store() async throws -> Store {
    let home = Home(directory.path("home"))
    _ = try Store.create(home, in: World(clock: ManualClock()))
    let store = try Store.open(home, waiting: .patience, in: World(clock: ManualClock()))
    for subject in ["anna", "bert"] {
      let json = #"{"specversion":"1.0","id":"1","source":"s","type":"T","datasubject":"\#(subject)","data":1}"#
      try await store.append(
        AppendRequest(to: StreamName("patient-\(subject)"), [CloudEvent(json: Array(json.utf8))]))
    }
    return store
  }

  private func forget(_ subject: String, _ desk: ForgetDesk) throws -> ForgetDesk.Outcome {
    try desk.forgetNow(
      subject: subject, ground: .consentWithdrawn, by: StaffID("ines"), approver: StaffID("omar"), waiting: .zero)
  }

  @Test func `a forget ends with every recipient having acknowledged or being named`() async throws {
    let store = try await store()
    let (good, held) = (Notebook("good"), Notebook("held"))
    let desk = ForgetDesk(store, recipients: { [good, held] })
    #expect(desk.owed.isEmpty && good.purgeCount == 0)
    for notebook in [good, held] {
      notebook.derive(1)
      notebook.forget(1)
    }
    held.block(true)
    let outcome = try forget("anna", desk)
    #expect(outcome.recipients.map(\.name) == ["good", "held"])
    #expect(outcome.recipients.map(\.isOwed) == [false, true])
    #expect(outcome.recipients[1].state == .owed("somebody reads in the notebook"))
    #expect(!good.holds(1) && held.holds(1))
    #expect(desk.recipients().map(\.isOwed) == [false, true])
    try store.close()
  }

  @Test func `whoever opens the desk next has a purge made up for that is due, and hears of one that is not`()
    async throws
  {
    let store = try await store()
    let notebook = Notebook()
    notebook.derive(1)
    notebook.forget(1)
    notebook.block(true)
    #expect(ForgetDesk(store, recipients: { [notebook] }).owed.map(\.name) == ["notebook"])
    notebook.block(false)
    #expect(ForgetDesk(store, recipients: { [notebook] }).owed.isEmpty)
    #expect(!notebook.holds(1) && notebook.purgeCount == 2)
    // One that owes nothing is left alone.
    #expect(ForgetDesk(store, recipients: { [notebook] }).owed.isEmpty && notebook.purgeCount == 2)
    try store.close()
  }

  @Test func `recipients purge for a forget that a replica holds up, and the opening that finishes it says so`()
    async throws
  {
    let store = try await store()
    let (replica, away) = (directory.path("replica"), directory.path("away"))
    _ = try store.addReplica(replica)
    try LocalFileSystem().rename(replica, to: away)
    let notebook = Notebook()
    let desk = ForgetDesk(store, recipients: { [notebook] })
    notebook.derive(1)
    notebook.forget(1)
    #expect(throws: LetheError(.io, "")) { try forget("anna", desk) }
    #expect(!notebook.holds(1) && notebook.standing() == .acknowledged)
    #expect(store.withdrawals(from: 0).count == 1 && store.forgetsFinishedAtOpening.isEmpty)
    let kid = try #require(store.withdrawals(from: 0).first?.nodes.first?.firstKid)
    #expect(store.isWithdrawn(kid))
    try? store.close()
    try LocalFileSystem().rename(away, to: replica)
    let again = try Store.open(store.home, waiting: .patience, in: World(clock: ManualClock()))
    #expect(again.forgetsFinishedAtOpening.count == 1)
    #expect(again.withdrawals(from: 0).count == 1 && again.isWithdrawn(kid))
    #expect(again.withdrawals(from: again.count).isEmpty)
    try again.close()
  }
}
