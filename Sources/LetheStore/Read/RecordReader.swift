internal import LetheCrypto
internal import LetheLog
internal import LethePolicies
internal import LetheSystem
internal import LetheVault

/// Opens the parts of records: the rule of what a read answers.
///
/// A class, so that it is handed on for each record by one reference.
final class RecordReader: Sendable {
  let log: any RecordLog
  let keys: KeyRing
  let storeID: [UInt8]
  let policies: Policies

  init(log: any RecordLog, keys: KeyRing, storeID: [UInt8], policies: Policies) {
    self.log = log
    self.keys = keys
    self.storeID = storeID
    self.policies = policies
  }

  /// What a part answers, other than stopping the command.
  enum PartAnswer<Content> {
    case content(Content)
    /// Keys are there, but reading is refused while the case is carried out.
    case restricted(CaseID)
    case shredded(CaseID)
  }

  /// Opens one part of a record whose leaf entry the log has compared with the tree's.
  ///
  /// - Parameter decode: makes of the part's content what is wanted of it.
  /// - Throws: `missingKey`; `damage` for what was tampered with or where vault and log disagree; both name the position.
  func answer<Content>(
    part number: Int, of record: Record, at position: UInt64, _ state: borrowing StoreState,
    _ decode: (RawSpan) throws(LetheError) -> Content
  ) throws(LetheError) -> PartAnswer<Content> {
    let header = record.header.parts[number]
    guard let kid = KeyID(rawValue: header.kid) else { throw Self.tampered(position) }
    let inUse = keys.keyInUse(kid)
    var opening: KeyOpening?
    if inUse == nil { opening = try self.opening(of: kid, state) }
    guard let opened = inUse?.opened ?? opening?.position, opened <= position else { throw Self.tampered(position) }
    if state.index.hasForgets, let pending = state.index.pendingForget(of: kid, before: log.count) {
      return .restricted(pending)
    }
    let destroyer = state.index.destroyer(of: kid)
    let answer: KeyRing.Answer
    if let inUse {
      answer = .key(inUse.key)
    } else {
      guard let opening else { throw Self.tampered(position) }
      answer = try keys.key(kid, opening: opening)
    }
    switch answer {
    case .key(let key):
      guard destroyer == nil else {
        throw LetheError(
          .damage,
          "the vault still has a key that the log says was destroyed, at position \(position); stop and run `lethe audit verify`",
          place: "position \(position)")
      }
      guard let content = try open(number, of: record, with: key, decode) else { throw Self.tampered(position) }
      return .content(content)
    case .mismatch, .pageMissing: throw Self.missingKey(position)
    case .punctured:
      guard let destroyer else { throw Self.missingKey(position) }
      return .shredded(destroyer)
    }
  }

  /// A key for sealing under a slot that is open.
  func livingKey(_ kid: KeyID, _ state: borrowing StoreState) throws(LetheError) -> SealingKey {
    if let inUse = keys.keyInUse(kid) { return inUse.key }
    guard let opening = try state.index.opening(of: kid) else { throw Self.missingKey(state.index.count) }
    guard case .key(let key) = try keys.key(kid, opening: opening) else { throw Self.missingKey(opening.position) }
    return key
  }

  /// The event at a position as it was given; nil if it does not open or not whole.
  func event(at position: UInt64, _ state: borrowing StoreState) throws(LetheError) -> CloudEvent? {
    try event(of: log.record(at: position), at: position, state)
  }

  func event(of record: Record, at position: UInt64, _ state: borrowing StoreState) throws(LetheError) -> CloudEvent? {
    var contents: [PartContent] = []
    for number in record.header.parts.indices {
      guard
        case .content(let content) = try answer(
          part: number, of: record, at: position, state, PartContent.init(decoding:))
      else { return nil }
      contents.append(content)
    }
    return try CloudEvent(stored: OpenedEvent(contents, under: policies).text)
  }

  /// The tag of an event, made again from what is sealed; nil if it does not open or not whole.
  func tag(of record: Record, at position: UInt64, _ state: borrowing StoreState) throws(LetheError) -> UInt64? {
    let subject = record.header.parts.lazy.compactMap { KeyID(rawValue: $0.kid) }.first { $0.plane == .subjects }?
      .subjectIndex
    guard let key = try keys.indexKey(of: subject), let event = try event(of: record, at: position, state) else {
      return nil
    }
    return TagTable.tag(stream: record.header.streamID, source: event.source, id: event.id, under: key)
  }

  /// What is sealed in a fact; nil if nothing is, or if it no longer opens.
  func detail(
    of record: Record, at position: UInt64, _ state: borrowing StoreState
  ) throws(LetheError) -> FactDetail? {
    guard !record.header.parts.isEmpty,
      case .content(let detail) = try answer(
        part: 0, of: record, at: position, state,
        { (bytes) throws(LetheError) in try FactDetail(decoding: [UInt8](copying: bytes)) })
    else { return nil }
    return detail
  }

  /// The same under a key that a pending forget has not destroyed yet: for the directory, the fence and cases only.
  func identityDetail(at position: UInt64, _ state: borrowing StoreState) throws(LetheError) -> FactDetail? {
    try identityDetail(of: log.record(at: position), at: position, state)
  }

  func identityDetail(
    of record: Record, at position: UInt64, _ state: borrowing StoreState
  ) throws(LetheError) -> FactDetail? {
    guard let part = record.header.parts.first, let kid = KeyID(rawValue: part.kid),
      state.index.destroyer(of: kid) == nil
    else { return nil }
    let answer: KeyRing.Answer
    if let inUse = keys.keyInUse(kid) {
      guard inUse.opened <= position else { return nil }
      answer = .key(inUse.key)
    } else {
      // What registers a subject says the commitment itself: a rebuild need not look for it.
      var opening = try Self.opening(of: kid, in: record, at: position)
      if opening == nil { opening = try self.opening(of: kid, state) }
      guard let opening, opening.position <= position else { return nil }
      answer = try keys.key(kid, opening: opening)
    }
    guard case .key(let key) = answer else {
      // Punctured already, by a commit that the log is still to tell of.
      if case .punctured = answer, state.index.pendingForget(of: kid) != nil { return nil }
      throw Self.missingKey(position)
    }
    let detail = try open(0, of: record, with: key) { (bytes) throws(LetheError) in
      try FactDetail(decoding: [UInt8](copying: bytes))
    }
    guard let detail else { throw Self.tampered(position) }
    return detail
  }

  /// What is made of a part's content; nil if the key's holder did not seal it for this place.
  private func open<Content>(
    _ number: Int, of record: Record, with key: SealingKey, _ decode: (RawSpan) throws(LetheError) -> Content
  ) throws(LetheError) -> Content? {
    let digest = record.clearBodyDigest
    return try ScratchBytes.withBytes(Int(record.header.parts[number].paddedLength)) {
      (plaintext) throws(LetheError) -> Content? in
      let answer = try record.bytes.withByteSpan { (bytes) throws(LetheError) in
        try RecordHeader.withAdditionalData(
          ofPart: number, storeID: storeID, header: bytes.extracting(..<record.header.byteCount),
          clearBody: digest
        ) { (data) throws(LetheError) in
          try key.open(
            bytes.extracting(record.sealedPartRange(number)),
            nonce: bytes.extracting(RecordHeader.nonceRange(ofPart: number)), authenticating: data, into: &plaintext)
        }
      }
      guard answer == .authentic else { return nil }
      let plaintext = plaintext.bytes
      return try decode(plaintext.extracting(RecordPlan.contentRange(ofPlaintext: plaintext)))
    }
  }

  private func opening(of kid: KeyID, _ state: borrowing StoreState) throws(LetheError) -> KeyOpening? {
    if let noted = keys.opening(of: kid) { return noted }
    return try state.index.opening(of: kid)
  }

  /// Takes note of what a record opens that a reader passes.
  func noteOpening(_ record: Record, at position: UInt64) throws(LetheError) {
    switch try Fact(decoding: Array(record.clearBody)) {
    case .subjectRegistered(let kid, let commitment), .slotOpened(let kid, let commitment):
      keys.note(KeyOpening(position: position, commitment: commitment), of: kid)
    case _: break
    }
  }

  /// The opening of a key id, if the record is what opens it.
  private static func opening(
    of kid: KeyID, in record: Record, at position: UInt64
  ) throws(LetheError) -> KeyOpening? {
    guard record.header.flags.contains(.system) else { return nil }
    switch try Fact(decoding: Array(record.clearBody)) {
    case .subjectRegistered(kid, let commitment), .slotOpened(kid, let commitment):
      return KeyOpening(position: position, commitment: commitment)
    case _: return nil
    }
  }

  private static func tampered(_ position: UInt64) -> LetheError {
    LetheError(
      .damage, "the record at position \(position) was tampered with; put back a copy of Log/",
      place: "position \(position)")
  }

  private static func missingKey(_ position: UInt64) -> LetheError {
    LetheError(
      .missingKey,
      "the key for the record at position \(position) is missing, though nobody forgot it; put the pages back with "
        + "`lethe restore` from a replica",
      place: "position \(position)")
  }
}
