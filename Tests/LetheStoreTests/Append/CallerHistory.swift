import LethePolicies
import LetheSystem
import LetheTesting

@testable import LetheStore

/// One of several callers who append to the same streams at once, each in calls that overlap.
///
/// Nobody can say which caller comes first; but each one's events, numbered in the order of its requests, must ascend in
/// each stream.
struct CallerHistory {
  private let name: String
  private let store: Store
  private let streams: [StreamName]
  private var random: SeededGenerator
  private var number = 0
  private var flights: [Task<[Result<AppendReceipt, LetheError>], Never>] = []
  /// Of which an answer was expected: nil for an event that is new.
  private var expected: [[LetheError.Code?]] = []
  private(set) var faults: [String] = []

  init(_ name: String, seed: UInt64, in store: Store, _ streams: [StreamName]) {
    (self.name, self.store, self.streams) = (name, store, streams)
    random = SeededGenerator(seed: seed)
  }

  mutating func live(until count: Int) async throws {
    while number < count, faults.isEmpty {
      try call()
      let limit = Int.random(in: 0...4, using: &random)
      while flights.count > limit { await land() }
    }
    while !flights.isEmpty { await land() }
  }

  private mutating func call() throws {
    var requests: [AppendRequest] = []
    var codes: [LetheError.Code?] = []
    for _ in 0..<(Bool.random(using: &random) ? 1 : Int.random(in: 2...40, using: &random)) {
      let stream = streams[Int.random(in: streams.indices, using: &random)]
      switch Int.random(in: 0..<40, using: &random) {
      case 0:
        // An event that was there at the beginning, which is found by opening it.
        requests.append(AppendRequest(to: stream, [try OrderHistory.event(0, of: Self.owner(of: stream), 0)]))
        codes.append(nil)
      case 1:
        requests.append(AppendRequest(to: stream, [try event(for: stream)], expecting: .noStream))
        codes.append(.revisionConflict)
      case 2:
        store.parts.state.write { $0.hot.removeAll() }
        fallthrough
      default:
        let events = try (0..<Int.random(in: 1...3, using: &random)).map { _ in try event(for: stream) }
        requests.append(AppendRequest(to: stream, events))
        codes.append(nil)
      }
    }
    let (store, call) = (store, requests)
    flights.append(Task.immediate { await store.append(call) })
    expected.append(codes)
  }

  /// The next event. Every other one names its subject, by which a stream becomes hot again.
  private mutating func event(for stream: StreamName) throws -> CloudEvent {
    number += 1
    let owner = number % 2 == 0 ? ",\"datasubject\":\"\(Self.owner(of: stream))\"" : ""
    let json = #"{"specversion":"1.0","id":"\#(number)","source":"\#(name)","type":"T"\#(owner)}"#
    return try CloudEvent(json: Array(json.utf8))
  }

  private mutating func land() async {
    let codes = expected.removeFirst()
    for (code, result) in zip(codes, await flights.removeFirst().value) {
      switch result {
      case .success: if let code { faults.append("no \(code)") }
      case .failure(let error): if error.code != code { faults.append("\(error)") }
      }
    }
  }

  /// Gives each stream its owner, and an event by which it becomes hot.
  static func begin(_ streams: [StreamName], in store: Store) async throws {
    for stream in streams {
      _ = try await store.append(AppendRequest(to: stream, [OrderHistory.event(0, of: owner(of: stream), 0)]))
    }
  }

  static func owner(of stream: StreamName) -> String { "owner-of-\(stream)" }
}
