import LethePolicies
import LetheStore
import LetheSystem
import Testing

@Suite struct AppendTests {
  @Test func `P1 an acknowledged append is there whole after a kill, in order and with every attribute`() async throws {
    let home = try TestHome()
    let before = try await home.crashedSession { store in
      for number in 0..<20 { try await store.append(number, of: "anna-\(number % 3)") }
      return try store.items().map(\.text)
    }
    #expect(before.count == 20)
    try await home.session { (store) async throws in #expect(try store.items().map(\.text) == before) }
  }

  @Test func `an event comes back verbatim, numbers and escapes included`() async throws {
    let home = try TestHome()
    let data = #"{ "a":1e400, "b":12345678901234567890,"c":1.0,"d":-0, "e":[[1,[2]],{}], "f\"\u0041":"\u00e9" }"#
    let json =
      #"{"specversion":"1.0","\u0069d":"x","source":"s","type":"T","datasubject":"anna","myext":7,"data":"# + data + "}"
    try await home.session { (store) async throws in
      let event = try CloudEvent(json: Array(json.utf8))
      _ = try await store.append(AppendRequest(to: StreamName("patient-anna"), [event]))
      #expect(try store.items().first?.text == json)
    }
  }

  @Test(arguments: [
    (ExpectedRevision.noStream, true, false), (.streamExists, false, true), (.any, true, true),
    (.exactly(0), false, true), (.exactly(1), false, false),
  ])
  func `the expected revision decides`(expected: ExpectedRevision, onNew: Bool, onOne: Bool) async throws {
    try await TestHome().session { (store) async throws in
      let name = try StreamName("patient-anna")
      let first = await store.append([AppendRequest(to: name, [try event(1, of: "anna")], expecting: expected)])[0]
      #expect(first.isSuccess == onNew)
      if !onNew { _ = try await store.append(1, of: "anna") }
      let second = await store.append([AppendRequest(to: name, [try event(2, of: "anna")], expecting: expected)])[0]
      #expect(second.isSuccess == onOne)
      if case .failure(let error) = second { #expect(error.code == .revisionConflict) }
    }
  }

  @Test func `an event that comes again is known, also after a restart`() async throws {
    let home = try TestHome()
    let first = try await home.session { (store) async throws in try await store.append(1, of: "anna") }
    try await home.session { (store) async throws in
      let again = try await store.append(1, of: "anna")
      #expect(again.outcome == .duplicate)
      #expect(again.position == first.position)
      #expect(try store.items().count == 1)
    }
  }

  @Test func `an event that comes again within one group is known too`() async throws {
    try await TestHome().session { (store) async throws in
      let request = AppendRequest(to: try StreamName("patient-anna"), [try event(1, of: "anna")])
      let results = await store.append([request, request])
      #expect(try results[0].get().outcome == .appended)
      #expect(try results[1].get().outcome == .duplicate)
      #expect(try store.items().count == 1)
    }
  }

  @Test func `the same id with other content is a conflict and writes nothing`() async throws {
    try await TestHome().session { (store) async throws in
      try await store.append(1, of: "anna")
      let other = try event(1, of: "anna", data: "{\"code\":\"other\"}")
      await #expect(throws: LetheError(.idConflict, "")) {
        try await store.append(AppendRequest(to: StreamName("patient-anna"), [other]))
      }
      await #expect(throws: LetheError(.idConflict, "")) {
        try await store.append(
          AppendRequest(to: StreamName("patient-anna"), [event(1, of: "anna"), event(2, of: "anna")]))
      }
      #expect(try store.items().count == 1)
    }
  }

  @Test func `events are the same within their stream and subject only`() async throws {
    try await TestHome(policy: #"{"policy":"lethe/1","shared":["ward"]}"#).session { (store) async throws in
      try await store.append(1, of: "anna")
      let ward = try StreamName("ward-1")
      _ = try await store.append(AppendRequest(to: ward, [try event(1, of: "bert")]))
      _ = try await store.append(AppendRequest(to: ward, [try event(1, of: "anna")]))
      #expect(try store.items().count == 3)
    }
  }

  @Test func `an event without subject inherits its stream's owner, and is refused without one`() async throws {
    let policy = #"{"policy":"lethe/1","shared":["ward"],"types":{"WardOpened":{"subject":"none"}}}"#
    try await TestHome(policy: policy).session { (store) async throws in
      try await store.append(1, of: "anna")
      _ = try await store.append(AppendRequest(to: StreamName("patient-anna"), [event(2, of: nil)]))
      #expect(try store.status(ofSubject: "anna").events == 2)
      await #expect(throws: LetheError(.policy, "")) {
        try await store.append(AppendRequest(to: StreamName("ward-1"), [event(3, of: nil)]))
      }
      _ = try await store.append(AppendRequest(to: StreamName("ward-1"), [event(4, of: "bert")]))
      // A shared stream has no owner, whoever comes first.
      await #expect(throws: LetheError(.policy, "")) {
        try await store.append(AppendRequest(to: StreamName("ward-1"), [event(5, of: nil)]))
      }
      _ = try await store.append(AppendRequest(to: StreamName("ward-1"), [event(6, of: nil, type: "WardOpened")]))
    }
  }

  @Test func `two events of one append are the same also if one names the owner and one inherits it`() async throws {
    try await TestHome().session { (store) async throws in
      let name = try StreamName("patient-anna")
      for first in ["anna", nil] {
        if first == nil { try await store.append(9, of: "anna") }
        await #expect(throws: LetheError(.idConflict, "")) {
          try await store.append(AppendRequest(to: name, [event(1, of: "anna"), event(1, of: nil)]))
        }
      }
      #expect(try store.items().count == 1)
    }
  }

  @Test func `ids that differ in bytes alone are different, for subjects, streams and events`() async throws {
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
    let home = try TestHome()
    try await home.session { (store) async throws in
      for id in [composed, decomposed] { try await store.append(1, of: id) }
      let json = [composed, decomposed].map {
        #"{"specversion":"1.0","id":"\#($0)","source":"s","type":"T","datasubject":"anna"}"#
      }
      let events = try json.map { try CloudEvent(json: Array($0.utf8)) }
      _ = try await store.append(AppendRequest(to: StreamName("patient-anna"), events))
      try forget(composed, in: store)
    }
    try await home.session { (store) async throws in
      #expect(try store.status(ofSubject: composed).state == .shredded)
      #expect(try store.status(ofSubject: decomposed).state == .live)
      #expect(try store.items().count == 4)
      #expect(try store.items(.stream(StreamName("patient-\(decomposed)"))).count == 1)
    }
  }

  @Test func `a batch is appended all or none`() async throws {
    try await TestHome().session { (store) async throws in
      let name = try StreamName("patient-anna")
      let batch = try (0..<5).map { try event($0, of: "anna") }
      let receipt = try await store.append(AppendRequest(to: name, batch, expecting: .noStream))
      #expect(receipt.firstRevision == 0 && receipt.lastRevision == 4)
      await #expect(throws: LetheError(.policy, "")) {
        let bad = try event(7, of: nil)
        try await store.append(AppendRequest(to: StreamName("other-1"), [bad, event(8, of: "anna")]))
      }
      #expect(try store.items().count == 5)
    }
  }

  @Test func `appends of many tasks at once are all there, each stream in its own order`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<16 {
          group.addTask { for number in 0..<20 { try await store.append(number, of: "subject-\(writer)") } }
        }
        try await group.waitForAll()
      }
    }
    try await home.session { (store) async throws in
      for writer in 0..<16 {
        let items = try store.items(.stream(StreamName("patient-subject-\(writer)")))
        #expect(items.map(\.revision) == Array(0..<20))
        #expect(try items.map { try #require($0.text) }.enumerated().allSatisfy { $1.contains("\"event-\($0)\"") })
      }
    }
  }

  @Test func `a thousand new subjects at once get a block of their own in time`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in
      for start in stride(from: 0, to: 2500, by: 500) {
        let requests = try (start..<start + 500).map {
          AppendRequest(to: try StreamName("patient-\($0)"), [try event($0, of: "subject-\($0)")])
        }
        for result in await store.append(requests) { _ = try result.get() }
      }
    }
    try await home.session { (store) async throws in
      #expect(try store.items().count == 2500)
      #expect(try store.status(ofSubject: "subject-2499").state == .live)
    }
  }
}
