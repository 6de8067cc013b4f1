internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// Gives the records of an append their places.
extension AppendPlanner {
  mutating func place(
    _ request: AppendRequest, _ divided: [EventParts], _ target: Target, _ people: [Person], _ state: inout StoreState
  ) throws(LetheError) -> (AppendReceipt, StreamID) {
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
        event, divided[number], tag: number < tags.count ? tags[number] : 0, of: subject, to: stream,
        revision: revision, isLast: number == request.events.count - 1, &state)
      revision += 1
    }
    let receipt = AppendReceipt(
      stream: request.stream, firstRevision: target.next, lastRevision: revision - 1, position: lastPosition,
      outcome: .appended)
    return (receipt, stream)
  }

  func livingKey(_ kid: KeyID, _ state: borrowing StoreState) throws(LetheError) -> SealingKey {
    if let key = state.inFlight.keys[kid] { return key }
    return try reader.livingKey(kid, state)
  }

  func owner(
    _ request: AppendRequest, _ target: Target, _ people: [Person], _ subjects: [Person: SubjectIndex]
  ) -> SubjectIndex? {
    guard !parts.policies.isShared(target.name), request.events[0].subject != nil else { return nil }
    return subjects[people[0]]
  }

  mutating func register(_ id: String, _ state: inout StoreState) throws(LetheError) -> SubjectIndex {
    guard let subject = state.index.blocks.nextIndex else {
      throw LetheError(.io, "no key blocks are left for new subjects; try again")
    }
    let kid = subject.kid(slot: 0)
    let (key, commitment) = try parts.keys.newKey(kid, at: state.index.count)
    state.inFlight.keys[kid] = key
    let detail = FactDetail(recordedAt: group.recordedAt, texts: [id])
    try group.add(
      .subjectRegistered(kid, commitment: commitment),
      sealed: RecordPlan.Part(kid: kid, key: key, content: detail.encoded()), isLastOfBatch: false, to: &state.index)
    parts.directory.note(parts.lookups.subject(id), .subject(subject))
    state.slots[subject] = []
    return subject
  }

  mutating func create(
    _ target: Target, _ owner: SubjectIndex?, _ state: inout StoreState
  ) throws(LetheError) -> StreamID {
    let stream = try StreamID(random: parts.world.random)
    let kid = owner?.kid(slot: 0) ?? .facts
    let detail = FactDetail(recordedAt: group.recordedAt, texts: [target.name.text])
    let part = RecordPlan.Part(kid: kid, key: try livingKey(kid, state), content: detail.encoded())
    try group.add(.streamCreated(stream, owner: owner), sealed: part, isLastOfBatch: false, to: &state.index)
    parts.directory.note(target.value, .stream(stream))
    state.tags.begin(stream)
    return stream
  }

  mutating func add(
    _ event: CloudEvent, _ divided: EventParts, tag known: UInt64, of subject: SubjectIndex?, to stream: StreamID,
    revision: UInt64, isLast: Bool, _ state: inout StoreState
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
    var tag = known
    if tag == 0, let key = try parts.keys.indexKey(of: subject) {
      tag = TagTable.tag(stream: stream, source: event.source, id: event.id, under: key)
    }
    try group.add(
      isLast ? .lastOfBatch : [], stream: stream, revision: revision, parts: OneOrMany(sealed), tag: tag,
      to: &state.index)
    state.inFlight.add(OneOrMany(event), at: position, revision: revision)
    if tag != 0 { state.tags.add(tag, at: position, of: stream) }
    return position
  }

  /// A subject's slots; read from the log unless they are known.
  func slots(of subject: SubjectIndex, _ state: inout StoreState) throws(LetheError) -> [SlotBook.Slot] {
    if let known = state.slots[subject] { return known }
    let slots = try reader.slots(of: subject, state)
    state.slots[subject] = slots
    return slots
  }

  /// The key of a category's slot; opens the next slot if the subject has none for it yet.
  mutating func slot(
    _ category: String, of subject: SubjectIndex, _ state: inout StoreState
  ) throws(LetheError) -> (KeyID, SealingKey) {
    let open = try slots(of: subject, &state)
    if let slot = open.slot(for: category) {
      let kid = subject.kid(slot: slot.number)
      return (kid, try livingKey(kid, state))
    }
    // Policies know one category so far, so the fifteen slots never run out.
    let number = open.count + 1
    let kid = subject.kid(slot: number)
    let (key, commitment) = try parts.keys.newKey(kid, at: state.index.count)
    state.inFlight.keys[kid] = key
    let identity = subject.kid(slot: 0)
    let detail = FactDetail(recordedAt: group.recordedAt, texts: [category, "1"])
    try group.add(
      .slotOpened(kid, commitment: commitment),
      sealed: RecordPlan.Part(
        kid: identity, key: try livingKey(identity, state), content: detail.encoded()),
      isLastOfBatch: false, to: &state.index)
    state.slots[subject] = open + [SlotBook.Slot(number: number, category: category, generation: 1)]
    return (kid, key)
  }
}
