internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// What is appended in a measurement, by whom, and how it is handed over.
struct BenchLoad: Sendable {
  /// Where the events of one batch go; a batch is durable by one sync in any case.
  enum Batching: Sendable, Equatable {
    /// Each event is an append of its own, to the stream of whom it is about.
    case manyStreams
    /// All are one append to one stream, all or none.
    case oneStream
    /// As many at a time are one append to one stream, as when histories are imported.
    case runs(of: Int)
  }

  let events: BenchEvents
  /// How many events are appended at most.
  let eventCount: Int
  /// How long is appended at most.
  var limit: Duration?
  let writers: Int
  let batch: Int
  var batching = Batching.manyStreams

  /// One writer that appends a home full.
  static func filling(_ events: BenchEvents, _ count: Int) -> BenchLoad {
    BenchLoad(events: events, eventCount: count, writers: 1, batch: 1000)
  }

  /// One writer that imports histories: quicker where there are more streams than the store keeps at hand.
  static func importing(_ events: BenchEvents, _ count: Int) -> BenchLoad {
    BenchLoad(events: events, eventCount: count, writers: 1, batch: 1000, batching: .runs(of: 50))
  }

  /// Events that all writers together hand over at once.
  var eventsAtOnce: Int { writers * batch }

  /// Events that are made before the clock starts: whole rounds of all writers, enough of them that it matters little how
  /// a passage begins and ends, and not so many that they fill the memory.
  var passageCount: Int {
    let fitting = (128 << 20) / ((events.payloadByteCount + 512) * eventsAtOnce)
    return max(1, min(fitting, max(8, 8192 / eventsAtOnce))) * eventsAtOnce
  }

  /// The batches of a range of events, in order; the last one may be shorter.
  func batches(_ numbers: Range<Int>) throws(LetheError) -> [[AppendRequest]] {
    var batches: [[AppendRequest]] = []
    for first in stride(from: numbers.lowerBound, to: numbers.upperBound, by: batch) {
      batches.append(try requests(first..<min(first + batch, numbers.upperBound)))
    }
    return batches
  }

  private func requests(_ numbers: Range<Int>) throws(LetheError) -> [AppendRequest] {
    let length =
      switch batching {
      case .manyStreams: 1
      case .oneStream: numbers.count
      case .runs(let length): length
      }
    var requests: [AppendRequest] = []
    requests.reserveCapacity(numbers.count / length + 1)
    for first in stride(from: numbers.lowerBound, to: numbers.upperBound, by: length) {
      let subject = events.subject(ofEvent: first)
      var own: [CloudEvent] = []
      own.reserveCapacity(length)
      for number in first..<min(first + length, numbers.upperBound) {
        own.append(try events.event(number, ofSubject: subject))
      }
      requests.append(AppendRequest(to: try events.stream(ofSubject: subject), own))
    }
    return requests
  }
}
