internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// Decides about appends one after the other: refuses them, knows them again, or gives their records places.
///
/// Runs on the writer alone. A request that is refused leaves no trace: everything is checked before anything is changed.
/// What it takes note of is ahead of the log until the group is durable.
struct AppendPlanner {
  let parts: StoreParts
  let reader: RecordReader
  var group: GroupPlan
  /// Events of this group by position and keys of slots that it opens, since the log does not hold them yet.
  private var fresh: [UInt64: CloudEvent] = [:]
  private var freshKeys: [KeyID: SealingKey] = [:]

  init(parts: StoreParts, reader: RecordReader, group: GroupPlan) {
    self.parts = parts
    self.reader = reader
    self.group = group
  }

  /// The receipt, or why the request is refused; then nothing was planned for it, and others can go on.
  ///
  /// - Throws: what failed with the request planned in part: nothing of the group may be written.
  mutating func plan(
    _ request: AppendRequest, _ state: inout StoreState
  ) throws(LetheError) -> Result<AppendReceipt, LetheError> {
    let decision: Decision
    do throws(LetheError) { decision = try decide(request, &state) } catch { return .failure(error) }
    switch decision {
    case .known(let receipt): return .success(receipt)
    case .new(let target, let people, let divided):
      try group.beginHour(&state.index)
      let before = state.index.count
      do throws(LetheError) {
        return .success(try place(request, divided, target, people, &state))
      } catch let error where state.index.count == before {
        return .failure(error)
      }
    }
  }

  /// What becomes of a request that is not refused.
  private enum Decision {
    case known(AppendReceipt)
    case new(Target, [Person], [EventParts])
  }

  private mutating func decide(_ request: AppendRequest, _ state: inout StoreState) throws(LetheError) -> Decision {
    try checkLimits(request)
    let target = try target(of: request, state)
    let people = try people(of: request, target, state)
    if let receipt = try knownAgain(request, target, people, &state) { return .known(receipt) }
    try check(request.expected, target, state)
    var divided: [EventParts] = []
    divided.reserveCapacity(request.events.count)
    for event in request.events { divided.append(try parts.policies.divide(event, recordedAt: group.recordedAt)) }
    guard UInt64(Set(people.compactMap(\.newID)).count) <= state.index.blocks.left else {
      throw LetheError(
        .io, "no key blocks are left for new subjects; check that the root cells can be written and try again")
    }
    try checkKeys(people, divided, state)
    return .new(target, people, divided)
  }

  // MARK: Checks

  /// The stream as it stands.
  private struct Target {
    let name: StreamName
    let value: Digest
    let existing: StreamID?
    let owner: SubjectIndex?
    /// The next revision.
    let next: UInt64
  }

  /// Whose an event is.
  private enum Person: Hashable {
    case none
    case known(SubjectIndex)
    /// By bytes: texts that Swift holds equal may be different ids.
    case new([UInt8])

    var newID: [UInt8]? { if case .new(let id) = self { id } else { nil } }
    var index: SubjectIndex? { if case .known(let index) = self { index } else { nil } }
  }

  private func checkLimits(_ request: AppendRequest) throws(LetheError) {
    guard !request.events.isEmpty else { throw LetheError(.input, "an append needs at least one event") }
    guard request.events.count <= AppendRequest.eventLimit else {
      throw LetheError(.input, "an append takes at most \(AppendRequest.eventLimit) events; split it")
    }
    guard request.events.reduce(0, { $0 + $1.text.count }) <= AppendRequest.byteLimit else {
      throw LetheError(.input, "an append takes at most 64 MiB of events; split it")
    }
  }

  private func target(of request: AppendRequest, _ state: borrowing StoreState) throws(LetheError) -> Target {
    let value = parts.lookups.stream(request.stream.text)
    guard let id = state.directory.streams[value], let entry = state.index.streams[id] else {
      if try parts.vault.fenceEntry(parts.lookups.fencedName(request.stream.text)) != nil {
        throw LetheError(.shredded, "the stream belonged to a subject who was forgotten; it takes no more events")
      }
      return Target(name: request.stream, value: value, existing: nil, owner: nil, next: 0)
    }
    if let owner = entry.owner { try checkAlive(owner, state) }
    return Target(
      name: request.stream, value: value, existing: id, owner: entry.owner, next: UInt64(entry.positions.count))
  }

  private func checkAlive(_ subject: SubjectIndex, _ state: borrowing StoreState) throws(LetheError) {
    let kid = subject.kid(slot: 0)
    if state.index.forgets.pendingForget(of: kid) != nil {
      throw LetheError(.restricted, "the subject is being forgotten; nothing can be appended for it")
    }
    if state.index.forgets.destroyer(of: kid) != nil { throw Self.forgotten }
  }

  private static var forgotten: LetheError {
    LetheError(.shredded, "the subject was forgotten; nothing can be appended for it unless an officer re-admits it")
  }

  /// Whose each event is; the first event of a new stream that is not shared gives it its owner.
  private func people(
    of request: AppendRequest, _ target: Target, _ state: borrowing StoreState
  ) throws(LetheError) -> [Person] {
    var people: [Person] = []
    people.reserveCapacity(request.events.count)
    var owner: Person = target.owner.map { .known($0) } ?? .none
    for (number, event) in request.events.enumerated() {
      var person = Person.none
      if parts.policies.needsNoSubject(type: event.type) {
        guard event.subject == nil else {
          throw LetheError(
            .policy,
            "policy says that this event's type has no subject, but the event names one; remove `datasubject` or change the policy",
            place: "event \(number + 1)")
        }
      } else if let id = event.subject {
        person = try self.person(id, state)
      } else {
        guard owner != .none else {
          throw LetheError(
            .policy,
            "the event names no subject and its stream has no owner; give it `datasubject` or let policy say \"subject\":\"none\" for its type",
            place: "event \(number + 1)")
        }
        person = owner
      }
      if number == 0, target.existing == nil, event.subject != nil, !parts.policies.isShared(target.name) {
        owner = person
      }
      people.append(person)
    }
    return people
  }

  private func person(_ id: String, _ state: borrowing StoreState) throws(LetheError) -> Person {
    if let index = state.directory.subjects[parts.lookups.subject(id)] {
      try checkAlive(index, state)
      return .known(index)
    }
    guard try parts.vault.fenceEntry(parts.lookups.fencedSubject(id)) == nil else { throw Self.forgotten }
    return .new(Array(id.utf8))
  }

  private func check(
    _ expected: ExpectedRevision, _ target: Target, _ state: borrowing StoreState
  ) throws(LetheError) {
    let isMet =
      switch expected {
      case .any: true
      case .noStream: target.existing == nil
      case .streamExists: target.existing != nil
      case .exactly(let revision): target.next == revision &+ 1 && target.next > 0
      }
    guard isMet else {
      let actual = target.next == 0 ? "does not exist" : "is at revision \(target.next - 1)"
      throw LetheError(
        .revisionConflict, "the stream \(actual), which is not what was expected; read it again and decide anew")
    }
  }

  /// Loads the keys that the events would be sealed with: one that is missing stops this request alone.
  private func checkKeys(
    _ people: [Person], _ divided: [EventParts], _ state: borrowing StoreState
  ) throws(LetheError) {
    var last: (person: Person, category: String)?
    for (person, event) in zip(people, divided) {
      guard let subject = person.index else { continue }
      if let last, last.person == person, last.category.utf8.elementsEqual(event.category.utf8) { continue }
      last = (person, event.category)
      _ = try livingKey(subject.kid(slot: 0), state)
      if let slot = state.directory.slot(for: event.category, of: subject) {
        _ = try livingKey(subject.kid(slot: slot.slot), state)
      }
    }
  }

  // MARK: Events that come again

  /// The first receipt if all events are known with the same content; nil if none is known.
  ///
  /// - Throws: `idConflict` for anything between.
  private mutating func knownAgain(
    _ request: AppendRequest, _ target: Target, _ people: [Person], _ state: inout StoreState
  ) throws(LetheError) -> AppendReceipt? {
    if request.events.count > 1 {
      var names: Set<EventName> = []
      for (event, person) in zip(request.events, people) where !names.insert(EventName(event, of: person)).inserted {
        throw LetheError(.idConflict, "two events of one append have the same `source` and `id`; give each its own")
      }
    }
    guard let stream = target.existing else { return nil }
    if state.tags[stream] == nil { state.tags[stream] = try makeTags(stream, state) }
    var known: [UInt64] = []
    for (event, person) in zip(request.events, people) {
      guard person.newID == nil, let key = try parts.keys.indexKey(of: person.index) else { continue }
      let tag = TagTable.tag(stream: stream, source: event.source, id: event.id, under: key)
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
    let revisions = known.compactMap { state.index.revision(of: $0, in: stream) }
    return AppendReceipt(
      stream: request.stream, firstRevision: revisions.min() ?? 0, lastRevision: revisions.max() ?? 0,
      position: known.max() ?? 0, outcome: .duplicate)
  }

  /// What makes an event the same within its stream. By bytes, as with persons; no name holds a NUL.
  private struct EventName: Hashable {
    let person: Person
    let name: [UInt8]

    init(_ event: CloudEvent, of person: Person) {
      self.person = person
      name = Array(event.source.utf8) + [0] + Array(event.id.utf8)
    }
  }

  private func storedEvent(at position: UInt64, _ state: borrowing StoreState) throws(LetheError) -> CloudEvent? {
    if let event = fresh[position] { return event }
    return try reader.event(at: position, state)
  }

  private func makeTags(_ stream: StreamID, _ state: borrowing StoreState) throws(LetheError) -> TagTable {
    var table = TagTable()
    for position in state.index.streams[stream]?.positions ?? [] {
      let header = try parts.log.record(at: position).header
      let subject = header.parts.lazy.compactMap { KeyID(rawValue: $0.kid) }.first { $0.plane == .subjects }?
        .subjectIndex
      guard let key = try parts.keys.indexKey(of: subject), let event = try reader.event(at: position, state) else {
        continue
      }
      table.add(TagTable.tag(stream: stream, source: event.source, id: event.id, under: key), at: position)
    }
    return table
  }

  // MARK: Places

  private mutating func place(
    _ request: AppendRequest, _ divided: [EventParts], _ target: Target, _ people: [Person], _ state: inout StoreState
  ) throws(LetheError) -> AppendReceipt {
    var subjects: [Person: SubjectIndex] = [:]
    for person in people where subjects[person] == nil {
      switch person {
      case .none: break
      case .known(let index): subjects[person] = index
      case .new(let id): subjects[person] = try register(String(decoding: id, as: UTF8.self), &state)
      }
    }
    let stream: StreamID
    if let existing = target.existing {
      stream = existing
    } else {
      stream = try create(target, owner(request, target, people, subjects), &state)
    }
    var revision = target.next
    var lastPosition: UInt64 = 0
    for (number, event) in request.events.enumerated() {
      let subject = subjects[people[number]]
      lastPosition = try add(
        event, divided[number], of: subject, to: stream, revision: revision, isLast: number == request.events.count - 1,
        &state)
      revision += 1
    }
    return AppendReceipt(
      stream: request.stream, firstRevision: target.next, lastRevision: revision - 1, position: lastPosition,
      outcome: .appended)
  }

  private func livingKey(_ kid: KeyID, _ state: borrowing StoreState) throws(LetheError) -> SealingKey {
    if let key = freshKeys[kid] { return key }
    return try reader.livingKey(kid, state)
  }

  private func owner(
    _ request: AppendRequest, _ target: Target, _ people: [Person], _ subjects: [Person: SubjectIndex]
  ) -> SubjectIndex? {
    guard !parts.policies.isShared(target.name), request.events[0].subject != nil else { return nil }
    return subjects[people[0]]
  }

  private mutating func register(_ id: String, _ state: inout StoreState) throws(LetheError) -> SubjectIndex {
    guard let subject = state.index.blocks.nextIndex else {
      throw LetheError(.io, "no key blocks are left for new subjects; try again")
    }
    let kid = subject.kid(slot: 0)
    let (key, commitment) = try parts.keys.newKey(kid)
    freshKeys[kid] = key
    let detail = FactDetail(recordedAt: group.recordedAt, texts: [id])
    try group.add(
      .subjectRegistered(kid, commitment: commitment),
      sealed: RecordPlan.Part(kid: kid, key: key, content: detail.encoded()), isLastOfBatch: false, to: &state.index)
    state.directory.register(subject, under: [parts.lookups.subject(id)])
    return subject
  }

  private mutating func create(
    _ target: Target, _ owner: SubjectIndex?, _ state: inout StoreState
  ) throws(LetheError) -> StreamID {
    let stream = try StreamID(random: parts.world.random)
    let kid = owner?.kid(slot: 0) ?? .facts
    let detail = FactDetail(recordedAt: group.recordedAt, texts: [target.name.text])
    let part = RecordPlan.Part(kid: kid, key: try livingKey(kid, state), content: detail.encoded())
    try group.add(.streamCreated(stream, owner: owner), sealed: part, isLastOfBatch: false, to: &state.index)
    state.directory.name(stream, target.name.text, under: target.value)
    state.tags[stream] = TagTable()
    return stream
  }

  private mutating func add(
    _ event: CloudEvent, _ divided: EventParts, of subject: SubjectIndex?, to stream: StreamID, revision: UInt64,
    isLast: Bool,
    _ state: inout StoreState
  ) throws(LetheError) -> UInt64 {
    var sealed: [RecordPlan.Part] = []
    if let personal = divided.personal, let subject {
      let (kid, key) = try slot(divided.category, of: subject, &state)
      sealed.append(RecordPlan.Part(kid: kid, key: key, content: personal.encoded()))
    }
    if let retained = divided.retained {
      sealed.append(
        RecordPlan.Part(
          kid: .retained, key: try livingKey(.retained, state), content: retained.encoded()))
    }
    let position = state.index.count
    try group.add(
      isLast ? .lastOfBatch : [], stream: stream, revision: revision, parts: sealed, clearBody: [], to: &state.index)
    fresh[position] = event
    if let key = try parts.keys.indexKey(of: subject) {
      state.tags[stream]?.add(
        TagTable.tag(stream: stream, source: event.source, id: event.id, under: key), at: position)
    }
    return position
  }

  /// The key of a category's slot; opens the next slot if the subject has none for it yet.
  private mutating func slot(
    _ category: String, of subject: SubjectIndex, _ state: inout StoreState
  ) throws(LetheError) -> (KeyID, SealingKey) {
    if let slot = state.directory.slot(for: category, of: subject) {
      let kid = subject.kid(slot: slot.slot)
      return (kid, try livingKey(kid, state))
    }
    // Policies know one category so far, so the fifteen slots never run out.
    let number = (state.directory.slots[subject]?.count ?? 0) + 1
    let kid = subject.kid(slot: number)
    let (key, commitment) = try parts.keys.newKey(kid)
    freshKeys[kid] = key
    let identity = subject.kid(slot: 0)
    let detail = FactDetail(recordedAt: group.recordedAt, texts: [category, "1"])
    try group.add(
      .slotOpened(kid, commitment: commitment),
      sealed: RecordPlan.Part(
        kid: identity, key: try livingKey(identity, state), content: detail.encoded()),
      isLastOfBatch: false, to: &state.index)
    state.directory.open(Directory.Slot(slot: number, category: category, generation: 1), of: subject)
    return (kid, key)
  }
}
