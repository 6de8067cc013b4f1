import LethePolicies
import LetheStore
import Testing

@testable import lethe

@Suite struct BenchLoadTests {
  private let events = BenchEvents(subjects: 20, payloadByteCount: 300)

  private func load(_ writers: Int, _ batch: Int, _ batching: BenchLoad.Batching = .manyStreams) -> BenchLoad {
    BenchLoad(events: events, eventCount: 25, writers: writers, batch: batch, batching: batching)
  }

  @Test func `a load is made of whole batches and a rest`() throws {
    let batches = try load(1, 10).batches(0..<25)
    #expect(batches.map(\.count) == [10, 10, 5])
    #expect(batches.joined().allSatisfy { $0.events.count == 1 })
    let ids = batches.joined().flatMap { $0.events.map(\.id) }
    #expect(ids == (0..<25).map { "e-\($0)" })
  }

  @Test func `a batch of one stream is one append`() throws {
    let batches = try load(1, 10, .oneStream).batches(5..<25)
    #expect(batches.map(\.count) == [1, 1])
    for append in batches.joined() {
      #expect(append.events.count == 10 && Set(append.events.map(\.subject)).count == 1)
    }
  }

  @Test func `histories are appends of as many events of one subject, and the rest`() throws {
    let batches = try load(1, 10, .runs(of: 4)).batches(0..<25)
    #expect(batches.map { $0.map(\.events.count) } == [[4, 4, 2], [4, 4, 2], [4, 1]])
    #expect(batches.joined().allSatisfy { Set($0.events.map(\.subject)).count == 1 })
    #expect(batches.joined().flatMap { $0.events.map(\.id) } == (0..<25).map { "e-\($0)" })
  }

  @Test(arguments: [(1, 1), (16, 1), (64, 1), (1, 1000), (3, 7), (1000, 10)])
  func `a passage is whole rounds of all writers`(writers: Int, batch: Int) {
    let load = load(writers, batch)
    #expect(load.passageCount > 0 && load.passageCount % load.eventsAtOnce == 0)
  }

  @Test func `events are the same at every run, and differ from one another`() throws {
    let again = BenchEvents(subjects: 20, payloadByteCount: 300)
    let texts = (0..<200).map { events.text($0, ofSubject: events.subject(ofEvent: $0)) }
    #expect(texts == (0..<200).map { again.text($0, ofSubject: again.subject(ofEvent: $0)) })
    #expect(Set(texts).count == 200 && Set(texts.map(\.count)).count > 50)
    let parsed = try texts.map { try CloudEvent(json: $0) }
    #expect(Set(parsed.map(\.type)).count == 4 && parsed.allSatisfy { $0.time != nil && $0.stream == nil })
    #expect(Set(parsed.map(\.subject)).count == 20)
  }

  @Test(arguments: [20, 300, 5000])
  func `an event's data is on average as long as asked for`(byteCount: Int) throws {
    let events = BenchEvents(subjects: 5, payloadByteCount: byteCount)
    var sum = 0
    for number in 0..<500 {
      let text = events.text(number, ofSubject: 1, namesStream: true)
      let event = try CloudEvent(json: text)
      #expect(event.stream?.text == "patient-1" && event.subject == "S-1")
      guard let data = try JSONValue(parsing: text)["data"] else { throw JSONMissing() }
      sum += data.compactText.count
    }
    #expect((byteCount * 9 / 10...byteCount * 11 / 10).contains(sum / 500))
  }

  private struct JSONMissing: Error {}

  @Test func `few subjects have many events`() {
    let subjects = (0..<2000).map { events.subject(ofEvent: $0) }
    #expect(subjects.allSatisfy { (0..<20).contains($0) })
    #expect(subjects.count { $0 == 0 } > 4 * subjects.count { $0 == 19 })
  }
}
