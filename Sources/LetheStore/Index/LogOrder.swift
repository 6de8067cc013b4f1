internal import LetheLog
internal import LetheSystem
internal import LetheVault

/// Whether records follow one another as they must, for who reads a log from its beginning: revisions, registrations,
/// openings, streams and epochs. Memory grows with the number of streams and keys.
struct LogOrder {
  private(set) var facts = FactLedger()
  /// Records so far.
  private(set) var count: UInt64 = 0
  /// System facts so far; the next fact's revision.
  private(set) var factCount: UInt64 = 0
  /// The revision of each stream's next event.
  private var streams: [StreamID: UInt64] = [:]
  private var opened: Set<KeyID> = []
  /// Indexes are given in ascending order.
  private var lastSubject: SubjectIndex?

  /// Takes note of the next record.
  ///
  /// - Throws: `damage` or `format` for a record that no history of this store can hold.
  mutating func apply(_ header: RecordHeader, clearBody: [UInt8]) throws(LetheError) {
    let position = count
    if header.flags.contains(.system) {
      guard header.revision == factCount else { throw .misplaced(position) }
      let fact = try Fact(decoding: clearBody)
      try check(fact, at: position)
      try facts.apply(fact, at: position)
      factCount += 1
    } else {
      guard streams[header.streamID] == header.revision,
        header.parts.allSatisfy({ KeyID(rawValue: $0.kid) != nil })
      else { throw .misplaced(position) }
      streams[header.streamID] = header.revision + 1
      facts.noteEvent()
    }
    count += 1
  }

  /// The revision of a stream's next event; nil if no such stream was created.
  func nextRevision(of stream: StreamID) -> UInt64? { streams[stream] }

  func isOpened(_ kid: KeyID) -> Bool { opened.contains(kid) }

  private mutating func check(_ fact: Fact, at position: UInt64) throws(LetheError) {
    switch fact {
    case .subjectRegistered(let kid, _):
      guard kid.plane == .subjects, kid.slot == 0, lastSubject.map({ $0 < kid.subjectIndex }) ?? true else {
        throw .misplaced(position)
      }
      lastSubject = kid.subjectIndex
      opened.insert(kid)
    case .slotOpened(let kid, _) where kid.plane == .subjects:
      guard opened.contains(kid.subjectIndex.kid(slot: 0)), opened.insert(kid).inserted else {
        throw .misplaced(position)
      }
    case .streamCreated(let stream, let owner):
      guard stream != .system, owner.map({ opened.contains($0.kid(slot: 0)) }) ?? true, streams[stream] == nil else {
        throw .misplaced(position)
      }
      streams[stream] = 0
    case _: break
    }
  }
}
