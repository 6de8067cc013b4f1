import LethePolicies
import LetheStore
import LetheSystem
import Testing

/// Who may begin a stream, and whose events it takes.
@Suite struct OwnerTests {
  private static let nobodys = #""types":{"WardOpened":{"subject":"none"}}"#
  private static let personal = #"{"policy":"lethe/1",\#(nobodys)}"#
  private static let shared = #"{"policy":"lethe/1","shared":["patient"],\#(nobodys)}"#

  private static func request(_ events: CloudEvent..., to stream: String = "patient-anna") throws -> AppendRequest {
    AppendRequest(to: try StreamName(stream), events)
  }

  private static func opened(_ number: Int) throws -> CloudEvent { try event(number, of: nil, type: "WardOpened") }

  @Test func `an event that concerns nobody does not begin a stream unless its category is shared`() async throws {
    let home = try TestHome(policy: Self.personal)
    try await home.session { (store) async throws in
      let count = store.count
      for request in [
        try Self.request(Self.opened(1)), try Self.request(Self.opened(1), event(2, of: "anna")),
        try Self.request(event(3, of: nil)),
      ] {
        await #expect(throws: LetheError(.policy, "")) { try await store.append(request) }
      }
      #expect(store.count == count)
      #expect(try store.status(ofSubject: "anna").state == .unknown)
      // Behind the owner's first event it may stand.
      try await store.append(Self.request(event(4, of: "anna"), Self.opened(5)))
      try forget("anna", in: store)
      #expect(try store.items().map(\.stream) == [nil, nil])
    }
    try home.setPolicy(Self.shared)
    try await home.session { (store) async throws in
      try await store.append(Self.request(Self.opened(6), to: "patient-shared"))
    }
  }

  @Test func `an event about somebody else than the owner is refused, with the place and what would allow it`()
    async throws
  {
    try await TestHome(policy: Self.personal).session { (store) async throws in
      try await store.append(1, of: "anna")
      let count = store.count
      for request in [
        try Self.request(event(2, of: "anna"), event(3, of: "bert")),
        try Self.request(event(2, of: "cleo"), event(3, of: "bert"), to: "patient-cleo"),
      ] {
        let refused = await store.append([request])[0]
        guard case .failure(let error) = refused else {
          Issue.record("it was taken")
          return
        }
        #expect(error.code == .policy && error.place == "event 2" && error.message.contains("\"shared\""))
        #expect(!error.message.contains("anna") && !error.message.contains("bert"))
      }
      #expect(store.count == count)
      for subject in ["bert", "cleo"] { #expect(try store.status(ofSubject: subject).state == .unknown) }
      // The owner may be named or not.
      try await store.append(Self.request(event(4, of: nil), event(5, of: "anna")))
    }
  }

  @Test func `a stream that has events of others goes on taking them, whoever they are, and no other stream does`()
    async throws
  {
    let home = try TestHome(policy: Self.personal)
    try await home.session { (store) async throws in
      for subject in ["anna", "dora"] { try await store.append(1, of: subject) }
      // An event without owner is none of somebody else.
      try await store.append(Self.request(Self.opened(2), to: "patient-dora"))
    }
    try home.setPolicy(Self.shared)
    try await home.session { (store) async throws in try await store.append(Self.request(event(2, of: "bert"))) }
    try home.setPolicy(Self.personal)
    for number in [10, 20] {
      try await home.session { (store) async throws in
        for place in 0..<3 {
          let others = [try event(number + place, of: "bert"), try event(number + place, of: "new-\(number + place)")]
          try await store.append(AppendRequest(to: StreamName("patient-anna"), others))
          await #expect(throws: LetheError(.policy, "")) {
            try await store.append(AppendRequest(to: StreamName("patient-dora"), others))
          }
        }
      }
    }
  }

  @Test func `a stream without owner counts as shared, whatever policy says of its category`() async throws {
    let home = try TestHome(policy: Self.shared)
    try await home.session { (store) async throws in try await store.append(Self.request(Self.opened(1))) }
    try home.setPolicy(Self.personal)
    try await home.session { (store) async throws in
      try await store.append(Self.request(event(2, of: "anna"), event(3, of: "bert"), Self.opened(4)))
      await #expect(throws: LetheError(.policy, "")) { try await store.append(Self.request(event(5, of: nil))) }
      try forget("anna", in: store)
      try await store.append(Self.request(event(6, of: "bert")))
    }
  }

  @Test func `an event that is known is answered so before owners, policies and revisions are asked`() async throws {
    let home = try TestHome(policy: Self.shared)
    let requests = [
      try Self.request(Self.opened(1)), try Self.request(event(2, of: "anna"), event(3, of: "bert")),
      try Self.request(event(4, of: "bert"), to: "patient-bert"),
    ]
    let first = try await home.session { (store) async throws in
      try await store.append(requests).map { try $0.get() }
    }
    let others = [
      #"{"policy":"lethe/1"}"#, #"{"policy":"lethe/1","types":{"MedicationPrescribed":{"subject":"none"}}}"#,
    ]
    for policy in [Self.personal] + others {
      try home.setPolicy(policy)
      try await home.session { (store) async throws in
        for (request, before) in zip(requests, first) {
          let again = try await store.append(AppendRequest(to: request.stream, request.events, expecting: .noStream))
          #expect(again.outcome == .duplicate && again.position == before.position)
        }
      }
    }
    // But nothing is said of somebody who was forgotten.
    try await home.session { (store) async throws in
      try forget("anna", in: store)
      await #expect(throws: LetheError(.shredded, "")) { try await store.append(requests[1]) }
    }
  }
}
