import LetheAudit
import LetheCrypto
import LetheLog
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// The closure test of the vault's security statement, on real homes.
@Suite struct ClosureTests {
  /// Everything that a home ever wrote, and its roots of all times.
  private struct Hoard {
    var pages: [PageRow] = []
    var shards: [ShardRow] = []
    /// By epoch.
    var roots: [UInt64: RootShare] = [:]

    mutating func take(from home: AuditHome) throws {
      let known = Set(pages.map(\.key))
      pages += try ClosedHome(home.home, in: home.world).pages().filter { !known.contains($0.key) }
      if home.files.exists(home.home.directory) { shards += try ShardRow.all(in: home.home.directory, home.files) }
      for share in try FileRootCell(path: home.home.rootCell, .open, random: SystemRandom()).readAll() {
        roots[share.pair.epoch] = share
      }
    }
  }

  private struct Openings: Equatable {
    var living = 0
    var forgotten = 0
  }

  private func count(_ log: FileLog, _ evidence: Evidence, _ hoard: Hoard, _ roots: [RootShare]) throws -> Openings {
    let closure = try KeyClosure(rows: hoard.pages, roots: Root.all(of: roots), storeID: log.storeID)
    var found = Openings()
    try log.forEachRecord(from: 0, to: nil) { (_, record) throws(LetheError) in
      for (number, part) in record.header.parts.enumerated() {
        guard let kid = KeyID(rawValue: part.kid), kid.plane == .subjects,
          let key = try closure.dataKey(kid)?.sealingKey(),
          try key.open(
            Array(record.sealedPart(number)), nonce: part.nonce,
            authenticating: record.additionalData(ofPart: number, storeID: log.storeID)) != nil
        else { continue }
        if evidence.destroyed.value(covering: kid) == nil { found.living += 1 } else { found.forgotten += 1 }
      }
      return .continue
    }
    return found
  }

  @Test(arguments: [1, 2] as [UInt64])
  func `P3 all pages ever written with the current root open all that lives and nothing forgotten`(
    seed: UInt64
  ) async throws {
    let home = try AuditHome()
    var generator = SeededGenerator(seed: seed)
    let subjects = (0..<30).map { "subject-\($0)" }
    var forgotten: Set<String> = []
    var hoard = Hoard()
    try await home.session { store in
      for (number, subject) in subjects.enumerated() { try await store.append(number, of: subject) }
    }
    try hoard.take(from: home)
    for _ in 0..<3 {
      try await home.session { store in
        for subject in subjects.filter({ !forgotten.contains($0) }).shuffled(using: &generator).prefix(3) {
          try forget(subject, in: store)
          forgotten.insert(subject)
          try hoard.take(from: home)
        }
        let new = "subject-new-\(forgotten.count)"
        try await store.append(1, of: new)
      }
      try hoard.take(from: home)
    }

    let log = try home.log()
    let evidence = try Evidence(scanning: log)
    let parts = evidence.uses.reduce(into: Openings()) { sum, use in
      guard let kid = KeyID(rawValue: use.key), kid.plane == .subjects else { return }
      if evidence.destroyed.value(covering: kid) == nil {
        sum.living += use.value.partCount
      } else {
        sum.forgotten += use.value.partCount
      }
    }
    #expect(forgotten.count == 9 && parts.forgotten > 9 * 4)
    let current = try #require(hoard.roots.keys.max())
    #expect(hoard.roots.count == 10)
    let now = try count(log, evidence, hoard, [try #require(hoard.roots[current])])
    #expect(now == Openings(living: parts.living, forgotten: 0))

    // Negative control: the root of any epoch opens whom a later one forgot.
    var before = parts.forgotten + 1
    for (epoch, root) in hoard.roots.sorted(by: { $0.key < $1.key }) {
      let opened = try count(log, evidence, hoard, [root])
      #expect(opened.living == parts.living)
      #expect(opened.forgotten < before)
      before = opened.forgotten
      if epoch == 1 { #expect(opened.forgotten == parts.forgotten) }
      if epoch < current { #expect(opened.forgotten > 0) }
    }
    #expect(before == 0)

    // Nor do old directory shards open, but with the root of their time they do.
    #expect(try shardsOpened(hoard, [try #require(hoard.roots[current])], evidence) == 0)
    #expect(try shardsOpened(hoard, [try #require(hoard.roots[1])], evidence) > 0)
  }

  @Test func `P3 all pages ever written with the current root give no key that a seal dropped, and the audit passes`()
    async throws
  {
    let home = try AuditHome()
    var hoard = Hoard()
    try await home.use("anna", "bert", "cleo")
    try await home.forget("bert")
    try hoard.take(from: home)
    let given = 0..<3
    try await home.session { store in _ = try store.seal() }
    try hoard.take(from: home)
    try await home.use("anna", "dora")
    try await home.forget("anna")
    try hoard.take(from: home)
    let report = try home.verify()
    #expect(report.ok, "\(report)")

    let storeID = try home.log().storeID
    let newest = try #require(hoard.roots.keys.max())
    let current = try KeyClosure(
      rows: hoard.pages, roots: Root.all(of: [try #require(hoard.roots[newest])]), storeID: storeID)
    let oldest = try #require(hoard.roots.keys.min())
    let old = try KeyClosure(
      rows: hoard.pages, roots: Root.all(of: [try #require(hoard.roots[oldest])]), storeID: storeID)
    for block in 0..<64 as Range<UInt64> {
      for subject in [0, 1, 2, 3, 4, 700, 1023] where block > 0 || !given.contains(subject) {
        let kid = SubjectIndex(block: block, subject: subject).kid(slot: 0)
        #expect(try current.dataKey(kid) == nil)
        // Negative control: the root of before gives it.
        #expect(try old.dataKey(kid) != nil)
      }
    }
    // Slots of those who live may still be opened; Dora is of a block that the old root does not know.
    #expect(try current.dataKey(KeyID(plane: .subjects, block: 0, subject: 2, slot: 9)) != nil)
    let dora = KeyID(plane: .subjects, block: 64, subject: 0, slot: 0)
    #expect(try current.dataKey(dora) != nil && old.dataKey(dora) == nil)
  }

  private func shardsOpened(_ hoard: Hoard, _ roots: [RootShare], _ evidence: Evidence) throws -> Int {
    let storeID = try #require(evidence.identities.first).statement.storeID
    let closure = try KeyClosure(rows: hoard.pages, roots: Root.all(of: roots), storeID: storeID)
    let gone = Set(evidence.punctures.map(\.puncture.node))
    var count = 0
    for row in hoard.shards where gone.contains(KeyNode(row.kid)) {
      try closure.forEachKey(row.kid) { (key) throws(LetheError) in
        if try row.opens(with: key.sealingKey(), storeID: storeID) { count += 1 }
        return .continue
      }
    }
    return count
  }
}
