import LetheCrypto
import LethePolicies
import LetheStore
import LetheSystem
import LetheVault
import Testing

/// Approves and carries out a forget.
@discardableResult
func forget(_ id: String, in store: Store) throws -> CaseID {
  try store.perform { (writer) throws(LetheError) in
    let subject = try writer.subject(id)
    let extent = try writer.extent(of: subject)
    let caseID = try CaseID.random(from: SystemRandom())
    var approval: UInt64 = 0
    for state in [CaseStep.State.received, .approved] {
      let step = CaseStep(caseID: caseID, state: state, staff: [], dueDay: nil, extent: extent.digest)
      approval = try writer.record([StoreWriter.FactDraft(.caseStep(step), .subject(subject, []))])
    }
    _ = try writer.forget(caseID, approval: approval, subject: subject)
    return caseID
  }
}

@Suite struct ForgetTests {
  @Test func `a forgotten subject is shredded and all others are unchanged`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in
      for number in 0..<12 { try await store.append(number, of: ["anna", "bert"][number % 2]) }
    }
    try await home.session { (store) async throws in
      let before = try store.items().map(\.text)
      let caseID = try forget("anna", in: store)
      let after = try store.items()
      for (number, item) in after.enumerated() {
        if number.isMultiple(of: 2) {
          #expect(item.state == .shredded(caseID))
          #expect(item.stream == nil)
        } else {
          #expect(item.text == before[number])
        }
      }
      let status = try store.status(ofSubject: "anna")
      #expect(status.state == .shredded && status.events == nil && status.categories == nil)
    }
  }

  @Test func `P7 a forgotten subject does not come back by an append, to any stream`() async throws {
    let home = try TestHome(policy: #"{"policy":"lethe/1","shared":["ward"]}"#)
    try await home.session { (store) async throws in
      try await store.append(1, of: "anna")
      _ = try await store.append(AppendRequest(to: StreamName("ward-1"), [event(2, of: "bert")]))
      try forget("anna", in: store)
    }
    try await home.session { (store) async throws in
      for name in ["patient-anna", "patient-new", "ward-1"] {
        let error = await #expect(throws: LetheError.self) {
          try await store.append(AppendRequest(to: StreamName(name), [event(3, of: "anna")]))
        }
        #expect(error?.code == .shredded)
        #expect(error.map { String(describing: $0).contains("anna") } == false)
      }
      // Nor does anybody else get the name of the stream.
      let error = await #expect(throws: LetheError.self) {
        try await store.append(AppendRequest(to: StreamName("patient-anna"), [event(4, of: "cleo")]))
      }
      #expect(error?.code == .shredded)
      #expect(throws: LetheError(.shredded, "")) { try store.items(.stream(StreamName("patient-anna"))) }
    }
  }

  @Test func `what policy retains outlives the forget, the rest does not`() async throws {
    let policy = """
      {"policy":"lethe/1","types":{"Reaction":{"retained":["/type","/data/grade"],\
      "replacements":{"/data/note":"(forgotten)"}}}}
      """
    try await TestHome(policy: policy).session { (store) async throws in
      let reaction = try event(1, of: "anna", type: "Reaction", data: "{\"grade\":3,\"note\":\"private\"}")
      _ = try await store.append(AppendRequest(to: StreamName("patient-anna"), [reaction]))
      let whole = try CloudEvent(json: Array(#require(try store.items().first?.text).utf8))
      #expect(whole.isEquivalent(to: reaction))
      try forget("anna", in: store)
      let item = try #require(try store.items().first)
      #expect(item.state == .partial)
      let text = try #require(item.text)
      #expect(text.contains("\"grade\":3") && text.contains("(forgotten)"))
      #expect(!text.contains("private") && !text.contains("anna"))
    }
  }

  @Test func `after a forget a retained field lies in the containers that the event has`() async throws {
    let policy = """
      {"policy":"lethe/1","types":{"Worked":{"retained":["/type","/data/hours/8"],\
      "replacements":{"/data/places/1":"(forgotten)"}}}}
      """
    try await TestHome(policy: policy).session { (store) async throws in
      let given = [
        #"{"hours":{"8":1.5,"9":2},"places":{"1":"private"}}"#, #"{"hours":[0,1,2,3,4,5,6,7,8.50,9]}"#,
      ]
      for (number, data) in given.enumerated() {
        let worked = try event(number, of: "anna", type: "Worked", data: data)
        _ = try await store.append(AppendRequest(to: StreamName("patient-anna"), [worked]))
        let whole = try CloudEvent(json: Array(#require(try store.items().last?.text).utf8))
        #expect(whole.isEquivalent(to: worked))
      }
      try forget("anna", in: store)
      let texts = try store.items().map(\.text)
      let rest = #""places":{"1":"(forgotten)"}}"#
      #expect(
        texts == [
          #"{"type":"Worked","data":{"hours":{"8":1.5},"# + rest + "}",
          #"{"type":"Worked","data":{"hours":[null,null,null,null,null,null,null,null,8.50],"# + rest + "}",
        ])
    }
  }

  @Test func `a forget is refused if the approval covers something else`() async throws {
    try await TestHome().session { (store) async throws in
      try await store.append(1, of: "anna")
      #expect(throws: LetheError(.refused, "")) {
        try store.perform { (writer) throws(LetheError) in
          let subject = try writer.subject("anna")
          let caseID = try CaseID.random(from: SystemRandom())
          let step = CaseStep(caseID: caseID, state: .approved, staff: [], dueDay: nil, extent: .zero)
          let approval = try writer.record([StoreWriter.FactDraft(.caseStep(step))])
          _ = try writer.forget(caseID, approval: approval, subject: subject)
        }
      }
      #expect(try store.items().first?.state == .open)
    }
  }

  @Test func `P9 a key is destroyed only under a case that was approved before`() async throws {
    try await TestHome().session { (store) async throws in
      try await store.append(1, of: "anna")
      #expect(throws: LetheError(.refused, "")) {
        try store.perform { (writer) throws(LetheError) in
          let caseID = try CaseID.random(from: SystemRandom())
          _ = try writer.forget(caseID, approval: 0, subject: try writer.subject("anna"))
        }
      }
      let facts = try store.items(.all, ReadOptions(facts: .included)).compactMap(\.fact?.name)
      #expect(!facts.contains("ForgetStarted"))
    }
  }

  @Test func `a subject of another stream's owner keeps its events, which are read by stream id`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in try await store.append(1, of: "anna") }
    // A stream takes events of others once its category is shared.
    try home.setPolicy(#"{"policy":"lethe/1","shared":["patient"]}"#)
    try await home.session { (store) async throws in
      _ = try await store.append(AppendRequest(to: StreamName("patient-anna"), [event(2, of: "bert")]))
      let stream = try #require(try store.items().first?.streamID)
      try forget("anna", in: store)
      let items = try store.items(.streamID(stream))
      #expect(items.count == 2)
      #expect(items[1].state == .open)
      #expect(items[1].stream == nil)
    }
  }
}
