import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// `Keys/places.json` is lost while the root is shared: a copy's file tells where the cells are, if the log names it.
@Suite struct LostPlacesTests {
  /// Three cells of which two make the root, one replica with a copy of the log; and then all of Keys/ is lost but cells and
  /// signing key.
  private static func lost(backup: String? = nil) async throws -> MemoryHome {
    let home = try await MemoryHome.withPeople()
    try await home.addCells(to: 3, threshold: 2)
    try await home.session { (store) async throws in
      try forget("anna", in: store)
      if let backup { _ = try store.backUp(to: backup) }
    }
    try home.copyLog()
    for path in [MemoryHome.home.vault, MemoryHome.home.directory] { try home.removeDatabase(path) }
    try home.disk.remove(MemoryHome.home.places)
    return home
  }

  private static func check(_ home: MemoryHome) async throws {
    try await home.session { (store) async throws in
      #expect(store.cellCount == 3 && store.cellThreshold == 2 && store.replicas == [MemoryHome.replica])
      #expect(try store.status(ofSubject: "anna").state == .shredded)
      for name in ["bert", "cleo"] { #expect(try MemoryHome.isReadable(name, in: store)) }
      try forget("bert", in: store)
    }
    let shares = try home.roots()
    #expect(Set(shares.map(\.pair)).count == 1 && shares.count == 3)
  }

  @Test func `P4 a replica's copy tells where the cells are, any of which may be away`() async throws {
    for away in [nil, 1, 3] {
      let home = try await Self.lost()
      if let away { try home.takeAwayCell(away) }
      #expect(throws: LetheError.self) { try home.open() }
      let before = home.disk.content(of: MemoryHome.replica + "/places.json")
      #expect(try home.restore(into: MemoryHome.home).replicas == [MemoryHome.replica])
      #expect(home.disk.content(of: MemoryHome.home.places) == before)
      if let away { try home.bringBackCell(away) }
      try await Self.check(home)
    }
  }

  @Test func `P4 a backup's copy tells it too`() async throws {
    let home = try await Self.lost(backup: "/in-memory/backup")
    _ = try home.restore(into: MemoryHome.home, from: "/in-memory/backup")
    try await Self.check(home)
  }

  @Test func `a copy that the log does not name is not followed, and the error says what to put back`() async throws {
    let home = try await Self.lost()
    let right = try #require(home.disk.content(of: MemoryHome.replica + "/places.json"))
    func refused() {
      let error = #expect(throws: LetheError.self) { try home.restore(into: MemoryHome.home) }
      #expect(error?.code == .missingKey && error?.place == "Keys/places.json")
      #expect(error?.message.hasPrefix("the root takes 2 of 3 cells and nothing tells where they are") == true)
    }
    // Somebody has a cell written to where they can read it.
    let text = String(decoding: right, as: UTF8.self)
    let planted = text.split(separator: "cell-3", omittingEmptySubsequences: false).joined(separator: "elsewhere")
    #expect(planted != text)
    try home.disk.replace(MemoryHome.replica + "/places.json", with: Array(planted.utf8))
    refused()
    try home.disk.remove(MemoryHome.replica + "/places.json")
    refused()
    #expect(!home.disk.exists(MemoryHome.cellFolder + "/elsewhere") && !home.disk.exists(MemoryHome.home.vault))
    try home.disk.replace(MemoryHome.home.places, with: right)
    _ = try home.restore(into: MemoryHome.home)
    try await Self.check(home)
  }

  @Test func `a replica that was away when places changed is behind until a start finds it`() async throws {
    let home = try await MemoryHome.withPeople()
    let file = MemoryHome.replica + "/places.json"
    let old = try #require(home.disk.content(of: file))
    try await home.addCells(to: 2, threshold: 1)
    #expect(home.disk.content(of: file) == home.disk.content(of: MemoryHome.home.places))
    try home.disk.replace(file, with: old)
    func states() throws -> [ReplicaStatus.State] {
      try Store.replicaStatus(MemoryHome.home, in: home.world()).map(\.state)
    }
    #expect(try states() == [.behind])
    try await home.session { _ in }
    #expect(try states() == [.current])
    #expect(home.disk.content(of: file) == home.disk.content(of: MemoryHome.home.places))
  }
}
