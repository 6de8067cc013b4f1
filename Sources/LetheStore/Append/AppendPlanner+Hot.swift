internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// The fast path does not take a request.
private struct NotFast: Error {}

/// An append to a hot stream, as far as it can be prepared without the lock of the store's state.
struct HotAppend {
  let request: AppendRequest
  let stream: HotStream
  /// Of the events, in order.
  private let tags: OneOrMany<UInt64>

  init(_ request: AppendRequest, to stream: HotStream, tags: OneOrMany<UInt64>) {
    (self.request, self.stream, self.tags) = (request, stream, tags)
  }

  /// The tags of a request's events, in order and all different; nil if the fast path does not take the request.
  static func tags(
    of request: AppendRequest, in stream: HotStream, _ policies: Policies, _ crew: SealingCrew
  ) -> OneOrMany<UInt64>? {
    try? checkedTags(of: request, in: stream, policies, crew)
  }

  private static func checkedTags(
    of request: AppendRequest, in stream: HotStream, _ policies: Policies, _ crew: SealingCrew
  ) throws(NotFast) -> OneOrMany<UInt64> {
    guard request.expected == .any, !request.events.isEmpty, request.events.count <= AppendRequest.eventLimit,
      request.events.count == 1 || request.events.reduce(0, { $0 + $1.text.count }) <= AppendRequest.byteLimit
    else { throw NotFast() }
    if request.events.count == 1 { return OneOrMany(try tag(of: request.events[0], in: stream, policies)) }
    let tags = try crew.inHalves(request.events) { (events) throws(NotFast) in
      var tags: [UInt64] = []
      tags.reserveCapacity(events.count)
      for event in events {
        tags.append(try tag(of: event, in: stream, policies))
      }
      return tags
    }.get()
    // Two events of one append may be the same.
    guard Set(tags).count == tags.count else { throw NotFast() }
    return OneOrMany(tags)
  }

  private static func tag(
    of event: CloudEvent, in stream: HotStream, _ policies: Policies
  ) throws(NotFast) -> UInt64 {
    guard isPlain(event, in: stream, policies) else { throw NotFast() }
    return TagTable.tag(stream: stream.id, source: event.source, id: event.id, under: stream.index)
  }

  /// Whether an event has one part, under the stream's key.
  private static func isPlain(_ event: CloudEvent, in stream: HotStream, _ policies: Policies) -> Bool {
    guard !policies.names(type: event.type) else { return false }
    return event.subject.map { $0.utf8.hasSameBytes(as: stream.subject) } ?? true
  }

  /// Gives the events places, in a group whose hour has begun; nil if one of them may be there already or the stream is
  /// hot no more, and nothing was planned.
  ///
  /// - Throws: what failed with the request planned in part: nothing of the group may be written.
  func place(in group: inout GroupPlan, _ state: inout StoreState) throws(LetheError) -> AppendReceipt? {
    guard stream.turn == state.hot.turn, !tags.contains(where: { stream.tags.holds($0) }) else { return nil }
    let (position, revision) = try group.add(request.events, to: stream, tags: tags, &state.index)
    state.inFlight.add(OneOrMany(request.events), at: position, revision: revision)
    state.tags.add(tags, at: position, to: stream.tags)
    let others = UInt64(request.events.count - 1)
    return AppendReceipt(
      stream: request.stream, firstRevision: revision, lastRevision: revision + others, position: position + others,
      outcome: .appended)
  }
}

/// The planner's fast path, for appends to hot streams: all but a few of its decisions are known beforehand. Callers take
/// it at the door, the writer for what is in its queue.
extension AppendPlanner {
  /// The receipt, if the fast path takes the request; otherwise nil, and nothing was planned.
  ///
  /// - Throws: as `HotAppend.place`.
  mutating func planHot(
    _ request: AppendRequest, _ state: inout StoreState
  ) throws(LetheError) -> AppendReceipt? {
    guard let stream = state.hot[request.stream] else { return nil }
    guard let tags = HotAppend.tags(of: request, in: stream, parts.policies, crew) else { return nil }
    try group.beginHour(&state.index)
    return try HotAppend(request, to: stream, tags: tags).place(in: &group, &state)
  }

  /// Keeps a stream at hand for what follows, if it is as most are.
  func keepHot(_ request: AppendRequest, _ stream: StreamID, _ state: inout StoreState) {
    guard let entry = state.index.loaded(stream), let owner = entry.owner, let tags = state.tags[stream],
      let subject = request.events.last?.subject,
      let slot = state.slots[owner]?.slot(for: EventParts.defaultCategory)
    else { return }
    let kid = owner.kid(slot: slot.number)
    // The id that the last event names is the owner's only if the event was sealed under the owner's key.
    guard group.lastKid == kid, let key = parts.keys.keyInUse(kid)?.key,
      let index = parts.keys.indexKeyInUse(of: owner)
    else { return }
    state.hot.keep(as: request.stream) { turn in
      HotStream(
        id: stream, entry: entry, tags: tags, subject: Array(subject.utf8), kid: kid, key: key, index: index, turn: turn
      )
    }
  }
}
