internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// What is where in the log, as its headers and clear bodies tell; needs no key and can always be built again.
///
/// Records are applied in the order of their positions, when they are planned: who reads must hide positions that the log
/// does not hold durably yet.
struct LogIndex {
  /// Positions applied so far; the next record's position.
  private(set) var count: UInt64 = 0
  /// System facts applied so far; the next fact's revision.
  private(set) var factCount: UInt64 = 0

  private(set) var streams = StreamTable()
  private(set) var subjects = SubjectTable()
  /// Where each key id of another plane than the subjects' was opened.
  private var otherOpenings: [KeyID: UInt64] = [:]
  private(set) var blocks = BlockLedger()
  private(set) var forgets = ForgetLedger()
  private(set) var staff: [UInt32: UInt64] = [:]

  private(set) var epoch: UInt64 = 0
  /// SHA-256 of the root page of that epoch.
  private(set) var rootPageHash = Digest.zero
  /// The hours that began, with the positions of their facts, ascending.
  private(set) var hours: [(hour: Int64, position: UInt64)] = []
  private(set) var policyDigest: Digest?
  private(set) var signing: SigningIdentity?
  private(set) var places: (change: PlacesChange, position: UInt64)?
  /// New origins of a log that lost its end, oldest first, each with the name that ended.
  private(set) var origins: [(beginning: OriginBeginning, ended: String, position: UInt64)] = []
  /// Whether no event stands behind the newest of them: what a restore recovers may still follow.
  private(set) var isBeginningAnew = false

  /// Takes note of the next record.
  ///
  /// - Throws: `damage` or `format` for a record that no history of this store can hold.
  mutating func apply(_ header: RecordHeader, clearBody: [UInt8]) throws(LetheError) {
    let position = count
    if header.flags.contains(.system) {
      guard header.revision == factCount else { throw Self.misplaced(position) }
      try apply(Fact(decoding: clearBody), at: position)
      factCount += 1
    } else {
      guard let stream = streams.row(of: header.streamID),
        UInt64(streams.eventCount(ofRow: stream)) == header.revision
      else { throw Self.misplaced(position) }
      streams.append(eventAt: position, toRow: stream)
      isBeginningAnew = false
      for part in header.parts {
        guard let kid = KeyID(rawValue: part.kid) else { throw Self.misplaced(position) }
        guard kid.plane == .subjects else { continue }
        // A part under a subject that was never registered stays out of the index; reading it answers "tampered".
        if let row = subjects.row(of: kid.subjectIndex) { subjects.note(eventAt: position, ofRow: row) }
      }
    }
    count += 1
  }

  private mutating func apply(_ fact: Fact, at position: UInt64) throws(LetheError) {
    switch fact {
    case .blocksOpened(let plane, let numbers):
      guard numbers.allSatisfy({ $0 < KeyID.blockLimit }) else { throw Self.misplaced(position) }
      guard plane == .subjects else { break }
      blocks.open(numbers)
      if isBeginningAnew, numbers.isEmpty { blocks.noteLoss() }
    case .subjectRegistered(let kid, _):
      guard kid.plane == .subjects, kid.slot == 0, subjects.register(kid.subjectIndex, at: position) else {
        throw Self.misplaced(position)
      }
      blocks.give(kid.subjectIndex)
    case .slotOpened(let kid, _):
      guard opening(of: kid) == nil else { throw Self.misplaced(position) }
      guard kid.plane == .subjects else {
        otherOpenings[kid] = position
        return
      }
      guard let row = subjects.row(of: kid.subjectIndex) else { throw Self.misplaced(position) }
      subjects.open(slot: kid.slot, ofRow: row, at: position)
    case .streamCreated(let stream, let owner):
      let ownerRow = owner.flatMap { subjects.row(of: $0) }
      guard stream != .system, (ownerRow == nil) == (owner == nil),
        let row = streams.create(stream, owner: owner, at: position)
      else { throw Self.misplaced(position) }
      if let ownerRow { subjects.own(stream: row, row: ownerRow) }
    case .hourBegan(let hour): hours.append((hour, position))
    case .caseStep(let step): forgets.apply(step, at: position)
    case .forgetStarted(let start): forgets.apply(start, at: position)
    case .epochAdvanced(let advance):
      let isRecoveredGap = isBeginningAnew && advance.isGap && advance.to > epoch
      // There is always a next epoch, whatever a log says.
      guard advance.from == epoch, advance.to < .max, advance.to == epoch + 1 || isRecoveredGap else {
        throw Self.misplaced(position)
      }
      epoch = advance.to
      rootPageHash = advance.rootPageHash
      forgets.apply(advance, at: position)
      for puncture in advance.punctures where puncture.cause == .seal && puncture.node.plane == .subjects {
        blocks.seal(puncture.node.block)
      }
    case .keysDestroyed(let destruction): forgets.apply(destruction, at: position)
    case .policyChanged(let digest): policyDigest = digest
    case .signingKeyRotated(let identity): signing = identity
    case .staffNamed(let number): staff[number] = position
    case .placesChanged(let change): places = (change, position)
    case .originBegan(let beginning):
      guard let ended = signing, ended.storeID == beginning.identity.storeID else { throw Self.misplaced(position) }
      origins.append((beginning, ended.origin, position))
      isBeginningAnew = true
      signing = beginning.identity
    }
  }

  /// Where a key id was opened, by `SubjectRegistered` or `SlotOpened`.
  func opening(of kid: KeyID) -> UInt64? {
    guard kid.plane == .subjects else { return otherOpenings[kid] }
    guard let row = subjects.row(of: kid.subjectIndex) else { return nil }
    if kid.slot == 0 { return subjects.registration(ofRow: row) }
    return subjects.slots(ofRow: row).first { $0.slot == kid.slot }?.position
  }

  /// A stream as it stands.
  func stream(_ id: StreamID) -> StreamEntry? {
    streams.row(of: id).map { row in
      StreamEntry(
        row: row, owner: streams.owner(ofRow: row), created: streams.creation(ofRow: row),
        eventCount: streams.eventCount(ofRow: row))
    }
  }

  /// A stream by what the log says in clear.
  struct StreamEntry {
    /// Its place in `streams`.
    let row: Int
    let owner: SubjectIndex?
    /// Position of its `StreamCreated`.
    let created: UInt64
    let eventCount: Int
  }

  /// A subject as it stands.
  func subject(_ subject: SubjectIndex) -> SubjectEntry? {
    subjects.row(of: subject).map { SubjectEntry(row: $0, registered: subjects.registration(ofRow: $0)) }
  }

  /// A subject by what the log says in clear.
  struct SubjectEntry {
    /// Its place in `subjects`.
    let row: Int
    /// Position of its `SubjectRegistered`.
    let registered: UInt64
  }

  /// The streams that a subject owns, oldest first.
  func streams(of subject: SubjectIndex) -> [StreamID] {
    guard let row = subjects.row(of: subject) else { return [] }
    return subjects.streams(ofRow: row).map { streams.id(ofRow: $0) }
  }

  /// The hour in which a position was recorded, known without any key.
  func hour(of position: UInt64) -> Int64? {
    let next = hours.firstPlace(notBefore: { $0.position <= position })
    return next == 0 ? nil : hours[next - 1].hour
  }

  /// The first position that can have been recorded in the hour or later.
  func firstPosition(since hour: Int64) -> UInt64 { hours.first { $0.hour >= hour }?.position ?? count }

  private static func misplaced(_ position: UInt64) -> LetheError {
    LetheError(
      .damage, "the record at position \(position) cannot follow those before it; put back a copy of Log/",
      place: "position \(position)")
  }
}
