import LetheCrypto
import LetheLog
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@Suite struct RestoreTests {
  @Test(arguments: ObservedStep.all)
  func `P4 pages lost after any step of a forget come back from a replica, the forgotten do not`(
    step: ObservedStep
  ) async throws {
    let home = try await ReplicaHome()
    let before = try await home.home.session { (store) async throws in try store.items().map(\.text) }
    let stop = CommitCrashTests.Stop(step, .after)
    try await home.home.crashedSession(stop.observer) { (store) async throws in
      stop.arm()
      #expect(throws: LetheError.self) { try forget("anna", in: store) }
    }
    try home.losePages()
    #expect(throws: LetheError.self) { try home.home.open() }
    let summary = try home.restore(from: home.folders[1])
    #expect(summary.log == .kept && summary.replicas == home.folders)
    try await home.home.session { (store) async throws in
      let after = try store.items().map(\.text)
      for (number, text) in after.enumerated() where number % 3 != 0 { #expect(text == before[number]) }
      #expect(try store.status(ofSubject: "anna").state == .shredded)
      #expect(after[0] == nil)
      try await store.append(40, of: "dora")
    }
    #expect(try Store.replicaStatus(home.paths).map(\.state) == [.current, .current])
    #expect(!home.files.exists(home.paths.vault + ".new"))
  }

  @Test func `a home that has its log and lost its policies gets the backup's, one that had none gets none`()
    async throws
  {
    let home = try await ReplicaHome(replicas: 0)
    let policy = home.paths.policies + "/ward.json"
    let text = Array(#"{"policy":"lethe/1","shared":["ward"]}"#.utf8)
    try home.files.replace(policy, with: text)
    try await home.home.session { (store) async throws in _ = try store.backUp(to: home.path("backup")) }
    for name in try home.files.contents(of: home.paths.policies) {
      try home.files.remove("\(home.paths.policies)/\(name)")
    }
    _ = try home.restore(from: home.path("backup"))
    #expect(try home.files.contents(ofFile: policy) == text)
    // Now they are taken away for good, which the log says.
    for name in try home.files.contents(of: home.paths.policies) {
      try home.files.remove("\(home.paths.policies)/\(name)")
    }
    try await home.home.session { (_) async throws in }
    _ = try home.restore(from: home.path("backup"))
    #expect(try home.files.contents(of: home.paths.policies).isEmpty)
  }

  @Test func `P7 older pages alone change nothing, and the error names both epochs`() async throws {
    let home = try await ReplicaHome()
    try await home.home.session { (store) async throws in _ = try store.backUp(to: home.path("backup")) }
    try await home.home.session { (store) async throws in
      try forget("anna", in: store)
      try forget("bert", in: store)
    }
    func refused() throws -> String? {
      let error = #expect(throws: LetheError.self) { try home.restore(from: home.path("backup")) }
      #expect(error?.code == .rolledBack)
      return error?.message
    }
    let bytes = try home.home.bytes(of: ["Keys"])
    let message = try refused()
    #expect(message?.contains("(epoch 1)") == true && message?.contains("(epoch 3)") == true)
    #expect(
      try home.home.bytes(of: ["Keys"]).filter { !$0.path.hasSuffix("lock") }.map(\.bytes)
        == bytes.filter { !$0.path.hasSuffix("lock") }.map(\.bytes))
    // Without pages of its own the home is as lost as before.
    try home.losePages()
    _ = try refused()
    #expect(!home.files.exists(home.paths.vault))
    #expect(try home.restore(from: home.folders[0]).epoch == 3)
  }

  @Test func `an old cell and old pages together are refused by the log`() async throws {
    let home = try await ReplicaHome(replicas: 0)
    try await home.home.session { (store) async throws in _ = try store.backUp(to: home.path("backup")) }
    try home.copy(home.paths.rootCell, to: home.path("old.cell"))
    try await home.home.session { (store) async throws in try forget("anna", in: store) }
    try home.copy(home.path("old.cell"), to: home.paths.rootCell)
    let error = #expect(throws: LetheError.self) { try home.restore(from: home.path("backup")) }
    #expect(error?.code == .rolledBack)
    #expect(error?.message.contains("epoch 1") == true && error?.message.contains("epoch 2") == true)
    // An old cell under the present pages is told by both epochs too.
    let replica = home.path("pages")
    try home.files.createDirectory(replica)
    try home.copy(home.paths.vault, to: replica + "/vault.sqlite")
    let other = #expect(throws: LetheError.self) { try home.restore(from: replica) }
    #expect(other?.code == .rolledBack && other?.message.contains("root cell is older (epoch 1)") == true)
  }

  @Test func `a whole home comes back on a clean machine from a replica, the log, root cell and signing key`()
    async throws
  {
    let home = try await ReplicaHome()
    try await home.home.session { (store) async throws in try forget("anna", in: store) }
    let machine = Home(home.path("machine"))
    try home.files.createDirectory(machine.keys)
    func error() -> LetheError.Code? {
      do throws(LetheError) { _ = try Store.restore(machine, from: home.folders[0], in: home.home.world()) } catch {
        return error.code
      }
      return nil
    }
    #expect(error() == .missingKey)
    try home.copy(home.paths.rootCell, to: machine.rootCell)
    #expect(error() == .missingKey)
    try home.copy(home.paths.signingKey, to: machine.signingKey)
    #expect(error() == .io)
    try home.files.createDirectory(home.folders[0] + "/Log")
    for name in try home.files.contents(of: home.paths.log) where name != "tile" {
      try home.copy("\(home.paths.log)/\(name)", to: "\(home.folders[0])/Log/\(name)")
    }
    let summary = try home.restore(from: home.folders[0], into: machine)
    #expect(summary.log == .copied && summary.epoch == 3 && summary.replicas == home.folders)
    #expect(try home.files.contents(ofFile: machine.places) == home.files.contents(ofFile: home.paths.places))
    let store = try Store.open(machine, waiting: .patience, in: home.home.world())
    #expect(try ReplicaHome.texts(of: "bert", in: store).allSatisfy { $0 != nil })
    #expect(try store.status(ofSubject: "anna").state == .shredded)
    // Numbers that a lost tail may have given are not given again.
    try await store.append(50, of: "dora")
    let dora = try #require(try store.subjectIndex(ofSubject: "dora"))
    #expect(dora >= SubjectIndex(block: 1, subject: 0))
    try store.close()
  }

  @Test func `a log that is shorter than the checkpoint or the vault is refused`() async throws {
    let home = try await ReplicaHome(replicas: 1)
    try await home.home.session { (store) async throws in _ = try store.backUp(to: home.path("backup")) }
    func code() -> LetheError.Code? {
      do throws(LetheError) {
        _ = try Store.restore(home.paths, from: home.path("backup"), waiting: .patience, in: home.home.world())
      } catch { return error.code }
      return nil
    }
    try await home.home.session { (store) async throws in try await store.append(60, of: "bert") }
    for name in [LogLayout.segment(0)] { try home.files.remove("\(home.paths.log)/\(name)") }
    #expect(code() == .rolledBack)
    #expect(!home.files.exists("\(home.paths.log)/\(LogLayout.segment(0))"))
    // Without the checkpoint of its own, the vault's epoch tells once there was a commit.
    let later = try await ReplicaHome(replicas: 1)
    try await later.home.session { (store) async throws in _ = try store.backUp(to: later.path("backup")) }
    try await later.home.session { (store) async throws in try forget("anna", in: store) }
    for name in [LogLayout.segment(0)] { try later.files.remove("\(later.paths.log)/\(name)") }
    try later.files.remove(later.paths.trustedCheckpoint)
    try later.files.createDirectory(later.folders[0] + "/Log")
    for name in [LogLayout.segment(0)] {
      try later.copy("\(later.path("backup"))/Log/\(name)", to: "\(later.folders[0])/Log/\(name)")
    }
    #expect(throws: LetheError(.rolledBack, "")) { try later.restore(from: later.folders[0]) }
  }

  @Test func `a copy that lacks a page or is no copy is refused`() async throws {
    let home = try await ReplicaHome(replicas: 1)
    let other = try await ReplicaHome(replicas: 1)
    func code(_ folder: String) -> LetheError.Code? {
      do throws(LetheError) {
        _ = try Store.restore(home.paths, from: folder, waiting: .patience, in: home.home.world())
      } catch { return error.code }
      return nil
    }
    #expect(code(home.path("nothing")) == .io)
    #expect(code(other.folders[0]) == .input)
    let pages = try SQLitePageStore(path: home.folders[0] + "/vault.sqlite", .readWrite, .rollback)
    try pages.deleteRows([try #require(pages.keys().max())])
    try pages.close()
    #expect(code(home.folders[0]) == .missingKey)
    try home.files.replace(home.folders[0] + "/vault.sqlite", with: [UInt8](repeating: 7, count: 8192))
    #expect(code(home.folders[0]) == .damage)
    try await home.home.session { (store) async throws in
      #expect(try ReplicaHome.texts(of: "anna", in: store).allSatisfy { $0 != nil })
    }
  }
}
