package import LetheCrypto
package import LetheLog
package import LetheSystem
package import LetheVault

/// What the log says in clear about keys and what became of them: what an auditor holds against the vault's pages, and
/// against what still opens.
///
/// It is made from headers and clear bodies alone, in the order of their positions, and leaves nothing out: two facts that
/// contradict each other are both here.
package struct Evidence: Sendable {
  /// Something that the log says, and where.
  package struct Found<Statement: Sendable>: Sendable {
    package let statement: Statement
    package let position: UInt64
  }

  /// Where parts under a key id stand.
  package struct KeyUse: Sendable {
    package fileprivate(set) var partCount = 0
    package let firstPosition: UInt64
    package fileprivate(set) var lastPosition: UInt64
  }

  /// Records looked at.
  package private(set) var count: UInt64 = 0
  /// Parts in them.
  package private(set) var partCount = 0
  /// New origins of a log that lost its end, oldest first.
  package private(set) var origins: [Found<OriginBeginning>] = []
  /// Who signs, oldest first.
  package private(set) var identities: [Found<SigningIdentity>] = []
  /// Blocks of plane 0 from which subject indexes may be given, with the position that first said so.
  package private(set) var blocks: [UInt64: UInt64] = [:]
  /// The commitment of each key id that was opened; the first, if one was opened twice.
  package private(set) var openings: [KeyID: Found<Digest>] = [:]
  /// Cells and replicas as they were recorded last; nil if they were never changed.
  package private(set) var places: PlacesChange?
  package private(set) var steps: [CaseID: [Found<CaseStep>]] = [:]
  package private(set) var starts: [Found<ForgetStart>] = []
  package private(set) var advances: [Found<EpochAdvance>] = []
  package private(set) var destructions: [Found<KeysDestruction>] = []
  /// By key id as it stands in headers, of reserved planes too.
  package private(set) var uses: [UInt64: KeyUse] = [:]

  /// Tombstones by node, each with the position of the first `ForgetStarted` that names it.
  package private(set) var tombstones = NodeMap<Found<CaseID>>()
  /// Nodes that `KeysDestroyed` names.
  package private(set) var destroyed = NodeMap<Found<CaseID>>()

  /// Reads a whole log.
  ///
  /// - Throws: `damage` with the position if a record cannot follow those before it; `format`; `io`.
  package init(scanning log: any RecordLog) throws(LetheError) {
    var evidence = Evidence()
    var order = LogOrder()
    try log.forEachRecord(from: 0, to: nil) { (position, record) throws(LetheError) in
      let clearBody = Array(record.clearBody)
      // Revisions, epochs and registrations must follow one another.
      try order.apply(record.header, clearBody: clearBody)
      if record.header.flags.contains(.system) { evidence.note(try Fact(decoding: clearBody), at: position) }
      for part in record.header.parts { evidence.use(part.kid, at: position) }
      evidence.count = position + 1
      return .continue
    }
    self = evidence
  }

  private init() {}

  private mutating func use(_ kid: UInt64, at position: UInt64) {
    partCount += 1
    uses[kid, default: KeyUse(firstPosition: position, lastPosition: position)].partCount += 1
    uses[kid]?.lastPosition = position
  }

  private mutating func note(_ fact: Fact, at position: UInt64) {
    switch fact {
    case .blocksOpened(.subjects, let numbers):
      for number in numbers where blocks[number] == nil { blocks[number] = position }
    case .subjectRegistered(let kid, let commitment), .slotOpened(let kid, let commitment):
      if openings[kid] == nil { openings[kid] = Found(statement: commitment, position: position) }
    case .caseStep(let step):
      steps[step.caseID, default: []].append(Found(statement: step, position: position))
    case .forgetStarted(let start):
      starts.append(Found(statement: start, position: position))
      for node in start.nodes where tombstones[node] == nil {
        tombstones[node] = Found(statement: start.caseID, position: position)
      }
    case .epochAdvanced(let advance): advances.append(Found(statement: advance, position: position))
    case .keysDestroyed(let destruction):
      destructions.append(Found(statement: destruction, position: position))
      for node in destruction.nodes { destroyed[node] = Found(statement: destruction.caseID, position: position) }
    case .signingKeyRotated(let identity): identities.append(Found(statement: identity, position: position))
    case .placesChanged(let change): places = change
    case .originBegan(let beginning):
      origins.append(Found(statement: beginning, position: position))
      identities.append(Found(statement: beginning.identity, position: position))
    case _: break
    }
  }
}

extension Evidence {
  /// What the log says of a key that was opened.
  package enum KeyState: Sendable, Equatable {
    case live
    /// `ForgetStarted` names it and `KeysDestroyed` does not yet.
    case restricted(CaseID)
    case shredded(CaseID)
  }

  package func state(of kid: KeyID) -> KeyState {
    if let found = destroyed.value(covering: kid) { return .shredded(found.statement) }
    if let found = tombstones.value(covering: kid) { return .restricted(found.statement) }
    return .live
  }

  /// The newest epoch.
  package var epoch: EpochAdvance? { advances.last?.statement }

  /// Who signed a checkpoint of the size, if it was signed rightly.
  package func signer(ofSize size: UInt64) -> SigningIdentity? {
    identities.last { $0.position < size }?.statement
  }

  /// Every node that an epoch destroyed, oldest first; made anew at each call.
  package var punctures: [(puncture: Puncture, epoch: UInt64, position: UInt64)] {
    advances.flatMap { advance in
      advance.statement.punctures.map { ($0, advance.statement.to, advance.position) }
    }
  }
}
