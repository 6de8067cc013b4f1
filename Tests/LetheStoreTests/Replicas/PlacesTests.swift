import LetheCrypto
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@Suite struct PlacesTests {
  @Test func `places are written in one form alone`() throws {
    let places = Places(
      threshold: 1, cells: Places.initial.cells, replicas: ["/mnt/b/lethe-keys", "/mnt/with \"quotes\" and ü"])
    let text = String(decoding: places.encoded, as: UTF8.self)
    #expect(
      text.hasPrefix(#"{"k":1,"cells":[{"kind":"file","path":"Keys/root.cell"}],"replicas":["/mnt/b/lethe-keys","#))
    #expect(try Places(decoding: places.encoded) == places)
    for other in ["", "[]", "{}", " " + text, text.dropLast() + "", text.dropLast(3) + ",7]}\n"] {
      #expect(throws: LetheError(.damage, "")) { try Places(decoding: Array(String(other).utf8)) }
    }
    var several = places
    several.threshold = 2
    several.cells += [Places.Cell(kind: "file", path: "/mnt/c/cell"), Places.Cell(kind: "file", path: "/mnt/d/cell")]
    several.leaving = Places.Leaving(threshold: 1, cells: Places.initial.cells)
    #expect(try Places(decoding: several.encoded) == several)
    #expect(String(decoding: several.encoded, as: UTF8.self).contains(#""leaving":{"k":1,"cells":[{"kind""#))
    several.threshold = 4
    #expect(throws: LetheError(.format, "")) { try Places(decoding: several.encoded) }
    let unlike = Places(threshold: 1, cells: [Places.Cell(kind: "tpm", path: "0x81")], replicas: [])
    #expect(throws: LetheError(.format, "")) { try Places(decoding: unlike.encoded) }
  }

  @Test func `a home whose places somebody changed is refused with a sentence`() async throws {
    let home = try await ReplicaHome(replicas: 1)
    let right = try home.files.contents(ofFile: home.paths.places)
    let texts = [
      String(decoding: Places.initial.encoded, as: UTF8.self),
      String(decoding: right, as: UTF8.self).split(separator: "replica-1").joined(separator: "replica-9"), "{}",
    ]
    for text in texts {
      try home.files.replace(home.paths.places, with: Array(text.utf8))
      let error = #expect(throws: LetheError.self) { try home.home.open() }
      #expect(error?.code == .damage && error?.message.contains("places.json") == true)
      #expect(throws: LetheError(.damage, "")) { try Store.keyStatus(home.paths) }
    }
    try home.files.remove(home.paths.places)
    #expect(throws: LetheError(.damage, "")) { try home.home.open() }
    try home.files.replace(home.paths.places, with: right)
    try await home.home.session { (store) async throws in #expect(store.replicas == home.folders) }
  }

  @Test func `places that the log never named are refused`() async throws {
    let home = try TestHome()
    try LocalFileSystem().replace(home.home.places, with: Places.initial.encoded)
    #expect(throws: LetheError(.damage, "")) { try home.open() }
  }

  @Test func `a change that stopped before the log had it is taken back`() async throws {
    let home = try await ReplicaHome(replicas: 1)
    var next = try Places(decoding: home.files.contents(ofFile: home.paths.places))
    next.replicas.append("/mnt/other")
    try home.files.replace(home.paths.nextPlaces, with: next.encoded)
    try await home.home.session { (store) async throws in #expect(store.replicas == home.folders) }
    #expect(!home.files.exists(home.paths.nextPlaces))
  }

  @Test func `a change that stopped after the log had it is finished`() async throws {
    let home = try await ReplicaHome(replicas: 2)
    var before = try Places(decoding: home.files.contents(ofFile: home.paths.places))
    before.replicas.removeLast()
    try home.files.rename(home.paths.places, to: home.paths.nextPlaces)
    try home.files.replace(home.paths.places, with: before.encoded)
    // What needs no lock sees the same, and changes nothing.
    #expect(try Store.keyStatus(home.paths).replicas == home.folders)
    #expect(home.files.exists(home.paths.nextPlaces))
    try await home.home.session { (store) async throws in #expect(store.replicas == home.folders) }
    #expect(!home.files.exists(home.paths.nextPlaces))
    try await home.home.session { (store) async throws in #expect(store.replicas == home.folders) }
  }

  @Test func `the log says how many places there are, and seals where`() async throws {
    let home = try await ReplicaHome(replicas: 1)
    try await home.home.session { (store) async throws in
      let facts = try store.items(.all, ReadOptions(facts: .included)).compactMap(\.fact)
      let changed = try #require(facts.last { $0.name == "PlacesChanged" })
      guard case .placesChanged(let change) = changed.fact else { return }
      #expect(change.threshold == 1 && change.cellCount == 1)
      #expect(change.digest == SHA256.hash(try home.files.contents(ofFile: home.paths.places)))
      #expect(try Fact(decoding: changed.fact.encoded()) == changed.fact)
    }
    for (_, bytes) in try home.home.bytes(of: ["Log"]) {
      #expect(!String(decoding: bytes, as: UTF8.self).contains("replica-1"))
    }
  }
}
