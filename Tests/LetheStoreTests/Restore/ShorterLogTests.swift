import LetheCrypto
import LetheLog
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheStore

/// A home comes back from a log that lost its end, current pages and the current root.
@Suite struct ShorterLogTests {
  /// The log is laid aside; then Anna is forgotten, Dora comes and is forgotten, Bert goes on.
  static func withLostTail(replica: Bool = true) async throws -> MemoryHome {
    let home = try await MemoryHome.withPeople(replica: replica)
    try home.copyLog()
    try await home.session { (store) async throws in
      try forget("anna", in: store)
      try await store.append(20, of: "dora")
      try await store.append(21, of: "emil")
      try forget("dora", in: store)
      try await store.append(22, of: "bert")
    }
    return home
  }

  @Test func `P7 a shorter log is refused until it is accepted, and then begins a new origin`() async throws {
    let home = try await Self.withLostTail()
    let lost = try await home.session { (store) async throws in store.count }
    try home.makeMachine()
    let error = #expect(throws: LetheError.self) { try home.restore() }
    #expect(error?.code == .rolledBack && error?.message.contains("--accept-shorter-log") == true)
    #expect(!home.disk.exists(MemoryHome.machine.vault))

    let summary = try home.restore(.accept)
    let origin = try #require(summary.newOrigin)
    #expect(origin.origin.contains("/2-") && origin.epochs == 2..<4 && origin.unknownEpochs.isEmpty)
    #expect(origin.lostRecords == origin.keptRecords..<lost)
    #expect(origin.recoveredCases.count == 2)
    try await home.session(of: MemoryHome.machine) { (store) async throws in
      for name in ["anna", "dora"] {
        #expect(try store.status(ofSubject: name).state == .shredded)
        await #expect(throws: LetheError(.shredded, "")) { try await store.append(30, of: name) }
      }
      for name in ["bert", "cleo"] { #expect(try MemoryHome.isReadable(name, in: store)) }
      #expect(try MemoryHome.texts(of: "anna", in: store) == [nil, nil, nil])
      // Emil was registered in lost records: nobody knows him, and his number is nobody's.
      #expect(try store.status(ofSubject: "emil").state == .unknown)
      try await store.append(31, of: "emil")
      try await store.append(32, of: "bert")
      #expect(try #require(try store.subjectIndex(ofSubject: "emil")) == SubjectIndex(block: 64, subject: 0))
    }
  }

  @Test func `a directory of the log that ended says nothing of the one that goes on, however long that is by now`()
    async throws
  {
    let home = try await Self.withLostTail()
    try await home.session { (store) async throws in try await store.append(40, of: "fred") }
    let old = try home.disk.contents(ofFile: MemoryHome.home.directory)
    let length = try await home.session { (store) async throws in store.count }
    try home.makeMachine()
    _ = try home.restore(.accept)
    let gina = try await home.session(of: MemoryHome.machine) { (store) async throws in
      for number in 50..<50 + Int(length) { try await store.append(number, of: "gina") }
      #expect(store.count > length)
      return try #require(try store.subjectIndex(ofSubject: "gina"))
    }
    try home.removeDatabase(MemoryHome.machine.directory)
    try home.disk.replace(MemoryHome.machine.directory, with: old)
    try await home.session(of: MemoryHome.machine) { (store) async throws in
      #expect(try store.subjectIndex(ofSubject: "gina") == gina)
      #expect(try store.status(ofSubject: "fred").state == .unknown)
      try forget("gina", in: store)
      #expect(try MemoryHome.texts(of: "bert", in: store).allSatisfy { $0 != nil })
    }
  }

  @Test func `the new origin's first record holds the old checkpoint, and what is left is what it was`() async throws {
    let home = try await Self.withLostTail()
    try home.makeMachine()
    let old = try note(home, MemoryHome.home.trustedCheckpoint)
    let early = try note(home, MemoryHome.replica + "/Log/checkpoint")
    let summary = try home.restore(.accept)
    let kept = try #require(summary.newOrigin).keptRecords
    try await home.session(of: MemoryHome.machine) { (store) async throws in
      let record = try store.parts.log.record(at: kept)
      guard case .originBegan(let beginning) = try Fact(decoding: Array(record.clearBody)) else {
        Issue.record("another fact came first")
        return
      }
      #expect(beginning.former == old.encoded)
      #expect(try beginning.formerCheckpoint() == Checkpoint(text: old.text))
      // Who holds a checkpoint of the log that ended proves what is left with the tree that there is.
      let checkpoint = try Checkpoint(text: early.text)
      #expect(checkpoint.size == kept)
      #expect(try store.parts.log.rootHash(size: kept) == checkpoint.rootHash)
      #expect(store.parts.identity.origin.hasPrefix(checkpoint.origin + "/2-"))
      let facts = try store.items(.all, ReadOptions(facts: .included)).compactMap(\.fact)
      #expect(facts.map(\.name).contains("OriginBegan"))
      for case .forgetStarted(let start) in facts.map(\.fact) { #expect(start.provenance == .recovered) }
      for case .keysDestroyed(let end) in facts.map(\.fact) { #expect(end.provenance == .recovered) }
      #expect(facts.count { $0.name == "KeysDestroyed" } == 2)
    }
    #expect(try Checkpoint(text: note(home, MemoryHome.machine.trustedCheckpoint).text).origin.contains("/2-"))
  }

  private func note(_ home: MemoryHome, _ path: String) throws -> SignedNote {
    try SignedNote(parsing: home.disk.contents(ofFile: path))
  }

  @Test func `a second restore takes the next number, whatever copy of the log it goes on from`() async throws {
    let home = try await Self.withLostTail()
    try home.makeMachine()
    _ = try home.restore(.accept)
    try home.copy(MemoryHome.machine.log, to: "/in-memory/second/Log")
    try home.copy(MemoryHome.replica + "/Log", to: "/in-memory/first/Log")
    try await home.session(of: MemoryHome.machine) { (store) async throws in
      try await store.append(40, of: "finn")
      try forget("bert", in: store)
    }
    for folder in ["/in-memory/first", "/in-memory/second"] {
      let trial = home.copy()
      try trial.copy(MemoryHome.replica + "/vault.sqlite", to: folder + "/vault.sqlite")
      for name in [LogLayout.segment(0)] {
        try trial.disk.remove("\(MemoryHome.machine.log)/\(name)")
      }
      #expect(throws: LetheError(.rolledBack, "")) { try trial.restore(from: folder) }
      let summary = try trial.restore(.accept, from: folder)
      #expect(summary.newOrigin?.origin.contains("/3-") == true)
      try await trial.session(of: MemoryHome.machine) { (store) async throws in
        for name in ["anna", "bert"] { #expect(try store.status(ofSubject: name).state == .shredded) }
        #expect(try MemoryHome.isReadable("cleo", in: store))
      }
      // The log of a former origin is refused from then on.
      try trial.copy(folder + "/Log", to: MemoryHome.machine.log)
      #expect(throws: LetheError(.rolledBack, "")) { try Store.open(MemoryHome.machine, in: trial.world()) }
    }
  }

  @Test func `a whole log keeps its origin, whether a shorter one is accepted or not`() async throws {
    let home = try await Self.withLostTail()
    try home.copyLog()
    try home.makeMachine()
    for answer in [ShorterLogAnswer.refuse, .accept] {
      let trial = home.copy()
      let summary = try trial.restore(answer)
      #expect(summary.newOrigin == nil && summary.log == .copied)
      try await trial.session(of: MemoryHome.machine) { (store) async throws in
        #expect(!store.parts.identity.origin.contains("/2"))
        try await store.append(50, of: "gina")
        #expect(try store.items().count == 13)
      }
    }
  }

  @Test func `without any checkpoint the word of who restores counts, once`() async throws {
    let home = try await MemoryHome.withPeople()
    try home.copyLog()
    try home.disk.remove(MemoryHome.replica + "/Log/checkpoint")
    try await home.session { (store) async throws in try await store.append(60, of: "hugo") }
    try home.makeMachine(checkpoint: false)
    let plain = home.copy()
    #expect(try plain.restore().newOrigin == nil)
    try await plain.session(of: MemoryHome.machine) { (store) async throws in
      try await store.append(61, of: "ida")
      #expect(try #require(try store.subjectIndex(ofSubject: "ida")) == SubjectIndex(block: 64, subject: 0))
    }
    let summary = try home.restore(.accept)
    #expect(summary.newOrigin?.knownRecords == nil && summary.newOrigin?.lostRecords == nil)
    #expect(try home.restore(.accept).newOrigin == nil)
  }

  @Test func `what no shipped root page tells is recovered from what is gone`() async throws {
    let home = try await Self.withLostTail(replica: false)
    // The replica came after both forgets: it has the newest root page alone.
    try await home.session { (store) async throws in
      _ = try store.addReplica(MemoryHome.replica)
      try forget("cleo", in: store)
    }
    try home.makeMachine()
    let summary = try home.restore(.accept)
    let origin = try #require(summary.newOrigin)
    #expect(origin.epochs == 2..<5 && origin.unknownEpochs == [2])
    try await home.session(of: MemoryHome.machine) { (store) async throws in
      for name in ["anna", "cleo", "dora"] { #expect(try store.status(ofSubject: name).state == .shredded) }
      #expect(try MemoryHome.isReadable("bert", in: store))
      try await store.append(70, of: "bert")
      try forget("bert", in: store)
    }
  }

  @Test func `a home whose own log was cut goes on from what is left`() async throws {
    let home = try await Self.withLostTail()
    for name in [LogLayout.segment(0), "checkpoint"] {
      try home.copy("\(MemoryHome.replica)/Log/\(name)", to: "\(MemoryHome.home.log)/\(name)")
    }
    #expect(throws: LetheError(.rolledBack, "")) { try home.open() }
    #expect(throws: LetheError(.rolledBack, "")) { try home.restore(into: MemoryHome.home) }
    let summary = try home.restore(.accept, into: MemoryHome.home)
    #expect(summary.log == .kept && summary.newOrigin?.recoveredCases.count == 2)
    try await home.session { (store) async throws in
      #expect(store.replicas == [MemoryHome.replica])
      #expect(try store.status(ofSubject: "anna").state == .shredded)
      #expect(try MemoryHome.isReadable("bert", in: store))
    }
  }

  /// Where each frame of a segment begins and, last, where it ends.
  private func frameBounds(_ segment: [UInt8]) -> [Int] {
    var bounds = [64]
    while let start = bounds.last, start < segment.count {
      let stated = (0..<4).reduce(0) { $0 | Int(segment[start + $1]) << (8 * $1) }
      bounds.append(start + 16 + (stated & 0x7fff_ffff))
    }
    return bounds
  }

  /// Whether the frame at an offset is a group's seal.
  private func isSeal(_ segment: [UInt8], at offset: Int) -> Bool { segment[offset + 3] & 0x80 != 0 }

  @Test func `a log that was cut at any byte goes on from the whole groups before the cut`() async throws {
    let home = try await Self.withLostTail()
    let segmentPath = "\(MemoryHome.home.log)/\(LogLayout.segment(0))"
    let segment = Array(
      try home.disk.contents(ofFile: segmentPath)[..<(try home.disk.contentEnd(ofFile: segmentPath))])
    let bounds = frameBounds(segment)
    let last = bounds.count - 1
    for end in Exhaustive.sample(bounds[last] - bounds[last - 2], oneIn: 8, seed: 3).map({ bounds[last - 2] + $0 }) {
      let trial = home.copy()
      try trial.disk.replace(segmentPath, with: Array(segment[..<end]))
      #expect(throws: LetheError(.rolledBack, ""), "cut at byte \(end)") { try trial.open() }
      #expect(throws: LetheError(.rolledBack, ""), "cut at byte \(end)") { try trial.restore(into: MemoryHome.home) }
      let origin = try trial.restore(.accept, into: MemoryHome.home).newOrigin
      let frames = bounds.indices.dropFirst().filter { bounds[$0] <= end }.map { bounds[$0 - 1] }
      let lastSeal = try #require(frames.lastIndex { isSeal(segment, at: $0) })
      let kept = frames[...lastSeal].count { !isSeal(segment, at: $0) }
      #expect(origin?.keptRecords == UInt64(kept), "cut at byte \(end)")
      try await trial.session { (store) async throws in
        #expect(try store.status(ofSubject: "anna").state == .shredded)
        #expect(try MemoryHome.isReadable("cleo", in: store))
        try await store.append(30, of: "bert")
      }
    }
  }

  @Test func `a log that is broken before its end is damage, whether a shorter one is accepted or not`() async throws {
    let home = try await Self.withLostTail()
    let segmentPath = "\(MemoryHome.home.log)/\(LogLayout.segment(0))"
    let segment = Array(
      try home.disk.contents(ofFile: segmentPath)[..<(try home.disk.contentEnd(ofFile: segmentPath))])
    let bounds = frameBounds(segment)
    let last = bounds.count - 1
    // In frames from early to the last one: a byte of the length (which makes the frame reach behind the end), of the
    // checksum, of the group and of the record.
    for (start, byte) in [5, last / 2, last - 2, last - 1].flatMap({ frame in
      [3, 1, 5, 9, 40].map { (bounds[frame], $0) }
    }) {
      var broken = segment
      broken[start + byte] ^= 1
      for end in [segment.count, bounds[last - 1] + 20] where start < bounds[last - 1] || end == segment.count {
        let trial = home.copy()
        try trial.disk.replace(segmentPath, with: Array(broken[..<end]))
        // A copy of the log would mend it.
        try trial.disk.remove("\(MemoryHome.replica)/Log/\(LogLayout.segment(0))")
        for answer in [ShorterLogAnswer.refuse, .accept] where start < bounds[last - 2] || end == segment.count {
          #expect(throws: LetheError(.damage, ""), "byte \(start + byte), end \(end)") {
            try trial.restore(answer, into: MemoryHome.home)
          }
        }
        #expect(trial.disk.content(of: segmentPath) == Array(broken[..<end]))
      }
    }
  }

  @Test func `places that were changed in lost records stay in force`() async throws {
    let home = try await MemoryHome.withPeople()
    try home.copyLog()
    try await home.session { (store) async throws in
      _ = try store.addReplica("/in-memory/other")
      try forget("anna", in: store)
    }
    for name in [LogLayout.segment(0), "checkpoint"] {
      try home.copy("\(MemoryHome.replica)/Log/\(name)", to: "\(MemoryHome.home.log)/\(name)")
    }
    #expect(try home.restore(.accept, into: MemoryHome.home).replicas == [MemoryHome.replica, "/in-memory/other"])
    try await home.session { (store) async throws in
      try forget("bert", in: store)
      #expect(try MemoryHome.isReadable("cleo", in: store))
    }
    #expect(try Store.replicaStatus(MemoryHome.home, in: home.world()).map(\.state) == [.current, .current])
  }

  @Test func `a beginning that the key did not sign is damage`() async throws {
    let home = try await Self.withLostTail()
    try home.makeMachine()
    _ = try home.restore(.accept)
    let facts = try await home.session(of: MemoryHome.machine) { (store) async throws in
      try store.items(.all, ReadOptions(facts: .included)).compactMap(\.fact)
    }
    for case .originBegan(let beginning) in facts.map(\.fact) {
      let other = OriginBeginning(
        identity: beginning.identity, statement: beginning.statement, former: "")
      #expect(throws: LetheError(.damage, "")) { try other.check(at: 0, rootHash: .zero) }
      #expect(try Fact(decoding: Fact.originBegan(beginning).encoded()) == .originBegan(beginning))
    }
  }
}
