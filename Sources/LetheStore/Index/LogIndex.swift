internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// What is where in the log, as its headers and clear bodies tell; needs no key and can always be built again.
///
/// Records are applied in the order of their positions, when they are planned: who reads must hide positions that the log
/// does not hold durably yet. Facts of which there are few are at hand; streams and subjects are those that were planned
/// with lately, of which some may not be durable yet, and for all others the log is asked.
struct LogIndex {
  private(set) var facts = FactLedger()
  /// Positions applied so far; the next record's position.
  private(set) var count: UInt64 = 0
  /// System facts applied so far; the next fact's revision.
  private(set) var factCount: UInt64 = 0

  private let log: any RecordLog
  private var streams: [StreamID: StreamEntry] = [:]
  private var subjects: [SubjectIndex: SubjectEntry] = [:]

  /// When one of them is reached all are let go, once all is durable.
  private static let streamLimit = 1 << 16
  private static let subjectLimit = 1 << 16

  /// A stream by what the log says in clear.
  ///
  /// Sendable: what changes of it is read and changed under the lock of the store's state alone.
  final class StreamEntry: @unchecked Sendable {
    let owner: SubjectIndex?
    /// Position of its `StreamCreated`.
    let created: UInt64
    /// The revision of its next event.
    fileprivate(set) var next: UInt64
    /// Whether it has events of others than its owner; nil if nobody has looked.
    var holdsOthers: Bool?

    init(owner: SubjectIndex?, created: UInt64, next: UInt64) {
      self.owner = owner
      self.created = created
      self.next = next
    }
  }

  /// A subject by what the log says in clear.
  struct SubjectEntry {
    /// Where its slot 0 was opened: its `SubjectRegistered`.
    let registration: KeyOpening
    /// The other slots, in order of opening.
    var slots: [(slot: Int, opening: KeyOpening)] = []
    /// The streams that it owns, oldest first.
    var streams: [StreamID] = []

    func opening(ofSlot slot: Int) -> KeyOpening? {
      slot == 0 ? registration : slots.first { $0.slot == slot }?.opening
    }
  }

  /// The index of a log, from the facts that are always at hand.
  ///
  /// - Throws: `damage` or `format` if one of them cannot follow those before it; `io`.
  init(of log: any RecordLog) throws(LetheError) {
    self.log = log
    for position in log.landmarks {
      facts.settle(try Self.hasEvent(log, between: facts.origins.last?.position, and: position))
      try facts.apply(Fact(decoding: Array(log.record(at: position).clearBody)), at: position)
    }
    count = log.count
    factCount = try log.nextRevision(of: .system)
    facts.settle(try Self.hasEvent(log, between: facts.origins.last?.position, and: count))
    let last = KeyID(plane: .subjects, block: KeyID.blockLimit - 1, subject: KeyID.subjectLimit - 1, slot: 0)
    if let highest = try log.highestKey(notAbove: last.rawValue), let kid = KeyID(rawValue: highest) {
      facts.noteRegistered(upTo: kid.subjectIndex)
    }
  }

  /// Whether an event stands between a fact and a fact, or the log's end.
  private static func hasEvent(
    _ log: any RecordLog, between start: UInt64?, and end: UInt64
  ) throws(LetheError) -> Bool {
    guard let start, start < end else { return false }
    let first = try log.record(at: start).header.revision
    let last = try end == log.count ? log.nextRevision(of: .system) : log.record(at: end).header.revision
    return last - first < end - start
  }

  var isLarge: Bool { streams.count > Self.streamLimit || subjects.count > Self.subjectLimit }

  /// Lets go of streams and subjects if there are many; all that was planned is durable.
  mutating func trim() {
    if streams.count > Self.streamLimit { streams = [:] }
    if subjects.count > Self.subjectLimit { subjects = [:] }
  }

  // MARK: Planning

  /// Takes note of the next record, whose stream and owner were asked for before.
  ///
  /// - Throws: `damage` or `format` for a record that no history of this store can hold.
  mutating func apply(_ header: RecordHeader, clearBody: [UInt8]) throws(LetheError) {
    let position = count
    if header.flags.contains(.system) {
      guard header.revision == factCount else { throw .misplaced(position) }
      let fact = try Fact(decoding: clearBody)
      try note(fact, at: position)
      try facts.apply(fact, at: position)
      factCount += 1
    } else {
      guard let stream = streams[header.streamID], stream.next == header.revision else { throw .misplaced(position) }
      stream.next += 1
      facts.noteEvent()
    }
    count += 1
  }

  /// Takes note of the next records, which are a stream's next events; gives the first one's position and revision.
  mutating func applyEvents(_ eventCount: Int, to stream: StreamEntry) -> (position: UInt64, revision: UInt64) {
    defer {
      stream.next += UInt64(eventCount)
      count += UInt64(eventCount)
    }
    facts.noteEvent()
    return (count, stream.next)
  }

  /// A stream, if it is at hand.
  func loaded(_ stream: StreamID) -> StreamEntry? { streams[stream] }

  private mutating func note(_ fact: Fact, at position: UInt64) throws(LetheError) {
    switch fact {
    case .subjectRegistered(let kid, let commitment):
      subjects[kid.subjectIndex] = SubjectEntry(
        registration: KeyOpening(position: position, commitment: commitment))
    case .slotOpened(let kid, let commitment) where kid.plane == .subjects:
      subjects[kid.subjectIndex]?.slots.append((kid.slot, KeyOpening(position: position, commitment: commitment)))
    case .streamCreated(let stream, let owner):
      streams[stream] = StreamEntry(owner: owner, created: position, next: 0)
      if let owner { subjects[owner]?.streams.append(stream) }
    case _: break
    }
  }

  /// A stream as it stands, kept at hand from then on.
  ///
  /// - Throws: `damage`, `io`.
  mutating func load(_ stream: StreamID) throws(LetheError) -> StreamEntry? {
    if let entry = streams[stream] { return entry }
    let entry = try self.stream(stream)
    streams[stream] = entry
    return entry
  }

  /// A subject as it stands, kept at hand from then on.
  ///
  /// - Throws: `damage`, `io`.
  mutating func load(_ subject: SubjectIndex) throws(LetheError) -> SubjectEntry? {
    if let entry = subjects[subject] { return entry }
    let entry = try self.subject(subject)
    subjects[subject] = entry
    return entry
  }

  // MARK: Finding

  /// A stream as it stands.
  ///
  /// - Throws: `damage`, `io`.
  func stream(_ stream: StreamID) throws(LetheError) -> StreamEntry? {
    if let entry = streams[stream] { return entry }
    for position in try log.positions(ofFactsAbout: stream) {
      guard case .streamCreated(stream, let owner) = try fact(at: position) else { continue }
      return StreamEntry(owner: owner, created: position, next: try log.nextRevision(of: stream))
    }
    return nil
  }

  /// A subject as it stands.
  ///
  /// - Throws: `damage`, `io`.
  func subject(_ subject: SubjectIndex) throws(LetheError) -> SubjectEntry? {
    if let entry = subjects[subject] { return entry }
    let identity = subject.kid(slot: 0)
    var entry: SubjectEntry?
    for position in try log.positions(under: identity.rawValue...identity.rawValue, .facts) {
      switch try fact(at: position) {
      case .subjectRegistered(identity, let commitment) where entry == nil:
        entry = SubjectEntry(registration: KeyOpening(position: position, commitment: commitment))
      case .slotOpened(let kid, let commitment) where kid.plane == .subjects && kid.subjectIndex == subject:
        entry?.slots.append((kid.slot, KeyOpening(position: position, commitment: commitment)))
      case .streamCreated(let stream, owner: subject): entry?.streams.append(stream)
      case _: break
      }
    }
    return entry
  }

  private func fact(at position: UInt64) throws(LetheError) -> Fact {
    try Fact(decoding: Array(log.record(at: position).clearBody))
  }

  /// Where a key id was opened, by `SubjectRegistered` or `SlotOpened`.
  ///
  /// - Throws: `damage`, `io`.
  func opening(of kid: KeyID) throws(LetheError) -> KeyOpening? {
    guard kid.plane == .subjects else { return facts.openings[kid] }
    return try subject(kid.subjectIndex)?.opening(ofSlot: kid.slot)
  }

  /// The streams that a subject owns, oldest first.
  ///
  /// - Throws: `damage`, `io`.
  func streams(of subject: SubjectIndex) throws(LetheError) -> [StreamID] { try self.subject(subject)?.streams ?? [] }

  /// The positions of events that have a part under one of a subject's slots; those that are durable.
  ///
  /// - Throws: `damage`, `io`.
  func events(of subject: SubjectIndex) throws(LetheError) -> [UInt64] {
    try log.positions(
      under: subject.kid(slot: 0).rawValue...subject.kid(slot: KeyID.slotLimit - 1).rawValue, .events)
  }

  /// All subjects that were ever registered, ascending; those that are durable.
  ///
  /// - Throws: `damage`, `io`.
  func allSubjects() throws(LetheError) -> [SubjectIndex] {
    let first = KeyID(plane: .subjects, block: 0, subject: 0, slot: 0)
    let last = KeyID(
      plane: .subjects, block: KeyID.blockLimit - 1, subject: KeyID.subjectLimit - 1, slot: KeyID.slotLimit - 1)
    return try log.keys(in: first.rawValue...last.rawValue)
      .compactMap { KeyID(rawValue: $0) }.filter { $0.slot == 0 }.map(\.subjectIndex)
  }
}

// What the facts say, in the index's own words.
extension LogIndex {
  var blocks: BlockLedger { facts.blocks }
  var forgets: ForgetLedger { facts.forgets }
  // Asked for each part that is read: without a copy of the ledger.
  func pendingForget(of kid: KeyID, before end: UInt64 = .max) -> CaseID? {
    facts.forgets.pendingForget(of: kid, before: end)
  }
  /// Whether any forget was ever begun.
  var hasForgets: Bool { !facts.forgets.cases.isEmpty }
  func destroyer(of kid: KeyID) -> CaseID? { facts.forgets.destroyer(of: kid) }
  var staff: [UInt32: UInt64] { facts.staff }
  var epoch: UInt64 { facts.epoch }
  var rootPageHash: Digest { facts.rootPageHash }
  var hours: [(hour: Int64, position: UInt64)] { facts.hours }
  /// The hour that began last.
  var newestHour: Int64? { facts.hours.last?.hour }
  var policyDigest: Digest? { facts.policyDigest }
  var signing: SigningIdentity? { facts.signing }
  var places: (change: PlacesChange, position: UInt64)? { facts.places }
  var origins: [(beginning: OriginBeginning, ended: String, position: UInt64)] { facts.origins }
  var isBeginningAnew: Bool { facts.isBeginningAnew }

  func hour(of position: UInt64) -> Int64? { facts.hour(of: position) }
  /// The first position that can have been recorded in the hour or later.
  func firstPosition(since hour: Int64) -> UInt64 { facts.firstPosition(since: hour) ?? count }
}

/// Tells the log which of the store's facts are always at hand, and which streams they are about.
struct FactNotes: RecordNoting {
  func note(of record: Record) throws(LetheError) -> RecordNote {
    guard record.header.flags.contains(.system) else { return .none }
    return Self.note(of: try Fact(decoding: Array(record.clearBody)))
  }

  static func note(of fact: Fact) -> RecordNote {
    switch fact {
    case .subjectRegistered: return .none
    case .slotOpened(let kid, _): return RecordNote(isLandmark: kid.plane != .subjects)
    case .streamCreated(let stream, _): return RecordNote(stream: stream)
    case .blocksOpened, .hourBegan, .caseStep, .forgetStarted, .epochAdvanced, .keysDestroyed, .policyChanged,
      .signingKeyRotated, .staffNamed, .placesChanged, .originBegan:
      return RecordNote(isLandmark: true)
    }
  }
}
