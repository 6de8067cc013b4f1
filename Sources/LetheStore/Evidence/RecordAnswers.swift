package import LetheCrypto
package import LetheLog
package import LetheSystem
package import LetheVault

/// What the keys of an open store tell of a record, without what is in it.
package struct RecordAnswers {
  package let position: UInt64
  package let record: Record
  let parts: StoreParts
  let reader: RecordReader

  /// What a part answers.
  package enum PartState: Sendable, Equatable {
    case opens
    case restricted
    case shredded(CaseID)
  }

  /// What a part answers now, by the rule that readers get.
  package func state(ofPart number: Int) throws(LetheError) -> PartState {
    try asking { (state: borrowing StoreState) throws(LetheError) in
      switch try reader.answer(part: number, of: record, at: position, state, { _ in }) {
      case .content: .opens
      case .restricted: .restricted
      case .shredded(let id): .shredded(id)
      }
    }
  }

  /// Whether the log's index has the tag that the event makes; nil if it has none, or if that cannot be told.
  ///
  /// A tag is all of an index that cannot be made again without keys. It is a keyed value of what is sealed, so it is held
  /// against the events that still open; those of the forgotten are of no use to anybody, since their subjects are refused
  /// before a tag is looked at.
  package func hasRightTag() throws(LetheError) -> Bool? {
    guard !record.header.flags.contains(.system), let tag = try parts.log.tag(at: position) else { return nil }
    let made = try asking { (state: borrowing StoreState) throws(LetheError) in
      try reader.tag(of: record, at: position, state)
    }
    return made.map { $0 == tag }
  }

  /// The digest of the name that a `StreamCreated` gives; nil for any other record, and for a name that does not open.
  package func createdName() throws(LetheError) -> Digest? {
    guard record.header.flags.contains(.system), case .streamCreated = try Fact(decoding: Array(record.clearBody))
    else {
      return nil
    }
    let detail = try asking { (state: borrowing StoreState) throws(LetheError) in
      try reader.identityDetail(of: record, at: position, state)
    }
    return (detail?.texts.first).map { SHA256.hash(Array($0.utf8)) }
  }

  private func asking<Outcome>(
    _ question: (borrowing StoreState) throws(LetheError) -> Outcome
  ) throws(LetheError) -> Outcome {
    try parts.keys.gate.read { (_: borrowing ()) throws(LetheError) in
      try parts.state.read { (state: borrowing StoreState) throws(LetheError) in try question(state) }
    }
  }
}
