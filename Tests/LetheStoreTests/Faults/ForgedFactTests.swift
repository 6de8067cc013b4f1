import LetheAudit
import LetheCrypto
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheLog
@testable import LetheStore

/// A hand that may write Log/ and knows what stands in clear, but has no key, adds what only the store may say.
@Suite struct ForgedFactTests {
  /// What it would have the store believe.
  enum Forgery: CaseIterable {
    case forget, keysDestroyed, caseSteps, epochAdvanced, blocksOpened, staffNamed, hourBegan, placesChanged
    case originBegan, signingKeyRotated, policyChanged, subjectRegistered, slotOpened, streamCreated

    func facts(_ home: MemoryHome, against subject: SubjectIndex, approval: UInt64) throws -> [Fact] {
      let id = try #require(CaseID([UInt8](repeating: 7, count: 16)))
      let node = subject.kid(slot: 0).node(atDepth: KeyNode.subjectDepth)
      let extent = SHA256.hash([1])
      let steps = [CaseStep.State.received, .identified, .assessed, .approved].map {
        Fact.caseStep(CaseStep(caseID: id, state: $0, staff: [1, 2], dueDay: nil, extent: extent))
      }
      let origin = "lethe/\(String(repeating: "ab", count: 16))/2"
      let identity = SigningIdentity(
        storeID: try FileLog.storeID(in: MemoryHome.home.log, fileSystem: home.disk), origin: origin,
        publicKey: [UInt8](repeating: 3, count: 32))
      switch self {
      case .caseSteps: return steps
      case .forget:
        return steps + [
          .forgetStarted(ForgetStart(caseID: id, approval: approval + 3, extent: extent, nodes: [node]))
        ]
      case .keysDestroyed:
        return [.keysDestroyed(KeysDestruction(caseID: id, epoch: 2, nodes: [node], cells: ["retired"]))]
      case .epochAdvanced:
        return [
          .epochAdvanced(
            EpochAdvance(from: 1, to: 2, rootPageHash: extent, touchedPageHashes: [], punctures: []))
        ]
      case .blocksOpened: return [.blocksOpened(plane: .subjects, blocks: [1 << 22])]
      case .staffNamed: return [.staffNamed(.max)]
      case .hourBegan: return [.hourBegan(1_000_000_000_000)]
      case .placesChanged: return [.placesChanged(PlacesChange(threshold: 1, cellCount: 1, digest: extent))]
      case .originBegan: return [.originBegan(OriginBeginning(identity: identity, statement: "", former: ""))]
      case .signingKeyRotated: return [.signingKeyRotated(identity)]
      case .policyChanged: return [.policyChanged(extent)]
      case .subjectRegistered:
        return [.subjectRegistered(SubjectIndex(block: 0, subject: 900).kid(slot: 0), commitment: extent)]
      case .slotOpened: return [.slotOpened(subject.kid(slot: 5), commitment: extent)]
      case .streamCreated: return [.streamCreated(try #require(StreamID([UInt8](1...16))), owner: subject)]
      }
    }
  }

  /// How it ends what it adds.
  enum Seal: CaseIterable {
    /// Frames alone.
    case none
    /// A seal that states what is right, under a key of the hand's own.
    case forged
  }

  /// The frames of one group.
  private static func frames(
    _ facts: [Fact], _ home: MemoryHome, at log: FileLog, revision: UInt64, _ seal: Seal
  ) throws -> [UInt8] {
    var writer = ByteWriter()
    var growth = MerkleTree()
    let position = log.count
    for (number, fact) in facts.enumerated() {
      let record = try Record(
        header: RecordHeader(
          flags: number == facts.count - 1 ? [.system, .lastOfBatch] : .system, streamID: .system,
          revision: revision + UInt64(number), parts: []),
        sealedParts: [], clearBody: fact.encoded())
      growth.append(leafHash: MerkleHash.leaf(record.leafEntry))
      Frame.append(record.bytes.span, group: position, to: &writer)
    }
    if seal == .forged {
      let sealed = GroupSeal(
        origin: SHA256.hash(Array(OriginName.first(of: log.storeID).utf8)), run: 3, first: position,
        end: position + UInt64(facts.count), durable: position, rootBefore: try log.rootHash(size: position),
        rootAfter: growth.root)
      Frame.append((sealed.encoded + [UInt8](repeating: 9, count: 32)).span, .seal, group: position, to: &writer)
    }
    return writer.bytes
  }

  private static func whole(_ home: Home, _ disk: MemoryFileSystem) throws -> FileLog {
    try FileLog.open(
      in: home.log, fileSystem: disk, storeID: FileLog.storeID(in: home.log, fileSystem: disk), believing: .everything,
      access: .read, noting: FactNotes(), options: MemoryHome.logOptions)
  }

  private static func factCount(_ log: FileLog) throws -> UInt64 {
    var count: UInt64 = 0
    try log.forEachRecord(from: 0, to: nil) { (_, record) in
      if record.header.flags.contains(.system) { count += 1 }
      return .continue
    }
    return count
  }

  /// Adds a group to a log's end.
  private static func forge(
    _ forgery: Forgery, _ seal: Seal, _ home: MemoryHome, in place: Home = MemoryHome.home
  ) throws {
    let log = try whole(place, home.disk)
    let subject = SubjectIndex(block: 0, subject: 0)
    let frames = try frames(
      forgery.facts(home, against: subject, approval: log.count), home, at: log, revision: factCount(log), seal)
    let end = log.tail.end
    home.disk.damage("\(place.log)/\(log.tail.segmentName)") { $0 = Array($0[..<min(end, $0.count)]) + frames }
  }

  /// Nothing of what was added is believed, and nothing of what was there is lost.
  private static func expectNothingDone(
    _ home: MemoryHome, in place: Home = MemoryHome.home, events: Int, _ comment: Comment
  ) async throws {
    try await home.session(of: place) { (store) async throws in
      #expect(!store.found.recovery.isEmpty, comment)
      #expect(store.found.finishedForgets.isEmpty, comment)
      for name in MemoryHome.people {
        #expect(try MemoryHome.isReadable(name, in: store), comment)
        #expect(try store.status(ofSubject: name).state == .live, comment)
      }
      #expect(try store.items().count == events, comment)
      try await store.append(70, of: "zoe")
    }
    // A second start finds nothing of it.
    try await home.session(of: place) { (store) async throws in
      #expect(store.found.recovery.isEmpty, comment)
      #expect(try store.items().count == events + 1, comment)
    }
    let report = try Auditor.verify(place, waiting: .zero, in: home.world())
    #expect(report.ok, "\(comment): \(report)")
  }

  @Test(arguments: Forgery.allCases)
  func `P10 a fact that the store did not write is cut off and not carried out`(forgery: Forgery) async throws {
    let clean = try await MemoryHome.withPeople(replica: false)
    // Dropped behind an acknowledged append that no checkpoint covers.
    let unclean = clean.copy()
    var store: Store? = try unclean.open()
    try await store?.append(20, of: "anna")
    let crashed = unclean.crashed(.all)
    store = nil
    for seal in Seal.allCases {
      for (ending, events) in [(clean, 9), (crashed, 10)] {
        for losesCheckpoint in [false, true] {
          let home = ending.copy()
          if losesCheckpoint { try home.disk.remove(MemoryHome.home.trustedCheckpoint) }
          try Self.forge(forgery, seal, home)
          let comment: Comment = "\(forgery), \(seal), \(events) events, without Keys/checkpoint: \(losesCheckpoint)"
          // Who has no key does not even look at it.
          let status = try Store.keyStatus(MemoryHome.home, in: home.world())
          #expect(status.epoch == 1, comment)
          try await Self.expectNothingDone(home, events: events, comment)
        }
      }
    }
  }

  @Test(arguments: Forgery.allCases)
  func `P10 a fact that was put into a backup's log is not restored`(forgery: Forgery) async throws {
    let made = try await MemoryHome.withPeople()
    try made.copyLog()
    try made.makeMachine()
    for seal in Seal.allCases {
      let home = made.copy()
      try Self.forge(forgery, seal, home, in: Home(MemoryHome.replica))
      let summary = try home.restore()
      #expect(summary.newOrigin == nil && summary.log == .copied, "\(forgery), \(seal)")
      try await home.session(of: MemoryHome.machine) { (store) async throws in
        for name in MemoryHome.people { #expect(try MemoryHome.isReadable(name, in: store), "\(forgery), \(seal)") }
        for name in MemoryHome.people { #expect(try store.status(ofSubject: name).state == .live) }
      }
      let report = try Auditor.verify(MemoryHome.machine, waiting: .zero, in: home.world())
      #expect(report.ok, "\(forgery), \(seal): \(report)")
    }
  }

  @Test func `P10 groups of the store that come again, or from another home, are foreign`() async throws {
    let made = try await MemoryHome.withPeople(replica: false)
    let other = try MemoryHome(seed: 9)
    try await other.session { (store) async throws in
      for number in 0..<9 { try await store.append(number, of: MemoryHome.people[number % 3]) }
    }
    let path = "\(MemoryHome.home.log)/\(LogLayout.segment(0))"
    let groups = Self.groups(try #require(made.disk.content(of: path)))
    let others = Self.groups(try #require(other.disk.content(of: path)))
    #expect(groups.count > 3)
    for group in groups + others.suffix(3) {
      let home = made.copy()
      let end = try Self.whole(MemoryHome.home, home.disk).tail.end
      home.disk.damage(path) { $0 = Array($0[..<end]) + group }
      try await Self.expectNothingDone(home, events: 9, "a group of \(group.count) bytes")
    }
    // Between the groups of an end that no checkpoint covers yet.
    let store = try made.open()
    for number in 30..<33 { try await store.append(number, of: "anna") }
    let crashed = made.crashed(.all)
    let bytes = try #require(crashed.disk.content(of: path))
    let end = try Self.whole(MemoryHome.home, crashed.disk).tail.end
    let all = Self.groups(bytes)
    for place in 0..<3 {
      let home = crashed.copy()
      let behind = all.suffix(place).reduce(0) { $0 + $1.count }
      home.disk.damage(path) { $0 = Array(bytes[..<(end - behind)] + groups[2] + bytes[(end - behind)..<end]) }
      try await Self.expectNothingDone(home, events: 12, "\(place) groups from the end")
      #expect(try !home.disk.contents(of: MemoryHome.home.log + "/" + LogLayout.foreign).isEmpty)
    }
    withExtendedLifetime(store) {}
  }

  /// The frames of each group of a segment, with its seal.
  private static func groups(_ segment: [UInt8]) -> [[UInt8]] {
    var (groups, start, offset): ([[UInt8]], Int, Int) = ([], 64, 64)
    while segment.count - offset >= Frame.headByteCount, let head = Frame.head(in: segment.span, at: offset) {
      offset += head.frameByteCount
      if head.kind == .seal {
        groups.append(Array(segment[start..<offset]))
        start = offset
      }
    }
    return groups
  }

  @Test func `P10 a cell that only a poisoned copy names gets no share`() async throws {
    let home = try await MemoryHome.withPeople()
    try home.copyLog()
    try home.makeMachine()
    let places = Places(
      threshold: 1, cells: [Places.Cell(kind: "file", path: "/in-memory/thief.cell")], replicas: [])
    try home.disk.replace(MemoryHome.replica + "/places.json", with: places.encoded)
    let log = try Self.whole(Home(MemoryHome.replica), home.disk)
    let revision = try Self.factCount(log)
    for seal in Seal.allCases {
      let trial = home.copy()
      let frames = try Self.frames([.placesChanged(places.change)], trial, at: log, revision: revision, seal)
      trial.disk.damage("\(MemoryHome.replica)/Log/\(log.tail.segmentName)") {
        $0 = Array($0[..<log.tail.end]) + frames
      }
      _ = try trial.restore()
      try await trial.session(of: MemoryHome.machine) { (store) async throws in
        try forget("anna", in: store)
        #expect(try MemoryHome.isReadable("cleo", in: store))
      }
      #expect(!trial.disk.exists("/in-memory/thief.cell"))
    }
  }

  /// Even the store's own word: a beginning without the approval that it names, as a fault in the writer might leave it.
  @Test(arguments: 0..<3)
  func `P9 a forget that begins without the approval that it names is not finished`(fault: Int) async throws {
    let home = try await MemoryHome.withPeople(replica: false)
    let store = try home.open()
    let subject = try #require(try store.subjectIndex(ofSubject: "anna"))
    let id = try #require(CaseID([UInt8](repeating: 7, count: 16)))
    try store.perform { (writer) throws(LetheError) in
      let extent = try writer.extent(of: subject)
      let state: CaseStep.State = fault == 0 ? .assessed : .approved
      let approval = try writer.record([
        StoreWriter.FactDraft(
          .caseStep(CaseStep(caseID: id, state: state, staff: [], dueDay: nil, extent: extent.digest)))
      ])
      let start = ForgetStart(
        caseID: id, approval: fault == 1 ? approval - 1 : approval, extent: extent.digest,
        nodes: fault == 2 ? [SubjectIndex(block: 0, subject: 1).node] : extent.nodes)
      try writer.record([StoreWriter.FactDraft(.forgetStarted(start))])
    }
    let crashed = home.crashed(.all)
    let error = #expect(throws: LetheError.self) { try crashed.open() }
    #expect(error?.code == .damage && error?.message.contains("not approved") == true)
    withExtendedLifetime(store) {}
  }
}
