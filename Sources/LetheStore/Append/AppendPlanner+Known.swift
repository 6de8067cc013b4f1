internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// Events that come again.
extension AppendPlanner {
  /// The first receipt if all events are known with the same content; nil if none is known.
  ///
  /// - Throws: `idConflict` for anything between.
  mutating func knownAgain(
    _ request: AppendRequest, _ target: Target, _ people: [Person], _ state: inout StoreState
  ) throws(LetheError) -> AppendReceipt? {
    if request.events.count > 1 {
      var names: Set<EventName> = []
      for (event, person) in zip(request.events, people) where !names.insert(EventName(event, of: person)).inserted {
        throw LetheError(.idConflict, "two events of one append have the same `source` and `id`; give each its own")
      }
    }
    guard let stream = target.existing else { return nil }
    tags.removeAll(keepingCapacity: true)
    if state.tags[stream] == nil { state.tags.begin(stream, with: try makeTags(stream, state)) }
    var known: [UInt64] = []
    for (event, person) in zip(request.events, people) {
      guard person.newID == nil, let key = try parts.keys.indexKey(of: person.index) else {
        tags.append(0)
        continue
      }
      let tag = TagTable.tag(stream: stream, source: event.source, id: event.id, under: key)
      tags.append(tag)
      for position in state.tags[stream]?.positions(of: tag) ?? [] {
        guard let stored = try storedEvent(at: position, state),
          EventName(stored, of: person) == EventName(event, of: person)
        else { continue }
        guard stored.isEquivalent(to: event) else {
          throw LetheError(
            .idConflict, "an event with this `source` and `id` is there with other content; give the new one its own id"
          )
        }
        known.append(position)
      }
    }
    if known.isEmpty { return nil }
    guard known.count == request.events.count else {
      throw LetheError(
        .idConflict, "some of the append's events are there already and some are not; append the new ones by themselves"
      )
    }
    var revisions: [UInt64] = []
    for position in known {
      if let planned = state.inFlight[position] {
        revisions.append(planned.revision)
      } else {
        revisions.append(try parts.log.record(at: position).header.revision)
      }
    }
    return AppendReceipt(
      stream: request.stream, firstRevision: revisions.min() ?? 0, lastRevision: revisions.max() ?? 0,
      position: known.max() ?? 0, outcome: .duplicate)
  }

  /// What makes an event the same within its stream. By bytes, as with persons; no name holds a NUL.
  struct EventName: Hashable {
    let person: Person
    let name: [UInt8]

    init(_ event: CloudEvent, of person: Person) {
      self.person = person
      name = Array(event.source.utf8) + [0] + Array(event.id.utf8)
    }
  }

  func storedEvent(at position: UInt64, _ state: borrowing StoreState) throws(LetheError) -> CloudEvent? {
    if let planned = state.inFlight[position] { return planned.event }
    return try reader.event(at: position, state)
  }

  /// The tags of a stream that nothing is planned for: as the log has them, and made again where a crash lost them.
  func makeTags(_ stream: StreamID, _ state: borrowing StoreState) throws(LetheError) -> TagTable {
    let table = TagTable()
    for position in try parts.log.positions(of: stream, 0..<parts.log.nextRevision(of: stream)) {
      if let tag = try parts.log.tag(at: position) {
        table.add(tag, at: position)
        continue
      }
      guard let tag = try reader.tag(of: parts.log.record(at: position), at: position, state) else { continue }
      table.add(tag, at: position)
    }
    return table
  }
}
