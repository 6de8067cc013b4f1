internal import LetheCrypto
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// What was planned and may not be durable, so that the log cannot be asked: events by position, and keys of slots that
/// were opened.
struct InFlight {
  /// Events of one append that have positions and revisions in a row.
  private struct Run {
    let position: UInt64
    let revision: UInt64
    let events: OneOrMany<CloudEvent>

    var end: UInt64 { position + UInt64(events.count) }
  }

  /// Ascending by position.
  private var runs: [Run] = []
  /// Events in all of them.
  private var count = 0
  var keys: [KeyID: SealingKey] = [:]

  /// Whether it is worth asking what is durable by now.
  var isLarge: Bool { count > 1 << 12 }

  mutating func add(_ events: OneOrMany<CloudEvent>, at position: UInt64, revision: UInt64) {
    runs.append(Run(position: position, revision: revision, events: events))
    count += events.count
  }

  subscript(position: UInt64) -> (event: CloudEvent, revision: UInt64)? {
    let place = runs.firstPlace(notBefore: { $0.end <= position })
    guard place < runs.count, runs[place].position <= position else { return nil }
    let (run, number) = (runs[place], position - runs[place].position)
    return (run.events[Int(number)], run.revision + number)
  }

  mutating func removeAll() {
    runs.removeAll(keepingCapacity: true)
    count = 0
    keys.removeAll(keepingCapacity: true)
  }

  /// Lets go of events that the log has; keys stay, since nobody knows what they were opened at.
  mutating func removeDurable(before count: UInt64) {
    let durable = runs.firstPlace(notBefore: { $0.end <= count })
    self.count -= runs[..<durable].reduce(0) { $0 + $1.events.count }
    runs.removeFirst(durable)
    if runs.isEmpty { removeAll() }
  }
}
