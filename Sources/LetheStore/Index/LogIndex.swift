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

  private(set) var streams: [StreamID: StreamEntry] = [:]
  private(set) var subjects: [SubjectIndex: SubjectEntry] = [:]
  /// Where each key id was opened, by `SubjectRegistered` or `SlotOpened`.
  private(set) var openings: [KeyID: UInt64] = [:]
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

  /// A stream's events by revision.
  struct StreamEntry {
    let owner: SubjectIndex?
    let created: UInt64
    var positions: [UInt64] = []
  }

  /// A subject's slots and events.
  struct SubjectEntry {
    let registered: UInt64
    /// Positions of `SlotOpened` by slot, slot 0's being `registered`.
    var slots: [Int: UInt64]
    /// Events with a part under one of the slots.
    var events: [UInt64] = []
    /// Streams that the subject owns.
    var streams: [StreamID] = []
  }

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
      guard let stream = streams[header.streamID], UInt64(stream.positions.count) == header.revision else {
        throw Self.misplaced(position)
      }
      streams[header.streamID]?.positions.append(position)
      isBeginningAnew = false
      for part in header.parts {
        guard let kid = KeyID(rawValue: part.kid) else { throw Self.misplaced(position) }
        guard kid.plane == .subjects else { continue }
        // A part under a subject that was never registered stays out of the index; reading it answers "tampered".
        if subjects[kid.subjectIndex]?.events.last != position { subjects[kid.subjectIndex]?.events.append(position) }
      }
    }
    count += 1
  }

  private mutating func apply(_ fact: Fact, at position: UInt64) throws(LetheError) {
    switch fact {
    case .blocksOpened(let plane, let numbers):
      guard numbers.allSatisfy({ $0 < KeyID.blockLimit }) else { throw Self.misplaced(position) }
      if plane == .subjects { blocks.open(numbers) }
    case .subjectRegistered(let kid, _):
      guard kid.plane == .subjects, kid.slot == 0, subjects[kid.subjectIndex] == nil else {
        throw Self.misplaced(position)
      }
      openings[kid] = position
      subjects[kid.subjectIndex] = SubjectEntry(registered: position, slots: [0: position])
      blocks.give(kid.subjectIndex)
    case .slotOpened(let kid, _):
      guard openings[kid] == nil else { throw Self.misplaced(position) }
      openings[kid] = position
      if kid.plane == .subjects {
        guard subjects[kid.subjectIndex] != nil else { throw Self.misplaced(position) }
        subjects[kid.subjectIndex]?.slots[kid.slot] = position
      }
    case .streamCreated(let stream, let owner):
      guard streams[stream] == nil, stream != .system, owner.map({ subjects[$0] != nil }) ?? true else {
        throw Self.misplaced(position)
      }
      streams[stream] = StreamEntry(owner: owner, created: position)
      if let owner { subjects[owner]?.streams.append(stream) }
    case .hourBegan(let hour): hours.append((hour, position))
    case .caseStep(let step): forgets.apply(step, at: position)
    case .forgetStarted(let start): forgets.apply(start, at: position)
    case .epochAdvanced(let advance):
      let isRecoveredGap = isBeginningAnew && advance.isGap && advance.to > epoch
      guard advance.from == epoch, advance.to == epoch + 1 || isRecoveredGap else { throw Self.misplaced(position) }
      epoch = advance.to
      rootPageHash = advance.rootPageHash
      forgets.apply(advance, at: position)
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

  /// The revision of the event at a position of a stream.
  func revision(of position: UInt64, in stream: StreamID) -> UInt64? {
    guard let positions = streams[stream]?.positions else { return nil }
    var low = 0
    var high = positions.count
    while low < high {
      let middle = (low + high) / 2
      if positions[middle] < position { low = middle + 1 } else { high = middle }
    }
    return low < positions.count && positions[low] == position ? UInt64(low) : nil
  }

  /// The hour in which a position was recorded, known without any key.
  func hour(of position: UInt64) -> Int64? {
    var low = 0
    var high = hours.count
    while low < high {
      let middle = (low + high) / 2
      if hours[middle].position <= position { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : hours[low - 1].hour
  }

  /// The first position that can have been recorded in the hour or later.
  func firstPosition(since hour: Int64) -> UInt64 { hours.first { $0.hour >= hour }?.position ?? count }

  private static func misplaced(_ position: UInt64) -> LetheError {
    LetheError(
      .damage, "the record at position \(position) cannot follow those before it; restore the log from a copy",
      place: "position \(position)")
  }
}
