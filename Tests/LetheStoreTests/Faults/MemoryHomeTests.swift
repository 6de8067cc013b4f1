import LetheStore
import LetheSystem
import LetheTesting
import Testing

@Suite struct MemoryHomeTests {
  @Test func `a whole store lives on an injected file system, and no file of it on the machine`() async throws {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      for number in 0..<6 { try await store.append(number, of: ["anna", "bert"][number % 2]) }
      _ = try store.addReplica(MemoryHome.replica)
      try forget("anna", in: store)
      #expect(throws: LetheError(.locked, "")) { try home.open() }
    }
    try await home.session { (store) async throws in
      #expect(try store.items().map { $0.text != nil } == [false, true, false, true, false, true])
      #expect(try store.status(ofSubject: "anna").state == .shredded)
      _ = try store.backUp(to: "/in-memory/backup")
    }
    #expect(try Store.replicaStatus(MemoryHome.home, in: home.world()).map(\.state) == [.current])
    for suffix in ["", "-wal"] { try home.disk.remove(MemoryHome.home.vault + suffix) }
    _ = try Store.restore(MemoryHome.home, from: MemoryHome.replica, in: home.world())
    try await home.session { (store) async throws in
      #expect(try store.items().map { $0.text != nil } == [false, true, false, true, false, true])
    }
    let machine = LocalFileSystem()
    for path in [MemoryHome.home.path, MemoryHome.replica, "/in-memory/backup"] { #expect(!machine.exists(path)) }
  }

  @Test func `after a crash all that was acknowledged is there, whatever else the disk kept`() async throws {
    let home = try MemoryHome()
    let store = try home.open()
    for number in 0..<6 { try await store.append(number, of: ["anna", "bert"][number % 2]) }
    try forget("anna", in: store)
    for survival in [MemoryFileSystem.Survival.synced, .all, .some(seed: 1), .some(seed: 2)] {
      try await home.crashed(survival).session { (store) async throws in
        #expect(try store.items().map { $0.text != nil } == [false, true, false, true, false, true])
      }
    }
  }
}
