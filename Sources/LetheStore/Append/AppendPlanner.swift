internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// Decides about appends one after the other: refuses them, knows them again, or gives their records places.
///
/// Runs on the writer alone, but for its fast path (`HotAppend`), which callers take at the door. A request that is refused
/// leaves no trace: everything is checked before anything is changed. What it takes note of is ahead of the log until the
/// group is durable.
struct AppendPlanner {
  let parts: StoreParts
  let reader: RecordReader
  let crew: SealingCrew
  var group: GroupPlan
  /// The tags of the request's events, where they were made to look for them; 0 for one that was not.
  var tags: [UInt64] = []

  init(parts: StoreParts, reader: RecordReader, crew: SealingCrew, group: GroupPlan) {
    self.parts = parts
    self.reader = reader
    self.crew = crew
    self.group = group
  }

  /// Plans requests, each by itself.
  ///
  /// - Throws: as for one.
  mutating func plan(
    _ requests: [AppendRequest], _ state: inout StoreState
  ) throws(LetheError) -> [Result<AppendReceipt, LetheError>] {
    var results: [Result<AppendReceipt, LetheError>] = []
    results.reserveCapacity(requests.count)
    for request in requests { results.append(try plan(request, &state)) }
    return results
  }

  /// The receipt, or why the request is refused; then nothing was planned for it, and others can go on.
  ///
  /// - Throws: what failed with the request planned in part: nothing of the group may be written.
  mutating func plan(
    _ request: AppendRequest, _ state: inout StoreState
  ) throws(LetheError) -> Result<AppendReceipt, LetheError> {
    if let receipt = try planHot(request, &state) { return .success(receipt) }
    let decision: Decision
    do throws(LetheError) { decision = try decide(request, &state) } catch { return .failure(error) }
    switch decision {
    case .known(let receipt): return .success(receipt)
    case .new(let target, let people, let divided):
      try group.beginHour(&state.index)
      let before = state.index.count
      do throws(LetheError) {
        let (receipt, stream) = try place(request, divided, target, people, &state)
        keepHot(request, stream, &state)
        return .success(receipt)
      } catch let error where state.index.count == before {
        return .failure(error)
      }
    }
  }

  /// What becomes of a request that is not refused.
  enum Decision {
    case known(AppendReceipt)
    case new(Target, [Person], [EventParts])
  }

  mutating func decide(_ request: AppendRequest, _ state: inout StoreState) throws(LetheError) -> Decision {
    try checkLimits(request)
    tags = []
    let target = try target(of: request, &state)
    let people = try people(of: request, target, state)
    // First, so that what was taken once is known whatever policies say by now.
    if let receipt = try knownAgain(request, target, people, &state) { return .known(receipt) }
    try checkOwner(request, target, people, &state)
    try check(request.expected, target, state)
    var divided: [EventParts] = []
    divided.reserveCapacity(request.events.count)
    for event in request.events { divided.append(try parts.policies.divide(event, recordedAt: group.recordedAt)) }
    guard UInt64(Set(people.compactMap(\.newID)).count) <= state.index.blocks.left else {
      throw LetheError(
        .io, "no key blocks are left for new subjects; check that the root cells can be written and try again")
    }
    try checkKeys(people, divided, &state)
    return .new(target, people, divided)
  }

  // MARK: Checks

  /// The stream as it stands.
  struct Target {
    let name: StreamName
    let value: Digest
    let existing: StreamID?
    let owner: SubjectIndex?
    /// The next revision.
    let next: UInt64
  }

  /// Whose an event is.
  enum Person: Hashable {
    case none
    case known(SubjectIndex)
    /// By bytes: texts that Swift holds equal may be different ids.
    case new([UInt8])

    var newID: [UInt8]? { if case .new(let id) = self { id } else { nil } }
    var index: SubjectIndex? { if case .known(let index) = self { index } else { nil } }
  }

  func checkLimits(_ request: AppendRequest) throws(LetheError) {
    guard !request.events.isEmpty else { throw LetheError(.input, "an append needs at least one event; give one") }
    guard request.events.count <= AppendRequest.eventLimit else {
      throw LetheError(.input, "an append takes at most 10,000 events; split it")
    }
    guard request.events.reduce(0, { $0 + $1.text.count }) <= AppendRequest.byteLimit else {
      throw LetheError(.input, "an append takes at most 64 MiB of events; split it")
    }
  }

  func target(of request: AppendRequest, _ state: inout StoreState) throws(LetheError) -> Target {
    let value = parts.lookups.stream(request.stream.text)
    guard let id = try parts.directory.stream(value) else {
      switch try parts.fencing(of: parts.lookups.fencedName(request.stream.text), state.index.forgets) {
      case .none: break
      case .departing: throw Self.departing
      case .forgotten:
        throw LetheError(.shredded, "the stream belonged to a subject who was forgotten; it takes no more events")
      }
      return Target(name: request.stream, value: value, existing: nil, owner: nil, next: 0)
    }
    // A second stream of its name must never come to be.
    guard let entry = try state.index.load(id) else { throw .wrongIndex(nil) }
    if let owner = entry.owner { try checkAlive(owner, state) }
    return Target(name: request.stream, value: value, existing: id, owner: entry.owner, next: entry.next)
  }

  func checkAlive(_ subject: SubjectIndex, _ state: borrowing StoreState) throws(LetheError) {
    let kid = subject.kid(slot: 0)
    if state.index.pendingForget(of: kid) != nil { throw Self.departing }
    if state.index.destroyer(of: kid) != nil { throw Self.forgotten }
  }

  static var departing: LetheError {
    LetheError(.restricted, "the subject is being forgotten; nothing can be appended for it")
  }

  static var forgotten: LetheError {
    LetheError(.shredded, "the subject was forgotten; nothing can be appended for it unless an officer re-admits it")
  }

  func check(
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
  func checkKeys(
    _ people: [Person], _ divided: [EventParts], _ state: inout StoreState
  ) throws(LetheError) {
    var last: (person: Person, category: String)?
    for (person, event) in zip(people, divided) {
      guard let subject = person.index else { continue }
      if let last, last.person == person, last.category.utf8.elementsEqual(event.category.utf8) { continue }
      last = (person, event.category)
      // At hand from here on: it is asked for several times, and what is noted of it is noted with what the log has.
      _ = try state.index.load(subject)
      _ = try livingKey(subject.kid(slot: 0), state)
      if let slot = try slots(of: subject, &state).slot(for: event.category) {
        _ = try livingKey(subject.kid(slot: slot.number), state)
      }
    }
  }
}
