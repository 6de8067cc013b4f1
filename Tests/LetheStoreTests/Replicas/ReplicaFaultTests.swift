import Glibc
import LetheLog
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Synchronization
import Testing

/// What can be wrong with a replica while somebody is forgotten: no key is destroyed before it has the new pages, and no
/// living subject is lost to what it is.
@Suite struct ReplicaFaultTests {
  /// Fails calls below the replica's folder.
  private static func breakReplica(
    _ home: MemoryHome, after skipped: Int = 0, _ outcome: Faults.Outcome = .fail,
    _ kinds: Set<Faults.Kind> = Set(Faults.Kind.allCases)
  ) -> Counter {
    let counter = Counter()
    home.disk.faults.decide { call in
      guard call.path.hasPrefix(MemoryHome.replica), kinds.contains(call.kind) else { return .proceed }
      return counter.next() < skipped ? .proceed : outcome
    }
    return counter
  }

  private final class Counter: Sendable {
    private let count = Mutex(0)
    func next() -> Int {
      count.withLock { count in
        defer { count += 1 }
        return count
      }
    }
    var value: Int { count.withLock { $0 } }
  }

  /// With all disks as they are: pages of the replica, the root cell and the log make a store in which the living read.
  private static func checkLossOfPrimary(_ home: MemoryHome, _ note: Comment) async throws {
    let trial = home.copy()
    trial.disk.faults.clear()
    try trial.makeMachine()
    try trial.copyLog()
    _ = try trial.restore()
    try await trial.session(of: MemoryHome.machine) { (store) async throws in
      for name in ["bert", "cleo"] { #expect(try MemoryHome.isReadable(name, in: store), note) }
    }
  }

  /// A forget that a replica stopped: restricted, told, and finished when it can be.
  private static func checkWaiting(_ home: MemoryHome, _ store: Store, _ note: Comment) async throws {
    #expect(try store.status(ofSubject: "anna").state == .restricted, note)
    #expect(store.unfinishedForgets == 1 && store.awayReplica?.message.contains("replica 1") == true, note)
    await #expect(throws: LetheError(.restricted, ""), note) { try await store.append(80, of: "anna") }
    try await store.append(81, of: "bert")
    try await checkLossOfPrimary(home, note)
    home.disk.faults.clear()
    let events = try store.perform { (writer) throws(LetheError) in try writer.resumeForget(ofSubject: "anna")?.events }
    #expect(events == 3, note)
    #expect(try store.status(ofSubject: "anna").state == .shredded, note)
    #expect(try Store.replicaStatus(MemoryHome.home, in: home.world()).map(\.state) == [.current], note)
    try await checkLossOfPrimary(home, note)
  }

  @Test(arguments: [
    (Faults.Outcome.full, [Faults.Kind.write, .truncate]), (.fail, [.write, .truncate, .synchronize]),
    (.fail, [.synchronize]), (.fail, Faults.Kind.allCases),
  ])
  func `P3 a forget waits for a replica that is full, read-only, does not sync or is gone`(
    outcome: Faults.Outcome, kinds: [Faults.Kind]
  ) async throws {
    let home = try await MemoryHome.withPeople()
    let store = try home.open()
    _ = Self.breakReplica(home, outcome, Set(kinds))
    let error = #expect(throws: LetheError.self) { try forget("anna", in: store) }
    #expect(error?.code == .io && error?.message.contains("replica 1") == true)
    try await Self.checkWaiting(home, store, "\(kinds)")
    try store.close()
  }

  @Test func `P3 a replica that is removed at any call of the shipping is waited for`() async throws {
    let home = try await MemoryHome.withPeople()
    let whole = home.copy()
    let first = try whole.open()
    let counter = Self.breakReplica(whole, after: .max)
    try forget("anna", in: first)
    let calls = counter.value
    try first.close()
    #expect(calls > 20)
    for skipped in stride(from: 0, to: calls, by: max(calls / 8, 1)) {
      let trial = home.copy()
      let store = try trial.open()
      _ = Self.breakReplica(trial, after: skipped)
      let isDone: Bool
      do {
        try forget("anna", in: store)
        isDone = true
      } catch {
        #expect((error as? LetheError)?.code == .io)
        isDone = false
      }
      // What failed otherwise came after it had all pages.
      trial.disk.faults.decide { _ in .proceed }
      if isDone {
        try await Self.checkLossOfPrimary(trial, "call \(skipped)")
      } else {
        try await Self.checkWaiting(trial, store, "call \(skipped)")
      }
      try store.close()
    }
  }

  @Test func `a folder that cannot take all pages is called no replica, and nothing waits for it`() async throws {
    let home = try await MemoryHome.withPeople()
    let other = "/in-memory/other"
    try await home.session { (store) async throws in
      home.disk.faults.decide { $0.kind == .write && $0.path.hasPrefix(other + "/vault.sqlite-") ? .full : .proceed }
      do {
        _ = try store.addReplica(other)
        Issue.record("the folder took all pages")
      } catch {
        let error = try #require(error as? LetheError)
        #expect(error.code == .io && !error.message.contains("replica 2"), "\(error)")
      }
      home.disk.faults.clear()
      #expect(store.replicas == [MemoryHome.replica])
      try forget("anna", in: store)
      #expect(try store.addReplica(other).number == 2)
    }
  }

  @Test(arguments: [Faults.Kind.rename, .synchronizeDirectory])
  func `places that the log has and that could not be moved are in force, in this process and the next`(
    kind: Faults.Kind
  ) async throws {
    let home = try await MemoryHome.withPeople()
    let other = "/in-memory/other"
    try await home.session { (store) async throws in
      let isArmed = Mutex(true)
      home.disk.faults.decide { call in
        guard call.kind == kind, call.path.hasSuffix(kind == .rename ? "places.json.next" : "/Keys") else {
          return .proceed
        }
        // Before the log has them, the move of the temporary file syncs the folder too.
        guard kind == .rename || home.disk.content(of: MemoryHome.home.nextPlaces) == nil else { return .proceed }
        return isArmed.withLock { isArmed in
          defer { isArmed = false }
          return isArmed ? .fail : .proceed
        }
      }
      #expect(throws: LetheError(.io, "")) { try store.addReplica(other) }
      home.disk.faults.clear()
      // The next commit settles them first.
      try forget("anna", in: store)
      #expect(store.replicas == [MemoryHome.replica, other])
      #expect(home.disk.content(of: MemoryHome.home.places) != nil)
    }
    try await home.session { (store) async throws in
      #expect(store.replicas == [MemoryHome.replica, other])
      #expect(try store.status(ofSubject: "anna").state == .shredded)
    }
  }

  @Test func `P3 a replica that was copied by half is away until it is made again`() async throws {
    let home = try await MemoryHome.withPeople()
    let file = MemoryHome.replica + "/vault.sqlite"
    home.disk.damage(file) { $0.removeLast($0.count / 2) }
    try await home.session { (store) async throws in
      #expect(store.awayReplica != nil)
      #expect(throws: LetheError(.io, "")) { try forget("anna", in: store) }
      #expect(try store.status(ofSubject: "anna").state == .restricted)
      try home.disk.remove(file)
      #expect(try store.addReplica(MemoryHome.replica).number == 1)
      #expect(try store.status(ofSubject: "anna").state == .shredded)
    }
    try await Self.checkLossOfPrimary(home, "made again")
  }

  @Test func `P3 an old copy of a replica that is put back in mid-session is brought up before keys go`() async throws {
    let home = try await MemoryHome.withPeople()
    let file = MemoryHome.replica + "/vault.sqlite"
    try home.copy(file, to: "/in-memory/old")
    try await home.session { (store) async throws in
      try forget("anna", in: store)
      try home.disk.remove(file)
      try home.copy("/in-memory/old", to: file)
      try forget("bert", in: store)
    }
    let trial = home.copy()
    try trial.makeMachine()
    try trial.copyLog()
    _ = try trial.restore()
    try await trial.session(of: MemoryHome.machine) { (store) async throws in
      #expect(try MemoryHome.isReadable("cleo", in: store))
      for name in ["anna", "bert"] { #expect(try store.status(ofSubject: name).state == .shredded) }
    }
  }

  @Test func `a folder in the home is refused, and one by another name is the same`() async throws {
    let home = try await ReplicaHome(replicas: 1)
    try await home.home.session { (store) async throws in
      for folder in ["replica", "Log/replica", "Keys/b", "ReadModels"] {
        #expect(throws: LetheError(.refused, "")) { try store.addReplica("\(home.paths.path)/\(folder)") }
      }
      let link = home.path("link")
      try makeLink(link, to: home.folders[0])
      for name in [link, home.folders[0] + "/", home.folders[0] + "/../replica-1"] {
        #expect(try store.addReplica(name).number == 1)
      }
      #expect(store.replicas == home.folders)
      let inside = home.path("inside")
      try makeLink(inside, to: home.paths.readModels)
      #expect(throws: LetheError(.refused, "")) { try store.addReplica(inside) }
    }
  }

  private func makeLink(_ path: String, to target: String) throws {
    guard symlink(target, path) == 0 else { throw LetheError(.io, "no link was made") }
  }
}
