import LetheStore
import LetheSystem
import LetheTesting
import Testing

@Suite struct BackupTests {
  @Test func `a backup is a home without root cell, signing key and directory`() async throws {
    let home = try await ReplicaHome(replicas: 1)
    // What somebody laid there may be anything, a root as well.
    try home.copy(home.paths.rootCell, to: home.paths.log + "/stray")
    try home.copy(home.paths.rootCell, to: home.paths.policies + "/stray")
    try await home.home.session { (store) async throws in
      let summary = try store.backUp(to: home.path("backup"))
      #expect(summary.epoch == 1 && summary.pages == 68 && summary.records == store.count)
      #expect(throws: LetheError(.refused, "")) { try store.backUp(to: home.path("backup")) }
      try await store.append(20, of: "bert")
    }
    let copy = Home(home.path("backup"))
    #expect(try home.files.contents(of: copy.keys) == ["checkpoint", "places.json", "vault.sqlite"])
    #expect(try home.files.contents(of: copy.log).sorted() == ["00000000000000000000.segment", "checkpoint"])
    #expect(try !home.files.contents(of: copy.policies).contains("stray"))
    // With the root of its epoch it is whole.
    try home.copy(home.paths.rootCell, to: copy.rootCell)
    try home.copy(home.paths.signingKey, to: copy.signingKey)
    let store = try Store.open(copy, waiting: .patience, in: home.home.world())
    #expect(try store.items().count == 9)
    #expect(try ReplicaHome.texts(of: "cleo", in: store).allSatisfy { $0 != nil })
    try store.close()
  }

  @Test func `P3 a backup opens nothing after the next epoch`() async throws {
    let home = try await ReplicaHome(replicas: 0)
    try await home.home.session { (store) async throws in
      _ = try store.backUp(to: home.path("backup"))
      try forget("anna", in: store)
    }
    let copy = Home(home.path("backup"))
    try home.copy(home.paths.rootCell, to: copy.rootCell)
    try home.copy(home.paths.signingKey, to: copy.signingKey)
    #expect(throws: LetheError(.rolledBack, "")) { try Store.open(copy, waiting: .patience, in: home.home.world()) }
  }

  @Test func `a folder with something in it is left as it is`() async throws {
    let home = try await ReplicaHome(replicas: 0)
    try home.files.createDirectory(home.path("full"))
    try home.files.replace(home.path("full") + "/note", with: [1])
    try await home.home.session { (store) async throws in
      #expect(throws: LetheError(.refused, "")) { try store.backUp(to: home.path("full")) }
    }
    #expect(try home.files.contents(of: home.path("full")) == ["note"])
  }

  @Test func `a folder in the home is refused, by whatever name`() async throws {
    let home = try await ReplicaHome(replicas: 0)
    try await home.home.session { (store) async throws in
      for place in ["/Log/backup", "/Keys/../backup", "/Keys"] {
        #expect(throws: LetheError(.refused, "")) { try store.backUp(to: home.paths.path + place) }
      }
    }
    #expect(!home.files.exists(home.paths.log + "/backup"))
  }
}
