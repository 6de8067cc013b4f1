import LetheLog
import LethePolicies
import LetheSystem
import LetheTesting
import LetheVault
import Testing

@testable import LetheStore

/// Streams that are appended to again and again take the fast path; it leads to the same as the long one.
@Suite struct HotStreamTests {
  /// A home with a stream that somebody owns and that others may append to.
  private func homeWithSharedStream() async throws -> TestHome {
    let home = try TestHome(policy: #"{"policy":"lethe/1"}"#)
    try await home.session { (store) async throws in try await store.append(0, of: "anna") }
    try home.setPolicy(#"{"policy":"lethe/1","shared":["patient"]}"#)
    return home
  }

  @Test func `an event of somebody else in a busy stream is sealed under their own key`() async throws {
    let home = try await homeWithSharedStream()
    try await home.session { (store) async throws in
      for number in 1..<4 { try await store.append(number, of: "anna") }
      // First one of another in front of one of the owner, then one alone, then the owner again, who need not be named.
      let both = [try event(10, of: "bert"), try event(11, of: "anna")]
      _ = try await store.append(AppendRequest(to: StreamName("patient-anna"), both))
      _ = try await store.append(AppendRequest(to: StreamName("patient-anna"), [event(12, of: "bert")]))
      _ = try await store.append(AppendRequest(to: StreamName("patient-anna"), [event(13, of: nil)]))
      _ = try await store.append(AppendRequest(to: StreamName("patient-anna"), [event(14, of: "bert")]))
      _ = try await store.append(AppendRequest(to: StreamName("patient-anna"), [event(15, of: "anna")]))
      try forget("bert", in: store)
      let states = try store.items(.stream(StreamName("patient-anna"))).map { $0.reading?.isShredded }
      #expect(states == [false, false, false, false, true, false, true, false, true, false])
      #expect(try store.status(ofSubject: "anna").events == 7)
    }
  }

  @Test func `a busy stream takes nothing more once its owner is forgotten`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in
      for number in 0..<4 { try await store.append(number, of: "anna") }
      try forget("anna", in: store)
      await #expect(throws: LetheError(.shredded, "")) { try await store.append(5, of: "anna") }
      await #expect(throws: LetheError(.shredded, "")) {
        try await store.append(AppendRequest(to: StreamName("patient-anna"), [event(6, of: nil)]))
      }
      let states = try store.items().map { $0.reading?.isShredded }
      #expect(states == [true, true, true, true])
    }
  }

  /// Long appends to a busy stream are prepared in halves on two threads.
  @Test func `a long append to a busy stream keeps order, notices what comes again, and whose each event is`()
    async throws
  {
    let home = try await homeWithSharedStream()
    try await home.session { (store) async throws in
      for number in 1..<4 { try await store.append(number, of: "anna") }
      let name = try StreamName("patient-anna")
      let first = try (100..<300).map { try event($0, of: "anna") }
      let receipt = try await store.append(AppendRequest(to: name, first))
      #expect(receipt.firstRevision == 4 && receipt.lastRevision == 203)
      for twice in [310, 399] {
        let events = try (300..<400).map { try event($0, of: "anna") } + [event(twice, of: "anna")]
        await #expect(throws: LetheError(.idConflict, "")) { try await store.append(AppendRequest(to: name, events)) }
      }
      for (round, guest) in [2, 98].enumerated() {
        let start = 400 + 100 * round
        _ = try await store.append(
          AppendRequest(to: name, (0..<100).map { try event(start + $0, of: $0 == guest ? "bert" : "anna") }))
      }
      #expect(try await store.append(AppendRequest(to: name, first)).outcome == .duplicate)
      let ids = try store.items(.stream(name)).map { try CloudEvent(json: #require($0.reading?.event).text).id }
      #expect(ids == (Array(0..<4) + Array(100..<300) + Array(400..<600)).map { "event-\($0)" })
      try forget("bert", in: store)
      let shredded = try store.items(.stream(name)).enumerated().filter { $0.element.reading?.isShredded == true }
      #expect(shredded.map(\.offset) == [4 + 200 + 2, 4 + 200 + 100 + 98])
    }
  }

  @Test func `a stream stays at hand when blocks are opened for others, and does not when somebody is forgotten`()
    async throws
  {
    let home = try TestHome()
    try await home.session { (store) async throws in
      let name = try StreamName("patient-anna")
      for subject in ["anna", "bert"] { for number in 0..<2 { try await store.append(number, of: subject) } }
      let key = store.parts.state.read { $0.hot[name]?.kid }
      #expect(key != nil)
      let count = store.count
      try store.perform { (writer) throws(LetheError) in try writer.makeRoom(forSubjects: 5000) }
      #expect(store.count > count)
      #expect(store.parts.state.read { $0.hot[name]?.kid } == key)
      try forget("bert", in: store)
      #expect(store.parts.state.read { $0.hot[name] == nil })
    }
  }

  @Test func `what comes again to a busy stream is known, durable or not`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in
      for number in 0..<3 { try await store.append(number, of: "anna") }
      let name = try StreamName("patient-anna")
      let request = AppendRequest(to: name, [try event(7, of: "anna")])
      let other = AppendRequest(to: name, [try event(7, of: "anna", data: "{}")])
      let results = await store.append([request, request, other])
      #expect(try results[0].get().outcome == .appended)
      #expect(try results[1].get().outcome == .duplicate && results[1].get().firstRevision == 3)
      #expect(throws: LetheError(.idConflict, "")) { try results[2].get() }
      await #expect(throws: LetheError(.idConflict, "")) {
        try await store.append(AppendRequest(to: name, [event(8, of: "anna"), event(8, of: "anna")]))
      }
      await #expect(throws: LetheError(.revisionConflict, "")) {
        try await store.append(AppendRequest(to: name, [event(9, of: "anna")], expecting: .exactly(7)))
      }
      #expect(try store.items().count == 4)
    }
    // The tags are in the log's index or made again from the events.
    try await home.session { (store) async throws in
      for number in [0, 1, 2, 7] { #expect(try await store.append(number, of: "anna").outcome == .duplicate) }
    }
  }

  /// Requests of many tasks that share groups, short ways and long ones mixed.
  @Test(arguments: [1, 2] as [UInt64])
  func `P1 what many tasks append is there in order, each event once`(seed: UInt64) async throws {
    let home = try TestHome()
    let store = try home.open()
    let receipts = try await withThrowingTaskGroup(of: [(String, AppendReceipt)].self) { tasks in
      for task in 0..<24 {
        tasks.addTask {
          var generator = SeededGenerator(seed: seed * 100 + UInt64(task))
          var receipts: [(String, AppendReceipt)] = []
          for number in 0..<12 {
            let subject = "subject-\(generator.next() % 6)"
            let count = Int(1 + generator.next() % 3)
            let events = try (0..<count).map { try event(task * 1000 + number * 10 + $0, of: subject) }
            let request = AppendRequest(to: try StreamName("patient-\(subject)"), events)
            receipts.append((subject, try await store.append(request)))
          }
          return receipts
        }
      }
      return try await tasks.reduce(into: []) { $0 += $1 }
    }
    try store.close()
    try await home.session { (store) async throws in
      for number in 0..<6 {
        let name = try StreamName("patient-subject-\(number)")
        let own = receipts.filter { $0.0 == "subject-\(number)" }.map(\.1)
          .sorted { $0.firstRevision < $1.firstRevision }
        guard !own.isEmpty else { continue }
        var next: UInt64 = 0
        for receipt in own {
          #expect(receipt.firstRevision == next)
          next = receipt.lastRevision + 1
        }
        let items = try store.items(.stream(name))
        #expect(items.map(\.revision) == Array(0..<next))
        #expect(Set(items.compactMap(\.text)).count == Int(next))
      }
    }
  }
}
