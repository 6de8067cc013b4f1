import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import Testing

@Suite struct ReadTests {
  @Test func `positions rise, revisions count from 0 in each stream, and facts are hidden unless asked for`()
    async throws
  {
    try await TestHome().session { (store) async throws in
      for number in 0..<6 { try await store.append(number, of: number.isMultiple(of: 2) ? "anna" : "bert") }
      let items = try store.items()
      #expect(items.map(\.position) == items.map(\.position).sorted())
      #expect(items.filter { $0.stream?.text == "patient-anna" }.map(\.revision) == [0, 1, 2])
      let all = try store.items(.all, ReadOptions(facts: .included))
      #expect(all.map(\.position) == Array(0..<store.count))
    }
  }

  @Test func `from, limit and backwards select`() async throws {
    try await TestHome().session { (store) async throws in
      for number in 0..<10 { try await store.append(number, of: "anna") }
      let stream = Selection.stream(try StreamName("patient-anna"))
      func revisions(_ options: ReadOptions) throws -> [UInt64] { try store.items(stream, options).map(\.revision) }
      #expect(try revisions(ReadOptions(start: 3, limit: 4)) == [3, 4, 5, 6])
      #expect(try revisions(ReadOptions(limit: 2, direction: .backwards)) == [9, 8])
      #expect(try revisions(ReadOptions(start: 4, limit: 3, direction: .backwards)) == [4, 3, 2])
      #expect(try revisions(ReadOptions(start: 99)).isEmpty)
      let positions = try store.items().map(\.position)
      #expect(try store.items(.all, ReadOptions(direction: .backwards)).map(\.position) == positions.reversed())
      #expect(try store.items(.all, ReadOptions(start: positions[5])).map(\.position) == Array(positions[5...]))
    }
  }

  @Test func `since selects by recorded time, since-event by the event's own`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in
      try await store.append(1, of: "anna")
      home.clock.advance(by: .seconds(7200))
      let later = home.clock.now()
      try await store.append(2, of: "anna")
      #expect(try store.items(.all, ReadOptions(since: later)).map(\.revision) == [1])
      let time = try #require(Timestamp(rfc3339: "2023-11-14T22:13:20Z"))
      #expect(try store.items(.all, ReadOptions(sinceEventTime: time)).count == 2)
      let after = Timestamp(microseconds: time.microseconds + 1)
      #expect(try store.items(.all, ReadOptions(sinceEventTime: after)).isEmpty)
    }
  }

  @Test func `a stream that nobody made is unknown`() async throws {
    try await TestHome().session { (store) async throws in
      #expect(throws: LetheError(.unknownStream, "")) { try store.items(.stream(StreamName("patient-x"))) }
    }
  }

  @Test func `P5 a reader is never stopped by a shredded event`() async throws {
    let home = try TestHome()
    try await home.session { (store) async throws in
      for number in 0..<9 { try await store.append(number, of: ["anna", "bert", "cleo"][number % 3]) }
      try forget("bert", in: store)
      let states = try store.items().map { try #require($0.state) }
      for (number, state) in states.enumerated() {
        if number % 3 == 1 {
          guard case .shredded = state else {
            Issue.record("not shredded")
            continue
          }
        } else {
          #expect(state == .open)
        }
      }
    }
  }
}
