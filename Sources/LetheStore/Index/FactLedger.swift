internal import LetheCrypto
internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// What the log's facts say that is always at hand: of blocks, epochs, cases, hours and the store itself. Who and which
/// streams there are is found in the log instead, since they are millions.
///
/// Made from clear bodies alone; needs no key.
struct FactLedger {
  private(set) var blocks = BlockLedger()
  private(set) var forgets = ForgetLedger()
  private(set) var staff: [UInt32: UInt64] = [:]
  /// Where key ids of other planes than the subjects' were opened, and their commitments.
  private(set) var openings: [KeyID: KeyOpening] = [:]

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

  /// Takes note of the next fact. Those about subjects and streams are for `LogIndex` and `LogOrder`, but for the index
  /// that a registration gives.
  ///
  /// - Throws: `damage` for a fact that no history of this store can hold.
  mutating func apply(_ fact: Fact, at position: UInt64) throws(LetheError) {
    switch fact {
    case .blocksOpened(let plane, let numbers):
      guard numbers.allSatisfy({ $0 < KeyID.blockLimit }) else { throw .misplaced(position) }
      guard plane == .subjects else { break }
      blocks.open(numbers)
      if isBeginningAnew, numbers.isEmpty { blocks.noteLoss() }
    case .subjectRegistered(let kid, _): blocks.give(kid.subjectIndex)
    case .slotOpened(let kid, let commitment):
      guard kid.plane != .subjects else { break }
      guard openings[kid] == nil else { throw .misplaced(position) }
      openings[kid] = KeyOpening(position: position, commitment: commitment)
    case .streamCreated: break
    case .hourBegan(let hour): hours.append((hour, position))
    case .caseStep(let step): forgets.apply(step, at: position)
    case .forgetStarted(let start): forgets.apply(start, at: position)
    case .epochAdvanced(let advance):
      let isRecoveredGap = isBeginningAnew && advance.isGap && advance.to > epoch
      // There is always a next epoch, whatever a log says.
      guard advance.from == epoch, advance.to < .max, advance.to == epoch + 1 || isRecoveredGap else {
        throw .misplaced(position)
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
    case .staffNamed(let number):
      // Numbers are given in turn, so that there is always a next one.
      guard Int(number) == staff.count + 1 else { throw .misplaced(position) }
      staff[number] = position
    case .placesChanged(let change): places = (change, position)
    case .originBegan(let beginning):
      guard let ended = signing, ended.storeID == beginning.identity.storeID else { throw .misplaced(position) }
      origins.append((beginning, ended.origin, position))
      isBeginningAnew = true
      signing = beginning.identity
    }
  }

  /// An event stands behind all facts so far.
  mutating func noteEvent() { isBeginningAnew = false }

  /// The same if one does.
  mutating func settle(_ hasEvent: Bool) { if hasEvent { noteEvent() } }

  /// Indexes up to one were given in records that are not looked at.
  mutating func noteRegistered(upTo subject: SubjectIndex) { blocks.give(subject) }

  /// The hour in which a position was recorded, known without any key.
  func hour(of position: UInt64) -> Int64? {
    let next = hours.firstPlace(notBefore: { $0.position <= position })
    return next == 0 ? nil : hours[next - 1].hour
  }

  /// The first position that can have been recorded in the hour or later; nil if none was.
  func firstPosition(since hour: Int64) -> UInt64? {
    let place = hours.firstPlace(notBefore: { $0.hour < hour })
    return place < hours.count ? hours[place].position : nil
  }
}

/// Where a key id was opened, and what the log says of its key.
struct KeyOpening: Sendable {
  let position: UInt64
  let commitment: Digest
}

extension LetheError {
  /// Where records stand is what an index says, which nobody signs: here the records, or the directory, say otherwise.
  static func wrongIndex(_ position: UInt64?) -> LetheError {
    LetheError(
      .damage,
      "an index of the log does not say what its segment holds; `lethe audit verify` names it: remove it and start again",
      place: position.map { "position \($0)" })
  }

  static func misplaced(_ position: UInt64) -> LetheError {
    LetheError(
      .damage, "the record at position \(position) cannot follow those before it; put back a copy of Log/",
      place: "position \(position)")
  }
}
