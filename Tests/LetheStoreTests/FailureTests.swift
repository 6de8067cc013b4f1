import LetheLog
import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Synchronization
import Testing

/// What errors of disks and keys leave behind.
@Suite struct FailureTests {
  /// A file system whose log loses every group that is longer than a fact or two, or than some bytes.
  private func losing(_ files: FaultingFileSystem, over byteCount: Int = 900) {
    files.faults.decide { call in
      call.kind == .write && call.path.hasSuffix(".segment") && call.byteCount > byteCount ? .fail : .proceed
    }
  }

  private func staffNamed(_ number: UInt32) -> StoreWriter.FactDraft { .init(.staffNamed(number), .store(["x"])) }

  @Test func `work of the writer that fails tells of facts that it wrote, never of what others appended`() async throws
  {
    let home = try MemoryHome()
    let store = try home.open()
    let broken = LetheError(.io, "broken")
    let gate = Monitor((isHeld: false, isOpen: false, kept: LetheError.Kept??.none))
    try WorkerThread.start {
      try? store.perform { (_) throws(LetheError) in
        gate.withLock { $0.isHeld = true }
        gate.wait(until: \.isOpen, then: { _ in })
      }
    }
    gate.wait(until: \.isHeld, then: { _ in })
    // An append waits in front of the work, which is asked for before the append is durable.
    let append = Task.immediate { try await store.append(1, of: "anna") }
    try WorkerThread.start {
      do throws(LetheError) { try store.perform { (_) throws(LetheError) in throw broken } } catch {
        gate.withLock { $0.kept = .some(error.kept) }
      }
    }
    gate.wait(until: { $0.kept != nil }, atMostMicroseconds: 20_000)
    gate.withLock { $0.isOpen = true }
    _ = try await append.value
    gate.wait(until: { $0.kept != nil }, then: { _ in })
    #expect(gate.peek(\.kept) == .some(.none))
    let error = #expect(throws: broken) {
      try store.perform { (writer) throws(LetheError) in
        try writer.record([staffNamed(1)])
        throw broken
      }
    }
    #expect(error?.kept == .undecided)
    try store.close()
  }

  @Test func `a forget is undecided if its first write failed, not if nothing could be written`() async throws {
    let home = try MemoryHome()
    let store = try home.open()
    try await store.append(1, of: "anna")
    let kept = try store.perform { (writer) throws(LetheError) in
      let subject = try writer.subject("anna")
      let extent = try writer.extent(of: subject)
      let caseID = try writer.newCaseID()
      let step = CaseStep(caseID: caseID, state: .approved, staff: [], dueDay: nil, extent: extent.digest)
      let approval = try writer.record([.init(.caseStep(step), .subject(subject, []))])
      home.disk.faults.decide { $0.kind == .write && $0.path.hasSuffix(".segment") ? .fail : .proceed }
      var kept: [LetheError.Kept?] = []
      for _ in 0..<2 {
        do throws(LetheError) { _ = try writer.forget(caseID, approval: approval, subject: subject) } catch {
          kept.append(error.kept)
        }
      }
      return kept
    }
    #expect(kept == [.undecided, nil])
  }

  enum Ending: CaseIterable { case crash, close, backUp }

  @Test(arguments: Ending.allCases)
  func `P3 the number of a subject whose registration was lost is given to nobody else`(ending: Ending) async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in try await store.append(1, of: "bert") }
    let files = FaultingFileSystem(LocalFileSystem())
    let lost: SubjectIndex
    do {
      let store = try home.open(files: files)
      losing(files)
      await #expect(throws: LetheError(.io, "")) { try await store.append(1, of: "anna") }
      lost = try #require(try store.subjectIndex(ofSubject: "anna"))
      switch ending {
      case .crash: break
      case .close: try store.close()
      // It would sign the log, and the next start would take it for whole.
      case .backUp: #expect(throws: LetheError(.io, "")) { try store.backUp(to: home.home.path + "-backup") }
      }
    }
    try await home.session { (store) async throws in
      try await store.append(1, of: "cleo")
      try await store.append(1, of: "anna")
      for id in ["bert", "cleo", "anna"] { #expect(try store.subjectIndex(ofSubject: id) != lost) }
      #expect(try store.items().count == 3)
    }
  }

  @Test func `P3 the same holds behind the checkpoint of a forget`() async throws {
    let home = try TestHome()
    let files = FaultingFileSystem(LocalFileSystem())
    let lost: SubjectIndex
    do {
      let store = try home.open(files: files)
      try await store.append(1, of: "bert")
      try await store.append(1, of: "dora")
      try forget("dora", in: store)
      losing(files)
      await #expect(throws: LetheError(.io, "")) { try await store.append(1, of: "anna") }
      lost = try #require(try store.subjectIndex(ofSubject: "anna"))
    }
    try await home.session { (store) async throws in
      try await store.append(1, of: "cleo")
      #expect(try store.subjectIndex(ofSubject: "cleo") != lost)
    }
  }

  @Test func `P3 the same holds if the start that finishes a forget crashes right after signing it`() async throws {
    let home = try TestHome()
    let lost: SubjectIndex
    do {
      let files = FaultingFileSystem(LocalFileSystem())
      let isFull = Atomic(false)
      let observer: CommitObserver = { (step, _) throws(LetheError) in
        if step == .action(.writePages), isFull.load(ordering: .relaxed) { throw LetheError(.io, "no space") }
      }
      let store = try home.open(observer, files: files)
      for id in ["bert", "dora"] { try await store.append(1, of: id) }
      isFull.store(true, ordering: .relaxed)
      #expect(throws: LetheError(.io, "")) { try forget("dora", in: store) }
      losing(files)
      await #expect(throws: LetheError(.io, "")) { try await store.append(1, of: "anna") }
      lost = try #require(try store.subjectIndex(ofSubject: "anna"))
    }
    do {
      let files = FaultingFileSystem(LocalFileSystem())
      let isSigned = Atomic(false)
      files.faults.decide { call in
        if call.kind == .rename, call.path.contains("checkpoint") { isSigned.store(true, ordering: .relaxed) }
        return call.kind == .write && isSigned.load(ordering: .relaxed) ? .fail : .proceed
      }
      _ = try? home.open(files: files)
      let wasSigned = isSigned.load(ordering: .relaxed)
      #expect(wasSigned)
    }
    try await home.session { (store) async throws in
      try await store.append(1, of: "cleo")
      #expect(try store.subjectIndex(ofSubject: "cleo") != lost)
      #expect(try store.status(ofSubject: "dora").state == .shredded)
    }
  }

  @Test func `a store that stopped closes without an error and opens again with all that was acknowledged`()
    async throws
  {
    let home = try TestHome()
    let files = FaultingFileSystem(LocalFileSystem())
    let store = try home.open(files: files)
    try await store.append(1, of: "anna")
    losing(files, over: 300)
    await #expect(throws: LetheError(.io, "")) { try await store.append(2, of: "anna") }
    files.faults.clear()
    await #expect(throws: LetheError(.io, "")) { try await store.append(3, of: "anna") }
    #expect(try store.items().count == 1)
    try store.close()
    try await home.session { (store) async throws in
      #expect(try store.items().count == 1)
      #expect(try await store.append(2, of: "anna").firstRevision == 1)
    }
  }

  @Test func `without room for new subjects the known ones go on`() async throws {
    let home = try TestHome()
    let isFull = Atomic(false)
    let store = try home.open { (step, _) throws(LetheError) in
      guard step == .action(.writePages), isFull.load(ordering: .relaxed) else { return }
      throw LetheError(.io, "no space")
    }
    try await store.append(1, of: "anna")
    // All blocks that there are are given away.
    try store.perform { (writer) throws(LetheError) in
      for blocks in [[63 as UInt64], []] {
        try writer.record([StoreWriter.FactDraft(.blocksOpened(plane: .subjects, blocks: blocks))])
      }
    }
    isFull.store(true, ordering: .relaxed)
    func requests(_ number: Int) throws -> [AppendRequest] {
      try (["anna", "bert", "anna"] as [String]).enumerated().map { (place, id) in
        AppendRequest(to: try StreamName("patient-\(id)"), [try event(10 * number + place, of: id)])
      }
    }
    #expect(await store.append(try requests(1)).map(\.isSuccess) == [true, false, true])
    try await store.append(2, of: "anna")
    isFull.store(false, ordering: .relaxed)
    #expect(await store.append(try requests(2)).map(\.isSuccess) == [true, true, true])
    try store.close()
    try await home.session { (store) async throws in #expect(try store.items().count == 7) }
  }

  @Test func `damage to one stream's events stops appends to it, and no others`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in
      try await store.append(1, of: "anna")
      try await store.append(1, of: "bert")
    }
    let store = try home.open()
    let path = home.home.path + "/Log/" + LogLayout.segment(0)
    let segment = try LocalFileSystem().open(path, .update)
    // The last record before this session's is bert's event.
    let place = try LocalFileSystem().contentEnd(ofFile: path) - 1
    var byte = try segment.read(count: 1, at: place)
    byte[0] ^= 1
    try segment.write(byte.span.bytes, at: place)
    await #expect(throws: LetheError(.damage, "")) { try await store.append(2, of: "bert") }
    try await store.append(2, of: "anna")
    await #expect(throws: LetheError(.damage, "")) { try await store.append(3, of: "bert") }
    #expect(try store.items(.stream(StreamName("patient-anna"))).count == 2)
  }

  @Test func `a subject is never shown as live again once its forget has begun`() async throws {
    let home = try TestHome()
    let files = FaultingFileSystem(LocalFileSystem())
    let store = try home.open(files: files)
    try await store.append(1, of: "anna")
    let anna = try #require(try store.subjectIndex(ofSubject: "anna"))
    let states = Mutex<[SubjectStatus.State]>([])
    // At each sync of the log the records before it are planned, but not durable.
    files.faults.decide { call in
      if call.kind == .synchronize, let state = try? store.state(of: anna) {
        states.withLock { $0.append(state) }
      }
      return .proceed
    }
    try forget("anna", in: store)
    files.faults.clear()
    let seen = states.withLock { $0 }
    let first = try #require(seen.firstIndex(of: .restricted))
    #expect(!seen[first...].contains(.live))
    try store.close()
  }

  @Test func `an append that is refused leaves no record, in a new hour either`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in
      for id in ["anna", "dora"] { try await store.append(1, of: id) }
      try forget("dora", in: store)
      let count = store.count
      home.clock.advance(by: .seconds(7200))
      let name = try StreamName("patient-anna")
      _ = await store.append([
        AppendRequest(to: name, [try event(2, of: "anna")], expecting: .noStream),
        AppendRequest(to: name, [try event(1, of: "anna")]),
        AppendRequest(to: name, [try event(3, of: "dora")]),
      ])
      #expect(store.count == count)
      #expect(try await store.append(2, of: "anna").position == count + 1)
    }
  }
}
