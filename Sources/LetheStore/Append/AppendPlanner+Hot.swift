internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// The short way of an append to a hot stream: the same decisions as the long one, of which all but a few are known.
extension AppendPlanner {
  /// The receipt, if the request goes the short way; nil if it must go the long one, and nothing was planned.
  ///
  /// - Throws: what failed with the request planned in part: nothing of the group may be written.
  mutating func planHot(
    _ request: AppendRequest, _ state: inout StoreState
  ) throws(LetheError) -> AppendReceipt? {
    guard request.expected == .any, !request.events.isEmpty, request.events.count <= AppendRequest.eventLimit,
      let stream = state.hot[Array(request.stream.text.utf8)],
      request.events.allSatisfy({ isPlain($0, in: stream) })
    else { return nil }
    tags.removeAll(keepingCapacity: true)
    for event in request.events {
      let tag = TagTable.tag(stream: stream.id, source: event.source, id: event.id, under: stream.index)
      // It may be there already.
      guard !stream.tags.holds(tag), request.events.count == 1 || !tags.contains(tag) else { return nil }
      tags.append(tag)
    }
    let byteCount = request.events.reduce(0) { $0 + $1.text.count }
    guard request.events.count == 1 || byteCount <= AppendRequest.byteLimit else { return nil }
    try group.beginHour(&state.index)
    let first = stream.entry.next
    var position: UInt64 = 0
    for (number, event) in request.events.enumerated() {
      let revision = first + UInt64(number)
      let content = PartContent.personal(event.text, recordedAt: group.recordedAt).encoded()
      position = state.index.applyEvent(to: stream.entry)
      try group.add(
        number == request.events.count - 1 ? .lastOfBatch : [], stream: stream.id, revision: revision,
        part: RecordPlan.Part(kid: stream.kid, key: stream.key, content: content), tag: tags[number])
      inFlight.add(event, at: position, revision: revision)
      state.tags.add(tags[number], at: position, to: stream.tags)
    }
    return AppendReceipt(
      stream: request.stream, firstRevision: first, lastRevision: stream.entry.next - 1, position: position,
      outcome: .appended)
  }

  /// Whether an event has one part, under the stream's key.
  private func isPlain(_ event: CloudEvent, in stream: HotStream) -> Bool {
    guard !parts.policies.names(type: event.type) else { return false }
    return event.subject.map { $0.utf8.elementsEqual(stream.subject) } ?? true
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
    state.hot.keep(
      HotStream(id: stream, entry: entry, tags: tags, subject: Array(subject.utf8), kid: kid, key: key, index: index),
      as: Array(request.stream.text.utf8))
  }
}
