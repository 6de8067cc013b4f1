import LethePolicies
import LetheSystem
import LetheTesting

@testable import LetheStore

/// Random requests of all kinds in overlapping calls of one caller, beside a model that does one after the other.
///
/// A stream's event has its revision as number, and all else of it follows from that; so the model needs to know no more of
/// a stream than how many events it has.
struct OrderHistory {
  static let policy = #"{"policy":"lethe/1","types":{"Reaction":{"retained":["/type"]}}}"#

  struct Stream {
    let name: StreamName
    let subject: String
    var count = 0
    /// Of the events that were acknowledged last.
    var position: UInt64 = 0
  }

  enum Answer: Equatable {
    case appended(ClosedRange<UInt64>)
    case known(ClosedRange<UInt64>)
    case refused(LetheError.Code)
  }

  /// A call that was made and not awaited yet.
  private struct Flight {
    let places: [Int]
    let expected: [Answer]
    let results: Task<[Result<AppendReceipt, LetheError>], Never>
  }

  private let store: Store
  private let clock: ManualClock
  private var random: SeededGenerator
  private(set) var streams: [Stream]
  private var flights: [Flight] = []
  private(set) var eventCount = 0
  /// What was not as it should be.
  private(set) var faults: [String] = []
  private var tally: [String: Int] = [:]

  init(seed: UInt64, in store: Store, clock: ManualClock, streams: [Stream] = []) {
    (self.store, self.clock, self.streams) = (store, clock, streams)
    random = SeededGenerator(seed: seed)
  }

  /// Makes calls until so many events were appended, and awaits all.
  mutating func live(until count: Int) async throws {
    while eventCount < count, faults.isEmpty {
      try disturb()
      try call()
      let limit = Int.random(in: 0...5, using: &random)
      while flights.count > limit { await land() }
    }
    while !flights.isEmpty { await land() }
  }

  /// Has streams be hot no more, an hour begin, or the fast path be closed for a moment.
  private mutating func disturb() throws {
    switch Int.random(in: 0..<400, using: &random) {
    case 0: store.parts.state.write { $0.hot.removeAll() }
    case 1: clock.advance(by: .seconds(3600))
    case 2..<5:
      let store = store
      try WorkerThread.start { try? store.perform { (_: StoreWriter) throws(LetheError) in } }
    default: break
    }
  }

  private mutating func call() throws {
    let isLong = Int.random(in: 0..<3, using: &random) == 0
    // Most calls are such as the fast path may take whole.
    let isPlain = Int.random(in: 0..<3, using: &random) > 0
    var (requests, places, expected): ([AppendRequest], [Int], [Answer]) = ([], [], [])
    for _ in 0..<(isLong ? Int.random(in: 2...80, using: &random) : 1) {
      let (request, place, answer) = try self.request(isPlain)
      requests.append(request)
      places.append(place)
      expected.append(answer)
    }
    let (store, call) = (store, requests)
    let results = Task.immediate { await store.append(call) }
    flights.append(Flight(places: places, expected: expected, results: results))
  }

  /// A request, its stream, and what must be answered.
  private mutating func request(_ isPlain: Bool) throws -> (AppendRequest, Int, Answer) {
    let kind = isPlain ? 100 : Int.random(in: 0..<100, using: &random)
    if streams.count < 8 || (kind == 0 && streams.count < 200) { return try first() }
    // Few streams have most events.
    let spread = Int.random(in: 1...streams.count, using: &random)
    let place = Int.random(in: 0..<spread, using: &random)
    let stream = streams[place]
    let length = Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 2...24, using: &random) : 1
    let next = stream.count..<stream.count + length
    let before = max(0, stream.count - length)..<stream.count
    func make(
      _ numbers: Range<Int>, _ expected: ExpectedRevision = .any, content: Int = 0, of subject: String? = nil
    ) throws -> AppendRequest {
      AppendRequest(
        to: stream.name, try numbers.map { try Self.event($0, of: subject ?? stream.subject, content) },
        expecting: expected)
    }
    switch kind {
    case 0..<4: return (try make(before), place, .known(Self.revisions(before)))
    case 4: return (try make(before, .noStream), place, .known(Self.revisions(before)))
    case 5: return (try make(before.lowerBound..<next.upperBound), place, .refused(.idConflict))
    case 6: return (try make(before, content: 1), place, .refused(.idConflict))
    case 7: return (try make(next, .exactly(UInt64(stream.count))), place, .refused(.revisionConflict))
    case 8: return (try make(4..<5, content: 0, of: "somebody-else"), place, .refused(.policy))
    case 9..<13:
      take(next, place)
      return (try make(next, .exactly(UInt64(stream.count) - 1)), place, .appended(Self.revisions(next)))
    default:
      take(next, place)
      return (try make(next), place, .appended(Self.revisions(next)))
    }
  }

  /// The first append to a stream of somebody new.
  private mutating func first() throws -> (AppendRequest, Int, Answer) {
    let place = streams.count
    let subject = "subject-\(place)"
    streams.append(Stream(name: try StreamName("patient-\(place)"), subject: subject))
    let numbers = 0..<Int.random(in: 1...6, using: &random)
    take(numbers, place)
    let events = try numbers.map { try Self.event($0, of: subject, 0) }
    return (AppendRequest(to: streams[place].name, events), place, .appended(Self.revisions(numbers)))
  }

  private mutating func take(_ numbers: Range<Int>, _ place: Int) {
    streams[place].count = numbers.upperBound
    eventCount += numbers.count
  }

  /// Awaits the oldest call.
  private mutating func land() async {
    let flight = flights.removeFirst()
    let results = await flight.results.value
    guard results.count == flight.expected.count else {
      faults.append("\(results.count) answers to \(flight.expected.count) requests")
      return
    }
    var position: UInt64 = 0
    for (number, result) in results.enumerated() {
      let (answer, place) = (Self.answer(result), flight.places[number])
      if answer != flight.expected[number] {
        faults.append("\(streams[place].name), request \(number): \(answer), not \(flight.expected[number])")
      }
      guard case .success(let receipt) = result, receipt.outcome == .appended else { continue }
      if receipt.position <= position { faults.append("a call's request \(number) stands before an earlier one") }
      if receipt.position <= streams[place].position { faults.append("an earlier call was overtaken in its stream") }
      position = receipt.position
      streams[place].position = receipt.position
    }
  }

  static func answer(_ result: Result<AppendReceipt, LetheError>) -> Answer {
    switch result {
    case .failure(let error): .refused(error.code)
    case .success(let receipt):
      switch receipt.outcome {
      case .appended: .appended(receipt.firstRevision...receipt.lastRevision)
      case .duplicate: .known(receipt.firstRevision...receipt.lastRevision)
      }
    }
  }

  private static func revisions(_ numbers: Range<Int>) -> ClosedRange<UInt64> {
    UInt64(numbers.lowerBound)...UInt64(numbers.upperBound - 1)
  }

  // MARK: Events

  /// Events that do not name their subject are the same in each stream.
  private static let unnamed = Monitor<[Int: CloudEvent]>([:])

  /// An event by its number. One in two names its subject; one in two hundred is of a type that the fast path does not take.
  static func event(_ number: Int, of subject: String, _ content: Int) throws -> CloudEvent {
    let isNamed = number % 2 == 0
    let key = number << 1 | content
    if !isNamed, let made = unnamed.withLock({ $0[key] }) { return made }
    let datasubject = isNamed ? ",\"datasubject\":\"\(subject)\"" : ""
    let type = number % 200 == 199 ? "Reaction" : "T"
    let json = """
      {"specversion":"1.0","id":"\(number)","source":"s","type":"\(type)"\(datasubject),"data":\(content)}
      """
    let event = try CloudEvent(json: Array(json.utf8))
    if !isNamed { unnamed.withLock { $0[key] = event } }
    return event
  }
}
