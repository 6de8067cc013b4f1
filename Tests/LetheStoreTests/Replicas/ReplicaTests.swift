import LetheCrypto
import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@Suite struct StoreReplicaTests {
  @Test func `a forget waits for a replica that is away, restricted, and is finished at the next start`() async throws {
    let home = try await ReplicaHome()
    try await home.home.session { (store) async throws in
      // To a stream that is busy too.
      try await store.append(18, of: "anna")
      try home.takeAway(2)
      let error = #expect(throws: LetheError.self) { try forget("anna", in: store) }
      #expect(error?.code == .io && error?.message.contains("replica 2") == true)
      #expect(try store.status(ofSubject: "anna").state == .restricted)
      await #expect(throws: LetheError(.restricted, "")) { try await store.append(19, of: "anna") }
      // Others are served meanwhile.
      try await store.append(20, of: "bert")
    }
    try await home.home.session { (store) async throws in
      #expect(store.unfinishedForgets == 1 && store.awayReplica?.message.contains("replica 2") == true)
      #expect(try store.status(ofSubject: "anna").state == .restricted)
      #expect(try ReplicaHome.texts(of: "anna", in: store) == [nil, nil, nil])
      await #expect(throws: LetheError(.restricted, "")) { try await store.append(21, of: "anna") }
      try await store.append(22, of: "dora")
    }
    #expect(try Store.keyStatus(home.paths).openCases == 1)
    #expect(try Store.replicaStatus(home.paths).map(\.state) == [.current, .away])
    try home.bringBack(2)
    try await home.home.session { (store) async throws in
      #expect(store.unfinishedForgets == 0 && store.awayReplica == nil)
      #expect(try store.status(ofSubject: "anna").state == .shredded)
      #expect(try ReplicaHome.texts(of: "bert", in: store).allSatisfy { $0 != nil })
    }
    #expect(try Store.replicaStatus(home.paths).map(\.state) == [.current, .current])
    let status = try Store.keyStatus(home.paths)
    #expect(status.openCases == 0 && status.replicas == home.folders && status.epoch == 2)
  }

  @Test func `asked again, a forget that waits is finished in the same session`() async throws {
    let home = try await ReplicaHome()
    try await home.home.session { (store) async throws in
      try home.takeAway(1)
      #expect(throws: LetheError(.io, "")) { try forget("anna", in: store) }
      let resume = { (id: String) in
        try store.perform { (writer) throws(LetheError) in try writer.resumeForget(ofSubject: id)?.events }
      }
      #expect(throws: LetheError(.io, "")) { try resume("anna") }
      #expect(try resume("bert") == nil)
      try home.bringBack(1)
      #expect(try resume("anna") == 3)
      #expect(try store.status(ofSubject: "anna").state == .shredded)
    }
  }

  @Test func `to drop a replica that is away finishes what waited for it`() async throws {
    let home = try await ReplicaHome()
    try home.takeAway(1)
    try await home.home.session { (store) async throws in
      #expect(throws: LetheError(.io, "")) { try forget("anna", in: store) }
      #expect(throws: LetheError(.refused, "")) { try store.dropReplica(home.path("other")) }
      try store.dropReplica(home.folders[0])
      #expect(try store.status(ofSubject: "anna").state == .shredded)
    }
    #expect(try Store.replicaStatus(home.paths).map(\.path) == [home.folders[1]])
  }

  @Test func `a replica that was away during two forgets catches up before it counts`() async throws {
    let home = try await ReplicaHome(replicas: 1)
    try home.copy(home.folders[0] + "/vault.sqlite", to: home.path("old"))
    try await home.home.session { (store) async throws in
      try forget("anna", in: store)
      try forget("bert", in: store)
    }
    // Its disk comes back from a time before both.
    try home.copy(home.path("old"), to: home.folders[0] + "/vault.sqlite")
    #expect(try Store.replicaStatus(home.paths).map(\.state) == [.behind])
    try await home.home.session { (_) async throws in }
    #expect(try Store.replicaStatus(home.paths).map(\.state) == [.current])
    try home.losePages()
    _ = try home.restore(from: home.folders[0])
    try await home.home.session { (store) async throws in
      #expect(try ReplicaHome.texts(of: "cleo", in: store).allSatisfy { $0 != nil })
      for name in ["anna", "bert"] { #expect(try store.status(ofSubject: name).state == .shredded) }
    }
  }

  @Test func `while a replica is away, two forgets wait, and both are finished when it is back`() async throws {
    let home = try await ReplicaHome()
    try home.takeAway(2)
    for name in ["anna", "bert"] {
      try await home.home.session { (store) async throws in
        #expect(throws: LetheError(.io, "")) { try forget(name, in: store) }
      }
    }
    try home.bringBack(2)
    try await home.home.session { (store) async throws in
      for name in ["anna", "bert"] { #expect(try store.status(ofSubject: name).state == .shredded) }
      #expect(try ReplicaHome.texts(of: "cleo", in: store).allSatisfy { $0 != nil })
    }
    #expect(try Store.replicaStatus(home.paths).map(\.state) == [.current, .current])
  }

  @Test func `new subjects are taken from spare blocks while a replica is away, then refused`() async throws {
    let home = try await ReplicaHome(replicas: 1)
    try home.takeAway(1)
    // An unclean stop leaves a block behind; that needs no commit while there are spares.
    try await home.home.crashedSession { (store) async throws in try await store.append(30, of: "dora") }
    try await home.home.session { (store) async throws in
      try await store.append(31, of: "emil")
      // All blocks but the last are left behind.
      try store.perform { (writer) throws(LetheError) in
        _ = try writer.record([StoreWriter.FactDraft(.blocksOpened(plane: .subjects, blocks: [63]))])
      }
      let people = try (0..<1024).map { number in
        AppendRequest(to: try StreamName("patient-p\(number)"), [try event(number, of: "p\(number)")])
      }
      for result in await store.append(people) { _ = try result.get() }
      await #expect(throws: LetheError(.io, "")) { try await store.append(32, of: "finn") }
      // Who is known goes on, and what was refused left nothing.
      try await store.append(33, of: "emil")
      #expect(try store.subjectIndex(ofSubject: "finn") == nil)
      #expect(store.awayReplica != nil)
    }
    try home.bringBack(1)
    try await home.home.session { (store) async throws in
      try await store.append(32, of: "finn")
      #expect(try store.subjectIndex(ofSubject: "finn") == SubjectIndex(block: 64, subject: 0))
    }
  }

  @Test func `folders of keys, of homes and of other stores are refused`() async throws {
    let home = try await ReplicaHome(replicas: 1)
    let other = try await ReplicaHome(replicas: 1)
    try await home.home.session { (store) async throws in
      for folder in [home.paths.keys, home.paths.path] {
        #expect(throws: LetheError(.refused, "")) { try store.addReplica(folder) }
      }
      #expect(throws: LetheError(.input, "")) { try store.addReplica("replica") }
      #expect(throws: LetheError(.io, "")) { try store.addReplica(other.folders[0]) }
      #expect(store.replicas == home.folders)
      // Once more is no error and heals what was lost.
      try home.files.remove(home.folders[0] + "/vault.sqlite")
      let again = try store.addReplica(home.folders[0])
      #expect(again.number == 1 && again.pages == 68)
    }
    #expect(try Store.replicaStatus(other.paths).map(\.state) == [.current])
  }

  @Test func `a replica holds sealed pages, the places, and nothing else`() async throws {
    let home = try await ReplicaHome(replicas: 1)
    #expect(try home.files.contents(of: home.folders[0]) == ["places.json", "vault.sqlite"])
    let places = try home.files.contents(ofFile: home.folders[0] + "/places.json")
    #expect(try places == home.files.contents(ofFile: home.paths.places))
    let bytes = try home.files.contents(ofFile: home.folders[0] + "/vault.sqlite")
    for word in ["anna", "patient", "event-1", "MedicationPrescribed"] {
      #expect(!String(decoding: bytes, as: UTF8.self).contains(word))
    }
  }
}
