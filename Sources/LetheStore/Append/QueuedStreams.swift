internal import LethePolicies

/// The streams of requests that are in the writer's queue and not planned yet: later requests for them queue up behind.
struct QueuedStreams {
  /// How many requests each stream has there.
  private var counts: [StreamName: Int] = [:]

  var isEmpty: Bool { counts.isEmpty }

  func contains(_ stream: StreamName) -> Bool { !counts.isEmpty && counts[stream] != nil }

  mutating func add(_ requests: [AppendRequest]) {
    for request in requests { counts[request.stream, default: 0] += 1 }
  }

  /// Removes requests that were planned or refused.
  mutating func remove(_ requests: [AppendRequest]) {
    for request in requests {
      guard let count = counts[request.stream] else { continue }
      counts[request.stream] = count > 1 ? count - 1 : nil
    }
  }
}
