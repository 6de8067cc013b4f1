internal import LetheCrypto
internal import LetheLog
package import LetheSystem
internal import LetheVault

extension Fact {
  /// The clear body of the fact's record.
  package func encoded() -> [UInt8] {
    var writer = ByteWriter()
    switch self {
    case .blocksOpened(let plane, let blocks):
      writer.put(1 as UInt8)
      writer.put(plane.rawValue)
      writer.put(UInt32(blocks.count))
      for block in blocks { writer.put(block) }
    case .subjectRegistered(let kid, let commitment):
      writer.put(2 as UInt8)
      writer.put(kid.rawValue)
      writer.put(commitment.bytes)
    case .slotOpened(let kid, let commitment):
      writer.put(3 as UInt8)
      writer.put(kid.rawValue)
      writer.put(commitment.bytes)
    case .streamCreated(let stream, let owner):
      writer.put(4 as UInt8)
      writer.put(stream.bytes)
      writer.put(owner?.rawValue ?? .max)
    case .hourBegan(let hour):
      writer.put(5 as UInt8)
      writer.put(hour)
    case .caseStep(let step):
      writer.put(6 as UInt8)
      writer.put(step.caseID.bytes)
      writer.put(step.state.rawValue)
      writer.put(UInt32(step.staff.count))
      for number in step.staff { writer.put(number) }
      writer.put(step.dueDay ?? .min)
      writer.put(step.extent.bytes)
    case .forgetStarted(let start):
      writer.put(7 as UInt8)
      writer.put(start.caseID.bytes)
      writer.put(start.approval)
      writer.put(start.extent.bytes)
      writer.put(start.nodes)
    case .epochAdvanced(let advance):
      writer.put(8 as UInt8)
      writer.put(advance.from)
      writer.put(advance.to)
      writer.put(advance.rootPageHash.bytes)
      writer.put(UInt32(advance.touchedPageHashes.count))
      for hash in advance.touchedPageHashes { writer.put(hash.bytes) }
      writer.put(UInt32(advance.punctures.count))
      for puncture in advance.punctures { writer.put(puncture) }
    case .keysDestroyed(let destruction):
      writer.put((destruction.provenance == .recovered ? 15 : 9) as UInt8)
      writer.put(destruction.caseID.bytes)
      writer.put(destruction.epoch)
      writer.put(destruction.nodes)
      writer.put(UInt32(destruction.cells.count))
      for answer in destruction.cells { writer.putCounted(answer) }
    case .policyChanged(let digest):
      writer.put(10 as UInt8)
      writer.put(digest.bytes)
    case .signingKeyRotated(let identity):
      writer.put(11 as UInt8)
      writer.put(identity)
    case .staffNamed(let number):
      writer.put(12 as UInt8)
      writer.put(number)
    case .placesChanged(let change):
      writer.put(13 as UInt8)
      writer.put(change.threshold)
      writer.put(change.cellCount)
      writer.put(change.digest.bytes)
    case .originBegan(let beginning):
      writer.put(14 as UInt8)
      writer.put(beginning.identity)
      writer.putCounted(beginning.statement)
      writer.putCounted(beginning.former)
    }
    return writer.bytes
  }

  /// What a reader who passes a fact on its way to events keeps of it.
  enum Use {
    case opensSlot, namesStream

    /// Nil for a type, by its number, of which nothing is kept.
    init?(ofType type: UInt8) {
      switch type {
      case 2, 3: self = .opensSlot
      case 4: self = .namesStream
      case _: return nil
      }
    }
  }

  /// Reads a clear body.
  ///
  /// - Throws: `format` for a type that this version does not know; `damage` for what no version writes.
  package init(decoding bytes: [UInt8]) throws(LetheError) {
    var reader = ByteReader(bytes)
    let type = try reader.take(UInt8.self)
    switch type {
    case 1:
      let plane = try reader.takePlane()
      self = .blocksOpened(
        plane: plane,
        blocks: try reader.takeList(ofSize: 8) { (reader) throws(LetheError) in
          let block = try reader.take(UInt64.self)
          guard block < KeyID.blockLimit else { throw ByteReader.unknown }
          return block
        })
    case 2: self = .subjectRegistered(try reader.takeKeyID(), commitment: try reader.takeDigest())
    case 3: self = .slotOpened(try reader.takeKeyID(), commitment: try reader.takeDigest())
    case 4:
      let stream = try reader.takeStreamID()
      self = .streamCreated(stream, owner: try reader.takeOwner())
    case 5: self = .hourBegan(try reader.takeHour())
    case 6: self = .caseStep(try reader.takeCaseStep())
    case 7:
      self = .forgetStarted(
        ForgetStart(
          caseID: try reader.takeCaseID(), approval: try reader.take(UInt64.self), extent: try reader.takeDigest(),
          nodes: try reader.takeNodes()))
    case 8: self = .epochAdvanced(try reader.takeEpochAdvance())
    case 9, 15:
      self = .keysDestroyed(
        KeysDestruction(
          caseID: try reader.takeCaseID(), epoch: try reader.take(UInt64.self), nodes: try reader.takeNodes(),
          cells: try reader.takeList(ofSize: 4) { (reader) throws(LetheError) in try reader.takeCountedText() },
          provenance: type == 15 ? .recovered : .original))
    case 10: self = .policyChanged(try reader.takeDigest())
    case 11:
      self = .signingKeyRotated(try reader.takeIdentity())
    case 12: self = .staffNamed(try reader.take(UInt32.self))
    case 13:
      self = .placesChanged(
        PlacesChange(
          threshold: try reader.take(UInt8.self), cellCount: try reader.take(UInt8.self),
          digest: try reader.takeDigest()))
    case 14:
      self = .originBegan(
        OriginBeginning(
          identity: try reader.takeIdentity(), statement: try reader.takeCountedText(),
          former: try reader.takeCountedText()))
    default:
      throw LetheError(.format, "the log holds a system fact of a newer version; use that version of lethe")
    }
    try reader.finish()
  }
}

extension ByteWriter {
  fileprivate mutating func put(_ identity: SigningIdentity) {
    put(identity.storeID)
    putCounted(identity.origin)
    put(identity.publicKey)
  }

  fileprivate mutating func put(_ nodes: [KeyNode]) {
    put(UInt32(nodes.count))
    for node in nodes { put(node.encoded) }
  }

  fileprivate mutating func put(_ puncture: Puncture) {
    put(puncture.node.encoded)
    switch puncture.cause {
    case .forgetCase(let id):
      put(1 as UInt8)
      put(id.bytes)
    case .shard: put(2 as UInt8)
    case .seal: put(3 as UInt8)
    }
  }
}

extension ByteReader {
  fileprivate static var unknown: LetheError {
    LetheError(.damage, "a system fact has a value that no version writes; put back a copy of Log/")
  }

  fileprivate mutating func takeDigest() throws(LetheError) -> Digest {
    guard let digest = Digest(try take(Digest.byteCount)) else { throw Self.unknown }
    return digest
  }

  fileprivate mutating func takeHour() throws(LetheError) -> Int64 {
    let hour = try take(Int64.self)
    guard Timestamp(hour: hour) != nil else { throw Self.unknown }
    return hour
  }

  fileprivate mutating func takePlane() throws(LetheError) -> Plane {
    guard let plane = Plane(rawValue: try take(UInt16.self)) else { throw Self.unknown }
    return plane
  }

  fileprivate mutating func takeKeyID() throws(LetheError) -> KeyID {
    guard let kid = KeyID(rawValue: try take(UInt64.self)) else { throw Self.unknown }
    return kid
  }

  fileprivate mutating func takeStreamID() throws(LetheError) -> StreamID {
    guard let stream = StreamID(try take(StreamID.byteCount)) else { throw Self.unknown }
    return stream
  }

  fileprivate mutating func takeOwner() throws(LetheError) -> SubjectIndex? {
    let number = try take(UInt64.self)
    if number == .max { return nil }
    guard let owner = SubjectIndex(rawValue: number) else { throw Self.unknown }
    return owner
  }

  fileprivate mutating func takeIdentity() throws(LetheError) -> SigningIdentity {
    SigningIdentity(
      storeID: Array(try take(16)), origin: try takeCountedText(), publicKey: Array(try take(32)))
  }

  fileprivate mutating func takeCaseID() throws(LetheError) -> CaseID {
    guard let id = CaseID(try take(CaseID.byteCount)) else { throw Self.unknown }
    return id
  }

  fileprivate mutating func takeNodes() throws(LetheError) -> [KeyNode] {
    try takeList(ofSize: KeyNode.encodedByteCount) { (reader) throws(LetheError) in try reader.takeNode() }
  }

  fileprivate mutating func takeCaseStep() throws(LetheError) -> CaseStep {
    let caseID = try takeCaseID()
    guard let state = CaseStep.State(rawValue: try take(UInt8.self)) else { throw Self.unknown }
    let staff = try takeList(ofSize: 4) { (reader) throws(LetheError) in try reader.take(UInt32.self) }
    return CaseStep(
      caseID: caseID, state: state, staff: staff, dueDay: try takeDueDay(), extent: try takeDigest())
  }

  private mutating func takeDueDay() throws(LetheError) -> Int32? {
    let day = try take(Int32.self)
    if day == .min { return nil }
    guard Timestamp(day: day) != nil else { throw Self.unknown }
    return day
  }

  fileprivate mutating func takeEpochAdvance() throws(LetheError) -> EpochAdvance {
    EpochAdvance(
      from: try take(UInt64.self), to: try take(UInt64.self), rootPageHash: try takeDigest(),
      touchedPageHashes: try takeList(ofSize: 32) { (reader) throws(LetheError) in try reader.takeDigest() },
      punctures: try takeList(ofSize: KeyNode.encodedByteCount + 1) { (reader) throws(LetheError) in
        let node = try reader.takeNode()
        switch try reader.take(UInt8.self) {
        case 1: return Puncture(node, cause: .forgetCase(try reader.takeCaseID()))
        case 2: return Puncture(node, cause: .shard)
        case 3: return Puncture(node, cause: .seal)
        default: throw Self.unknown
        }
      })
  }
}
