internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// Whose events are, and in whose streams they may stand.
extension AppendPlanner {
  /// Whose each event is, before any rule of owners is asked; the first event of a new stream that is not shared gives it
  /// its owner.
  ///
  /// - Throws: `shredded` or `restricted` if one of them was or is being forgotten.
  func people(
    of request: AppendRequest, _ target: Target, _ state: borrowing StoreState
  ) throws(LetheError) -> [Person] {
    var people: [Person] = []
    people.reserveCapacity(request.events.count)
    var owner: Person = target.owner.map { .known($0) } ?? .none
    for (number, event) in request.events.enumerated() {
      if let id = event.subject {
        people.append(try person(id, state))
      } else {
        people.append(parts.policies.needsNoSubject(type: event.type) ? .none : owner)
      }
      if number == 0, target.existing == nil, !parts.policies.isShared(target.name) { owner = people[0] }
    }
    return people
  }

  func person(_ id: String, _ state: borrowing StoreState) throws(LetheError) -> Person {
    if let index = try parts.directory.subject(parts.lookups.subject(id)) {
      try checkAlive(index, state)
      return .known(index)
    }
    switch try parts.fencing(of: parts.lookups.fencedSubject(id), state.index.forgets) {
    case .none: return .new(Array(id.utf8))
    case .departing: throw Self.departing
    case .forgotten: throw Self.forgotten
    }
  }

  /// Checks that new events may stand in their stream.
  ///
  /// - Throws: `policy`, naming the event and what would allow it.
  func checkOwner(
    _ request: AppendRequest, _ target: Target, _ people: [Person], _ state: inout StoreState
  ) throws(LetheError) {
    let isShared = parts.policies.isShared(target.name)
    var owner: Person = target.owner.map { .known($0) } ?? .none
    if target.existing == nil, !isShared {
      try checkFirst(request.events[0])
      owner = people[0]
    }
    for (number, event) in request.events.enumerated() {
      let place = "event \(number + 1)"
      if parts.policies.needsNoSubject(type: event.type) {
        guard event.subject == nil else { throw Self.subjectNamed(place) }
      } else if event.subject == nil {
        guard owner != .none else {
          throw LetheError(
            .policy,
            "the event names no subject and its stream has no owner; give it `datasubject` or let policy say \"subject\":\"none\" for its type",
            place: place)
        }
      } else if !isShared, owner != .none, people[number] != owner {
        guard try holdsOthers(target, &state) else {
          throw LetheError(
            .policy,
            "the event is about somebody else than the stream's owner; append it to a stream of that person, or list the stream's category under \"shared\" in a policy",
            place: place)
        }
      }
    }
  }

  /// A stream that is not shared begins with its owner: its name would be kept for ever if it had none.
  private func checkFirst(_ event: CloudEvent) throws(LetheError) {
    let place = "event 1"
    guard event.subject == nil else {
      if parts.policies.needsNoSubject(type: event.type) { throw Self.subjectNamed(place) }
      return
    }
    guard parts.policies.needsNoSubject(type: event.type) else {
      throw LetheError(
        .policy,
        "the event names no subject and is its stream's first, so that there is no owner; give it `datasubject`",
        place: place)
    }
    throw LetheError(
      .policy,
      "the event concerns nobody and is its stream's first, so that no forget would ever reach the stream's name; begin the stream with an event that has `datasubject`, or list its category under \"shared\" in a policy",
      place: place)
  }

  private static func subjectNamed(_ place: String) -> LetheError {
    LetheError(
      .policy,
      "policy says that this event's type has no subject, but the event names one; remove `datasubject` or change the policy",
      place: place)
  }

  /// Whether an owned stream has events of others, as earlier versions took them and other policies do; then it goes on
  /// taking them.
  private func holdsOthers(_ target: Target, _ state: inout StoreState) throws(LetheError) -> Bool {
    guard let stream = target.existing, let owner = target.owner, let entry = try state.index.load(stream) else {
      return false
    }
    if let known = entry.holdsOthers { return known }
    // What is not durable yet was planned by this rule and changes nothing. Open only records without the owner's part.
    let own = try state.index.events(of: owner)
    var holdsOthers = false
    for position in try parts.log.positions(of: stream, 0..<parts.log.nextRevision(of: stream)) {
      let place = own.firstPlace(notBefore: { $0 < position })
      if place < own.count, own[place] == position { continue }
      let kids = try parts.log.record(at: position).header.parts.compactMap { KeyID(rawValue: $0.kid) }
      guard kids.contains(where: { $0.plane == .subjects && $0.subjectIndex != owner }) else { continue }
      holdsOthers = true
      break
    }
    entry.holdsOthers = holdsOthers
    return holdsOthers
  }
}
