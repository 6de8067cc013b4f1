import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// Every call of all that is no forget, stopped, torn and failed in turn; sampled as in `ForgetFaultTests`.
@Suite struct DeedFaultTests {
  private static let second = "/in-memory/second"

  enum Name: CaseIterable, Sendable { case append, allocate, seal, addReplica, dropReplica, close, start, backUp }

  private static func deed(_ name: Name) -> FaultTrial.Deed {
    { (home, outcome, arm) async throws in
      if name == .start { arm() }
      let store = try home.open(outcome.observer)
      if name != .start { arm() }
      switch name {
      case .append:
        // Somebody new and somebody known, in a batch each.
        let events = [try event(60, of: "dora"), try event(61, of: "cleo")]
        for event in events {
          do {
            _ = try await store.append(AppendRequest(to: StreamName("patient-\(event.subject ?? "")"), [event]))
            outcome.acknowledge(event.text)
          } catch let error as LetheError { #expect(error.code == .io, "\(error)") }
        }
      case .allocate:
        // More than there are.
        try store.perform { (writer) throws(LetheError) in try writer.makeRoom(forSubjects: 60 * 1024) }
      case .seal: _ = try store.seal()
      case .addReplica: _ = try store.addReplica(second)
      case .dropReplica: try store.dropReplica(MemoryHome.replica)
      case .close:
        try await store.append(62, of: "cleo")
        outcome.acknowledge(try event(62, of: "cleo").text)
        try store.close()
        return nil
      case .start: break
      case .backUp: _ = try store.backUp(to: "/in-memory/backup")
      }
      outcome.answer()
      return store
    }
  }

  @Test(arguments: Name.allCases, FaultTrial.Kind.allCases)
  func `P1 whatever call goes wrong, what was acknowledged is there and the rest whole or not at all`(
    name: Name, kind: FaultTrial.Kind
  ) async throws {
    let scene = try await FaultScene.shared
    let trial = FaultTrial(scene: scene, home: scene.home, deed: Self.deed(name))
    for lane in FaultTrial.lanes {
      try await trial.sweep(kind, lane: lane, oneIn: 120, seed: 3) { (store, outcome) async throws in
        let replicas = store.replicas
        if outcome.isAnswered {
          #expect(replicas.contains(Self.second) == (name == .addReplica))
          #expect(replicas.contains(MemoryHome.replica) == (name != .dropReplica))
        }
        #expect(store.awayReplica == nil && store.unfinishedForgets == 0)
      }
    }
  }
}
