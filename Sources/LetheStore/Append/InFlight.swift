internal import LetheCrypto
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// What was planned and may not be durable, so that the log cannot be asked: events by position, and keys of slots that
/// were opened.
struct InFlight {
  /// Ascending by position.
  private var events: [(position: UInt64, event: CloudEvent, revision: UInt64)] = []
  var keys: [KeyID: SealingKey] = [:]

  /// Whether it is worth asking what is durable by now.
  var isLarge: Bool { events.count > 1 << 12 }

  mutating func add(_ event: CloudEvent, at position: UInt64, revision: UInt64) {
    events.append((position, event, revision))
  }

  subscript(position: UInt64) -> (event: CloudEvent, revision: UInt64)? {
    events.firstPlace(ofKey: position, \.position).map { (events[$0].event, events[$0].revision) }
  }

  mutating func removeAll() {
    events.removeAll(keepingCapacity: true)
    keys.removeAll(keepingCapacity: true)
  }

  /// Lets go of events that the log has; keys stay, since nobody knows what they were opened at.
  mutating func removeDurable(before count: UInt64) {
    events.removeFirst(events.firstPlace(notBefore: { $0.position < count }))
    if events.isEmpty { removeAll() }
  }
}
