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
    guard let entry = try state.index.load(stream.id), let table = state.tags[stream.id] else { return nil }
    tags.removeAll(keepingCapacity: true)
    for event in request.events {
      let tag = TagTable.tag(stream: stream.id, source: event.source, id: event.id, under: stream.index)
      // It may be there already.
      guard !table.holds(tag), request.events.count == 1 || !tags.contains(tag) else { return nil }
      tags.append(tag)
    }
    let byteCount = request.events.reduce(0) { $0 + $1.text.count }
    guard request.events.count == 1 || byteCount <= AppendRequest.byteLimit else { return nil }
    try group.beginHour(&state.index)
    var position: UInt64 = 0
    for (number, event) in request.events.enumerated() {
      position = state.index.count
      let content = PartContent.personal(event.text, recordedAt: group.recordedAt).encoded()
      let revision = entry.next + UInt64(number)
      try group.add(
        number == request.events.count - 1 ? .lastOfBatch : [], stream: stream.id, revision: revision,
        parts: [RecordPlan.Part(kid: stream.kid, key: stream.key, content: content)], tag: tags[number],
        to: &state.index)
      inFlight.events[position] = (event, revision)
      state.tags.add(tags[number], at: position, of: stream.id)
    }
    return AppendReceipt(
      stream: request.stream, firstRevision: entry.next, lastRevision: entry.next + UInt64(request.events.count) - 1,
      position: position, outcome: .appended)
  }

  /// Whether an event has one part, under the stream's key.
  private func isPlain(_ event: CloudEvent, in stream: HotStream) -> Bool {
    guard !parts.policies.names(type: event.type) else { return false }
    return event.subject.map { $0.utf8.elementsEqual(stream.subject) } ?? true
  }

  /// Keeps a stream at hand for what follows, if it is as most are.
  func keepHot(
    _ request: AppendRequest, _ target: Target, _ people: [Person], _ state: inout StoreState
  ) {
    guard let id = target.existing, let owner = target.owner, people.allSatisfy({ $0.index == owner }),
      let subject = request.events[0].subject, !parts.policies.isShared(target.name),
      let slot = state.slots[owner]?.slot(for: EventParts.defaultCategory)
    else { return }
    let kid = owner.kid(slot: slot.number)
    guard let key = parts.keys.keyInUse(kid)?.key, let index = parts.keys.indexKeyInUse(of: owner) else { return }
    state.hot.keep(
      HotStream(id: id, subject: Array(subject.utf8), kid: kid, key: key, index: index),
      as: Array(request.stream.text.utf8))
  }
}
