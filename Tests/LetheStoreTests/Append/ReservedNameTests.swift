import LethePolicies
import LetheStore
import LetheSystem
import Testing

/// Earlier versions took stream names that begin with `id:`; what stands in such streams is read as ever.
@Suite struct ReservedNameTests {
  @Test func `a stream of an earlier version with a reserved name is read and its owner forgotten`() async throws {
    let home = try TestHome(policy: #"{"policy":"lethe/1","shared":["id:ward"]}"#)
    let name = try StreamName(stored: "id:7")
    try await home.session { (store) async throws in
      try await store.append(AppendRequest(to: name, [event(1, of: "anna")]))
    }
    for suffix in ["", "-wal", "-shm"] {
      try LocalFileSystem().remove(home.home.path + "/Keys/directory.sqlite" + suffix)
    }
    try await home.session { (store) async throws in
      let item = try #require(try store.items().first)
      #expect(item.stream == name && item.state == .open)
      #expect(try store.items(.streamID(item.streamID)).count == 1)
      #expect(try store.items(.stream(name)).count == 1)
      try forget("anna", in: store)
      #expect(try store.items().map(\.stream) == [nil])
    }
  }
}
