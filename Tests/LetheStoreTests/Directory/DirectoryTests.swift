import LetheCrypto
import LetheLog
import LethePolicies
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheSQLite
@testable import LetheStore

/// A home of so many subjects that its directory has several shards.
@Suite struct DirectoryTests {
  private static let subjectCount = 1500

  private static func requests(_ numbers: Range<Int>) throws -> [AppendRequest] {
    try numbers.map { number in
      AppendRequest(to: try StreamName("patient-p\(number)"), [try event(number, of: "p\(number)")])
    }
  }

  private static func makeHome() async throws -> MemoryHome {
    let home = try MemoryHome()
    try await home.session { (store) async throws in
      for result in await store.append(try requests(0..<subjectCount)) { _ = try result.get() }
    }
    return home
  }

  private static func shards(of store: Store) -> [ShardEntry] { store.parts.vault.shards }

  /// Everybody is found under one number, and so are the streams; who was forgotten is not.
  private static func check(_ store: Store, forgotten: Set<Int> = [], _ place: Comment? = nil) throws {
    var seen: Set<SubjectIndex> = []
    for number in 0..<subjectCount {
      let subject = try store.subjectIndex(ofSubject: "p\(number)")
      #expect((subject == nil) == forgotten.contains(number), place)
      if let subject { #expect(seen.insert(subject).inserted, place) }
      let stream = try store.parts.directory.stream(store.parts.lookups.stream("patient-p\(number)"))
      #expect((stream == nil) == forgotten.contains(number), place)
    }
  }

  @Test func `a directory of several shards is found again after closing, after a crash, and rebuilt when it is lost`()
    async throws
  {
    let home = try await Self.makeHome()
    try await home.session { (store) async throws in
      #expect(Self.shards(of: store).count == 2)
      #expect(store.parts.directory.bookmark == store.count, "nothing is read again after a clean close")
      try Self.check(store)
      // Known again, under the numbers that they had.
      #expect(try await store.append(Self.requests(7..<8)[0]).outcome == .duplicate)
      for result in await store.append(try Self.requests(Self.subjectCount..<Self.subjectCount + 5)) {
        _ = try result.get()
      }
    }
    let crashed = home.copy()
    let store = try crashed.open()
    for result in await store.append(try Self.requests(2000..<2010)) { _ = try result.get() }
    var lost = crashed.crashed(.synced)
    try await lost.session { (store) async throws in
      for number in 2000..<2010 { #expect(try store.subjectIndex(ofSubject: "p\(number)") != nil) }
      try Self.check(store)
    }
    lost = lost.copy()
    for suffix in ["", "-wal"] { try lost.disk.remove(MemoryHome.home.directory + suffix) }
    try await lost.session { (store) async throws in
      try Self.check(store)
      for number in 2000..<2010 { #expect(try store.subjectIndex(ofSubject: "p\(number)") != nil) }
    }
    withExtendedLifetime(store) {}
  }

  @Test func `a forget turns the keys of the shards that it touches and of no others, and old shards open no more`()
    async throws
  {
    let home = try await Self.makeHome()
    try await home.session { (store) async throws in
      let before = Self.shards(of: store)
      let values = [store.parts.lookups.subject("p3"), store.parts.lookups.stream("patient-p3")]
      let touched = Set(values.map { ShardLayout.shard(of: $0, among: before.map(\.number)) })
      try forget("p3", in: store)
      let after = Self.shards(of: store)
      for (old, new) in zip(before, after) {
        #expect(old.number == new.number)
        #expect((old.kid == new.kid) == !touched.contains(old.number))
        if touched.contains(old.number) {
          guard case .punctured = try store.parts.vault.lookup(old.kid) else {
            Issue.record("the old key of shard \(old.number) lives")
            continue
          }
        }
      }
      try Self.check(store, forgotten: [3])
      await #expect(throws: LetheError(.shredded, "")) { try await store.append(Self.requests(3..<4)[0]) }
    }
    try await home.session { (store) async throws in try Self.check(store, forgotten: [3]) }
  }

  @Test(arguments: [false, true])
  func `what a forget that was killed sealed under new shard keys opens no more once it is finished`(
    isReplicaAwayFirst: Bool
  ) async throws {
    let home = try await Self.makeHome()
    try await home.session { (store) async throws in _ = try store.addReplica(MemoryHome.replica) }
    let store = try home.open { (step, moment) throws(LetheError) in
      if case .action(.writePages) = step, moment == .before { throw LetheError(.io, "stopped") }
    }
    let before = Self.shards(of: store).map(\.kid)
    #expect(throws: LetheError(.io, "")) { try forget("p3", in: store) }
    let crashed = home.crashed(.synced)
    let parts = store.parts
    let kept = try ShardFile(
      path: MemoryHome.home.directory, storeID: parts.vault.storeID, origin: parts.identity.origin,
      random: SeededRandom(seed: 9), files: crashed.copy().disk)
    let given = try kept.rows().filter { !before.contains($0.kid) }
    #expect(!given.isEmpty)
    if isReplicaAwayFirst {
      // The forget waits, and closing writes the directory.
      crashed.disk.faults.decide { $0.path.hasPrefix(MemoryHome.replica) ? .fail : .proceed }
      try await crashed.session { (store) async throws in
        for result in await store.append(try Self.requests(2000..<2100)) { _ = try result.get() }
      }
      crashed.disk.faults.clear()
    }
    try await crashed.session { (store) async throws in
      for row in given {
        guard case .living(let key) = try store.parts.vault.lookup(row.kid) else { continue }
        #expect(try kept.content(row, key: key.sealingKey()) == nil)
      }
      try Self.check(store, forgotten: [3])
    }
    withExtendedLifetime(store) {}
  }

  @Test func `what was noted of records that could not be written does not go into the file`() async throws {
    let home = try MemoryHome()
    let store = try home.open()
    for result in await store.append(try Self.requests(0..<4)) { _ = try result.get() }
    home.disk.faults.decide { call in
      call.kind == .write && call.path.hasSuffix(".segment") && call.byteCount > 300 ? .fail : .proceed
    }
    for result in await store.append(try Self.requests(4..<6)) {
      #expect(throws: LetheError(.io, "")) { try result.get() }
    }
    #expect(try store.subjectIndex(ofSubject: "p5") != nil)
    #expect(throws: LetheError(.io, "")) {
      try store.perform { (writer) throws(LetheError) in try writer.flushDirectory(.always) }
    }
    home.disk.faults.clear()
    let crashed = home.crashed(.all)
    let file = try ShardFile(
      path: MemoryHome.home.directory, storeID: store.parts.vault.storeID, origin: store.parts.identity.origin,
      random: SeededRandom(seed: 9), files: crashed.copy().disk)
    #expect(try file.rows().isEmpty)
    try await crashed.session { (store) async throws in
      #expect(try store.subjectIndex(ofSubject: "p3") != nil && store.subjectIndex(ofSubject: "p5") == nil)
    }
    withExtendedLifetime(store) {}
  }

  @Test func `shards that shrink are united, so that each has 256 subjects or is the only one`() async throws {
    let home = try await Self.makeHome()
    try await home.session { (store) async throws in
      let numbers = Self.shards(of: store).map(\.number)
      #expect(numbers.count == 2)
      // Of the lower shard all but 256 subjects, and then one more.
      let lower = (0..<Self.subjectCount).filter {
        ShardLayout.shard(of: store.parts.lookups.subject("p\($0)"), among: numbers) == 0
      }
      // Forgetting hundreds one by one takes too long here, so the directory is told alone.
      let gone = Set(lower.dropFirst(256).map { store.parts.lookups.subject("p\($0)") })
      let kept = try store.parts.directory.change(removing: gone)
      #expect(kept.dropped.isEmpty)
      let more = gone.union([store.parts.lookups.subject("p\(lower[0])")])
      let united = try store.parts.directory.change(removing: more)
      #expect(!united.reshaped.isEmpty)
      for content in united.contents.values { #expect(content.subjects.count >= ShardLayout.fewestSubjects) }
    }
  }

  @Test func `a shard that another is united with keeps what was noted for it since it was written`() async throws {
    let home = try await Self.makeHome()
    try await home.session { (store) async throws in
      let numbers = Self.shards(of: store).map(\.number)
      let new = Self.subjectCount..<Self.subjectCount + 50
      for result in await store.append(try Self.requests(new)) { _ = try result.get() }
      let values = new.map { store.parts.lookups.subject("p\($0)") }
      #expect(Set(values.map { ShardLayout.shard(of: $0, among: numbers) }) == Set(numbers))
      let gone = (0..<Self.subjectCount).map { store.parts.lookups.subject("p\($0)") }
        .filter { ShardLayout.shard(of: $0, among: numbers) == 0 }
      let united = try store.parts.directory.change(removing: Set(gone))
      #expect(!united.reshaped.isEmpty)
      for (number, value) in zip(new, values) {
        let subject = try #require(try store.subjectIndex(ofSubject: "p\(number)"))
        let shard = ShardLayout.shard(of: value, among: united.contents.keys.sorted())
        #expect(united.contents[shard]?.target(of: value) == .subject(subject))
      }
    }
  }

  @Test func `an old copy of the directory after a forget finds everybody but the forgotten`() async throws {
    let home = try await Self.makeHome()
    let old = try home.disk.contents(ofFile: MemoryHome.home.directory)
    try await home.session { (store) async throws in
      try forget("p3", in: store)
      for result in await store.append(try Self.requests(2000..<2003)) { _ = try result.get() }
    }
    for suffix in ["", "-wal"] { try home.disk.remove(MemoryHome.home.directory + suffix) }
    try home.disk.replace(MemoryHome.home.directory, with: old)
    try await home.session { (store) async throws in
      try Self.check(store, forgotten: [3])
      for number in 2000..<2003 { #expect(try store.subjectIndex(ofSubject: "p\(number)") != nil) }
    }
  }

  @Test func `a shard that does not open stops what asks for it, and the next start makes it again`() async throws {
    let home = try await Self.makeHome()
    let database = try Database(path: MemoryHome.home.directory, mode: .readWrite, in: home.disk)
    try database.configure()
    try database.run("UPDATE shards SET blob = zeroblob(length(blob)) WHERE number = 0")
    try database.close()
    let store = try home.open()
    let isLower = { (number: Int) in
      ShardLayout.shard(of: store.parts.lookups.subject("p\(number)"), among: store.parts.vault.shards.map(\.number))
        == 0
    }
    let (lower, upper) = (
      try #require((0..<Self.subjectCount).first(where: isLower)),
      try #require((0..<Self.subjectCount).first { !isLower($0) })
    )
    #expect(throws: LetheError(.damage, "")) { try store.status(ofSubject: "p\(lower)") }
    await #expect(throws: LetheError(.damage, "")) { try await store.append(Self.requests(lower..<lower + 1)[0]) }
    #expect(try store.subjectIndex(ofSubject: "p\(upper)") != nil)
    try store.close()
    try await home.session { (store) async throws in try Self.check(store) }
  }

  @Test func `registering a subject costs no sync`() async throws {
    let home = try TestHome()
    let files = FaultingFileSystem(LocalFileSystem())
    let store = try home.open(files: files)
    func syncs(_ requests: [AppendRequest]) async throws -> Int {
      let before = files.faults.callCount(of: .synchronize)
      for result in await store.append(requests) { _ = try result.get() }
      return files.faults.callCount(of: .synchronize) - before
    }
    // The first group of a run says which blocks are in use.
    _ = try await syncs(try Self.requests(0..<1))
    let known = try await syncs(
      (0..<300).map { AppendRequest(to: try StreamName("patient-p0"), [try event(10_000 + $0, of: "p0")]) })
    #expect(try await syncs(Self.requests(1..<301)) == known)
    #expect(known > 0)
    try store.close()
  }
}
