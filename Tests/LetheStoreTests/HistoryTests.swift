import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault
import Testing

/// What the store should hold and answer, as simply as it can be said.
private struct Model {
  struct Stored {
    let subject: Int?
    let source: String
    let id: String
    let content: Int
    let text: [UInt8]
    var isShredded = false
  }

  struct Stream {
    let owner: Int?
    var events: [Int] = []
    var isClosed = false
  }

  struct Draft {
    let subject: Int?
    let type: String
    let id: String
    let content: Int

    var event: CloudEvent {
      get throws {
        let owner = subject.map { ",\"datasubject\":\"\(Model.subjects[$0])\"" } ?? ""
        let json = """
          {"specversion":"1.0","id":"\(id)","source":"s","type":"\(type)"\(owner),"data":{"content":\(content)}}
          """
        return try CloudEvent(json: Array(json.utf8))
      }
    }
  }

  enum Answer: Equatable {
    case appended(first: UInt64, last: UInt64)
    case known(first: UInt64, last: UInt64)
    case refused(LetheError.Code)
  }

  static let policy =
    #"{"policy":"lethe/1","shared":["ward"],"types":{"WardOpened":{"subject":"none"}}}"#

  static let subjects = ["anna", "bert", "cleo", "caf\u{e9}", "cafe\u{301}"]

  var events: [Stored] = []
  var streams: [String: Stream] = [:]
  /// By place in `subjects`: two of them are equal to Swift, though not to the store.
  var forgotten: Set<Int> = []
  var known: Set<Int> = []

  mutating func append(_ drafts: [Draft], to name: String, _ expected: ExpectedRevision) throws -> Answer {
    let stream = streams[name]
    if stream?.isClosed == true { return .refused(.shredded) }
    var owner = stream?.owner
    var people: [Int?] = []
    for (number, draft) in drafts.enumerated() {
      if let subject = draft.subject {
        guard !forgotten.contains(subject) else { return .refused(.shredded) }
        if stream == nil, number == 0, !name.hasPrefix("ward-") { owner = subject }
        people.append(subject)
      } else {
        people.append(draft.type == "WardOpened" ? nil : owner)
      }
    }
    let names = zip(drafts, people).map { "\($0.id)/\($1 ?? -1)" }
    guard Set(names).count == names.count else { return .refused(.idConflict) }
    var revisions: [UInt64] = []
    for (draft, person) in zip(drafts, people) {
      let found = (stream?.events ?? []).firstIndex { events[$0].id == draft.id && events[$0].subject == person }
      guard let found, let stream else { continue }
      let isSame = try CloudEvent(json: events[stream.events[found]].text).isEquivalent(to: draft.event)
      guard isSame else { return .refused(.idConflict) }
      revisions.append(UInt64(found))
    }
    if let first = revisions.min(), let last = revisions.max() {
      return revisions.count == drafts.count ? .known(first: first, last: last) : .refused(.idConflict)
    }
    if stream == nil, !name.hasPrefix("ward-"), drafts[0].subject == nil { return .refused(.policy) }
    for (draft, person) in zip(drafts, people) {
      let isNobodys = draft.type == "WardOpened"
      guard isNobodys == (person == nil) else { return .refused(.policy) }
      if let owner, let person, person != owner { return .refused(.policy) }
    }
    let next = UInt64(stream?.events.count ?? 0)
    let isMet =
      switch expected {
      case .any: true
      case .noStream: stream == nil
      case .streamExists: stream != nil
      case .exactly(let revision): next > 0 && next - 1 == revision
      }
    guard isMet else { return .refused(.revisionConflict) }
    var changed = stream ?? Stream(owner: owner)
    for (draft, person) in zip(drafts, people) {
      changed.events.append(events.count)
      events.append(
        Stored(subject: person, source: "s", id: draft.id, content: draft.content, text: try draft.event.text))
      if let person { known.insert(person) }
    }
    streams[name] = changed
    return .appended(first: next, last: next + UInt64(drafts.count) - 1)
  }

  mutating func forget(_ subject: Int) -> LetheError.Code? {
    if forgotten.contains(subject) { return .shredded }
    guard known.contains(subject) else { return .refused }
    forgotten.insert(subject)
    for index in events.indices where events[index].subject == subject { events[index].isShredded = true }
    for (name, stream) in streams where stream.owner == subject { streams[name]?.isClosed = true }
    return nil
  }

  func state(of subject: Int) -> (SubjectStatus.State, Int?) {
    if forgotten.contains(subject) { return (.shredded, nil) }
    guard known.contains(subject) else { return (.unknown, nil) }
    return (.live, events.count { $0.subject == subject })
  }
}

@Suite struct HistoryTests {
  private static let streams = ["patient-anna", "patient-bert", "ward-1", "ward-2", "note-1", "note-2"]

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `any history of appends, forgets, closings and crashes is what a simple model says`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let home = try TestHome(policy: Model.policy)
    var model = Model()
    var store: Store? = try home.open()
    for step in 0..<60 {
      let place = Comment("seed \(seed), step \(step)")
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        let subject = Model.subjects.indices.randomElement(using: &random) ?? 0
        let expected = model.forget(subject)
        do {
          try forget(Model.subjects[subject], in: try #require(store))
          #expect(expected == nil, place)
        } catch let error as LetheError { #expect(error.code == expected, place) }
      case 1:
        try store?.close()
        store = nil
        store = try home.open()
      case 2:
        store = nil
        store = try home.open()
      case 3: home.clock.advance(by: .seconds(1800))
      default: try await Self.append(&model, try #require(store), &random, place)
      }
      if step % 10 == 9 { try Self.compare(model, try #require(store), place) }
    }
    try store?.close()
    store = nil
    try await home.session { (store) async throws in try Self.compare(model, store, "seed \(seed), after all") }
    // Without its directory a home is the same.
    for suffix in ["", "-wal", "-shm"] {
      try LocalFileSystem().remove(home.home.path + "/Keys/directory.sqlite" + suffix)
    }
    try await home.session { (store) async throws in try Self.compare(model, store, "seed \(seed), directory rebuilt") }
  }

  /// One to four requests that may share a group.
  private static func append(
    _ model: inout Model, _ store: Store, _ random: inout SeededGenerator, _ place: Comment
  ) async throws {
    var requests: [AppendRequest] = []
    var expected: [Model.Answer] = []
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let name = streams.randomElement(using: &random) ?? ""
      let drafts = (0..<Int.random(in: 1...3, using: &random)).map { _ in
        let isNobodys = Int.random(in: 0..<8, using: &random) == 0
        let hasSubject = Int.random(in: 0..<4, using: &random) > 0
        return Model.Draft(
          subject: hasSubject ? Model.subjects.indices.randomElement(using: &random) : nil,
          type: isNobodys ? "WardOpened" : "T", id: "e\(Int.random(in: 0..<40, using: &random))",
          content: Int.random(in: 0..<6, using: &random) / 5)
      }
      let revision: ExpectedRevision =
        switch Int.random(in: 0..<8, using: &random) {
        case 0: .noStream
        case 1: .streamExists
        case 2: .exactly(UInt64.random(in: 0..<12, using: &random))
        case 3: .exactly(.max)
        default: .any
        }
      requests.append(AppendRequest(to: try StreamName(name), try drafts.map { try $0.event }, expecting: revision))
      expected.append(try model.append(drafts, to: name, revision))
    }
    let answers = await store.append(requests).map { result -> Model.Answer in
      switch result {
      case .failure(let error): .refused(error.code)
      case .success(let receipt):
        switch receipt.outcome {
        case .appended: .appended(first: receipt.firstRevision, last: receipt.lastRevision)
        case .duplicate: .known(first: receipt.firstRevision, last: receipt.lastRevision)
        }
      }
    }
    #expect(answers == expected, place)
  }

  private static func compare(_ model: Model, _ store: Store, _ place: Comment) throws {
    let items = try store.items()
    try #require(items.count == model.events.count, place)
    var revisions: [Int: (stream: String, revision: UInt64)] = [:]
    for (name, stream) in model.streams {
      for (revision, event) in stream.events.enumerated() { revisions[event] = (name, UInt64(revision)) }
    }
    for (number, (item, event)) in zip(items, model.events).enumerated() {
      let (name, revision) = try #require(revisions[number])
      #expect(item.revision == revision, place)
      #expect(item.stream?.text == (model.streams[name]?.isClosed == true ? nil : name), place)
      if event.isShredded {
        guard case .shredded = item.state else {
          Issue.record(place)
          continue
        }
        #expect(item.text == nil, place)
      } else {
        #expect(item.state == .open, place)
        #expect(item.text == String(decoding: event.text, as: UTF8.self), place)
      }
    }
    for (name, stream) in model.streams {
      if stream.isClosed {
        #expect(throws: LetheError(.shredded, ""), place) { try store.items(.stream(StreamName(name))) }
      } else {
        #expect(
          try store.items(.stream(StreamName(name))).map(\.revision) == Array(0..<UInt64(stream.events.count)), place)
      }
    }
    for subject in Model.subjects.indices {
      let status = try store.status(ofSubject: Model.subjects[subject])
      let (state, events) = model.state(of: subject)
      #expect(status.state == state, place)
      #expect(status.events == events, place)
    }
    let numbers = try Model.subjects.compactMap { try store.subjectIndex(ofSubject: $0) }
    #expect(Set(numbers).count == numbers.count, place)
    #expect(numbers.count == model.known.subtracting(model.forgotten).count, place)
  }
}
