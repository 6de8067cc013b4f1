import LetheCrypto
import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@Suite struct CellAwayTests {
  @Test(arguments: [1, 2, 3])
  func `P7 of two of three cells any one may be lost or old, and nobody is lost or back`(number: Int) async throws {
    let home = try await CellHome(cells: [1, 1, 2])
    try home.copy(number)
    try home.takeAway(number)
    try await home.home.session { (store) async throws in
      #expect(store.awayCells.map(\.place) == ["cell \(number)"] && store.holdup == nil)
      try forget("anna", in: store)
      try home.checkReading(store, forgotten: ["anna"])
    }
    #expect(try home.status()[number - 1].state == .away)
    // It comes back with the old root's share, which is erased.
    try home.bringBack(number)
    #expect(try home.status()[number - 1].state == .old)
    try await home.home.session { (store) async throws in
      #expect(store.renewedCells == [number] && store.awayCells.isEmpty)
    }
    #expect(try home.status().allSatisfy { $0.state == .current })
    let labels = try (1...3).map { try home.labels($0) }
    #expect(labels.map(\.count) == [1, 1, 1] && Set(labels.map { $0[0].pair }).count == 1)
    // An old copy of it is no different.
    try home.putCopyBack(number)
    try await home.home.session { (store) async throws in
      #expect(store.renewedCells == [number])
      try home.checkReading(store, forgotten: ["anna"])
      try forget("bert", in: store)
    }
  }

  @Test func `two of three lost, or old, are refused by number, and nothing changes`() async throws {
    let home = try await CellHome(cells: [1, 1, 2])
    for number in [2, 3] { try home.copy(number) }
    try await home.home.session { (store) async throws in try forget("anna", in: store) }
    for number in [2, 3] { try home.takeAway(number) }
    let first = try home.labels(1)
    let lost = #expect(throws: LetheError.self) { try home.home.open() }
    #expect(lost?.code == .missingKey)
    #expect(lost?.message.contains("cell 2 is away, cell 3 is away") == true)
    for number in [2, 3] { try home.putCopyBack(number) }
    let old = #expect(throws: LetheError.self) { try home.home.open() }
    #expect(old?.code == .missingKey && old?.message.contains("cell 2 is of epoch 3, cell 3 is of epoch 3") == true)
    #expect(try home.labels(1) == first && home.labels(2).map(\.pair.epoch) == [3])
    for number in [2, 3] { try home.bringBack(number) }
    try await home.home.session { (store) async throws in try home.checkReading(store, forgotten: ["anna"]) }
  }

  @Test func `a forget waits for a cell that it takes, and is finished when it is back`() async throws {
    let home = try await CellHome(cells: [1, 1])
    try home.takeAway(2)
    for _ in 0..<2 {
      try await home.home.session { (store) async throws in
        #expect(store.holdup?.place == "cell 2")
        let waiting = #expect(throws: LetheError.self) {
          if store.unfinishedForgets == 0 { try forget("anna", in: store) } else { throw store.holdup! }
        }
        #expect(waiting?.code == .io && waiting?.message.contains("cell 2") == true)
        #expect(store.unfinishedForgets == 1)
        #expect(try store.status(ofSubject: "anna").state == .restricted)
        await #expect(throws: LetheError(.restricted, "")) { try await store.append(30, of: "anna") }
        try home.checkReading(store, forgotten: ["anna"])
      }
    }
    try home.bringBack(2)
    try await home.home.session { (store) async throws in
      #expect(store.unfinishedForgets == 0 && store.holdup == nil)
      #expect(try store.status(ofSubject: "anna").state == .shredded)
    }
  }

  @Test func `where too few cells can be erased, each that did not take part says why`() async throws {
    let home = try await CellHome(cells: [1, 1, 1])
    try home.takeAway(2)
    try home.files.replace(home.path(3), with: home.files.contents(ofFile: home.path(1)))
    try await home.home.session { (store) async throws in
      let waiting = #expect(throws: LetheError.self) { try forget("anna", in: store) }
      let told = try #require(waiting?.message)
      #expect(told.contains("cell 2 cannot be read or written;"))
      #expect(told.contains("cell 3: it holds the share of cell 1"))
      #expect(waiting?.code == .io && waiting?.place == "cell 2" && store.holdup?.message == told)
    }
  }

  @Test(arguments: CommitMoment.allCases)
  func `a cell that goes away before the old root is erased holds the forget up until it is back`(
    moment: CommitMoment
  ) async throws {
    let home = try await CellHome(cells: [1, 1])
    let away: CommitObserver = { (step, when) throws(LetheError) in
      if step == .action(.recordEpoch), when == moment, home.files.exists(home.path(2)) {
        do { try home.takeAway(2) } catch { throw LetheError(.io, "\(error)") }
      }
    }
    let store = try home.home.open(away)
    let waiting = #expect(throws: LetheError.self) { try forget("anna", in: store) }
    #expect(waiting?.message.contains("cell 2") == true)
    #expect(store.unfinishedForgets == 1)
    try store.close()
    // The log has the new root, so the cell that stayed opens with it, and the old one may still open in the other.
    try await home.home.session { (store) async throws in
      #expect(store.unfinishedForgets == 1)
      guard case .restricted = try store.items().first?.state else {
        Issue.record("a forget that is held up answers restricted")
        return
      }
      let facts = try store.items(.all, ReadOptions(facts: .included)).compactMap(\.fact?.name)
      #expect(!facts.contains("KeysDestroyed"))
      // The directory does not have her any more, and still nobody is told that her keys are gone.
      #expect(try store.subjectIndex(ofSubject: "anna") == nil)
      #expect(try store.status(ofSubject: "anna").state == .restricted)
      #expect(try store.status(ofSubject: "bert").state == .live && store.status(ofSubject: "dora").state == .unknown)
      await #expect(throws: LetheError(.restricted, "")) { try await store.append(30, of: "anna") }
      #expect(throws: LetheError(.restricted, "")) { try store.items(.stream(StreamName("patient-anna"))) }
      #expect(throws: LetheError(.restricted, "")) { try forget("anna", in: store) }
      let again = #expect(throws: LetheError.self) {
        try store.perform { (writer) throws(LetheError) in _ = try writer.resumeForget(ofSubject: "anna") }
      }
      #expect(again?.code == .io && again?.place == "cell 2")
    }
    #expect(try home.labels(1).count == 1)
    try home.bringBack(2)
    try await home.home.session { (store) async throws in
      #expect(store.unfinishedForgets == 0)
      let facts = try store.items(.all, ReadOptions(facts: .included)).compactMap(\.fact)
      #expect(facts.count { $0.name == "KeysDestroyed" } == 1)
      #expect(try store.status(ofSubject: "anna").state == .shredded)
      await #expect(throws: LetheError(.shredded, "")) { try await store.append(31, of: "anna") }
      try home.checkReading(store, forgotten: ["anna"])
    }
    #expect(try home.labels(2) != home.labels(1) && home.labels(2).count == 1)
  }

  /// With a fence she would be restricted. Without one nothing in the home may tell who she is, now or later.
  @Test func `where policy remembers nobody, a subject of a held-up forget is unknown after a restart`()
    async throws
  {
    let home = try await CellHome(cells: [1, 1], policy: #"{"policy":"lethe/1","rememberForgotten":false}"#)
    let away: CommitObserver = { (step, when) throws(LetheError) in
      if step == .action(.recordEpoch), when == .after, home.files.exists(home.path(2)) {
        do { try home.takeAway(2) } catch { throw LetheError(.io, "\(error)") }
      }
    }
    let store = try home.home.open(away)
    #expect(throws: LetheError(.io, "")) { try forget("anna", in: store) }
    #expect(try store.status(ofSubject: "anna").state == .restricted)
    try store.close()
    try await home.home.session { (store) async throws in
      #expect(store.unfinishedForgets == 1 && store.holdup?.place == "cell 2")
      #expect(try store.status(ofSubject: "anna").state == .unknown)
      guard case .restricted = try store.items().first?.state else {
        Issue.record("a forget that is held up answers restricted")
        return
      }
      #expect(try store.items().first?.text == nil)
      // What is appended for her is a new subject's, as after the forget.
      try await store.append(30, of: "anna")
      #expect(try store.subjectIndex(ofSubject: "anna") == SubjectIndex(block: 0, subject: 3))
    }
    try home.bringBack(2)
    try await home.home.session { (store) async throws in
      #expect(store.unfinishedForgets == 0)
      try home.checkReading(store, forgotten: ["anna"])
      #expect(try store.items().last?.text != nil)
    }
  }

  @Test func `a cell that holds the share of another one is named, and not touched`() async throws {
    let home = try await CellHome(cells: [1, 1, 2])
    try home.copy(3)
    try home.files.replace(home.path(2), with: home.files.contents(ofFile: home.path(3)))
    try await home.home.session { (store) async throws in
      #expect(store.awayCells.first?.message.contains("holds the share of cell 3") == true)
      try home.checkReading(store)
    }
    #expect(try home.labels(2) == home.labels(3))
    try await home.home.session { (store) async throws in
      try store.changeCells(.replace(number: 2, path: home.path(4)))
      #expect(store.awayCells.isEmpty || store.hasLeavingCells == false)
    }
    #expect(try home.status().allSatisfy { $0.state == .current })
  }
}
