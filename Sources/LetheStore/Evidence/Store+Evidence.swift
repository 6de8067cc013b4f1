package import LetheCrypto
package import LetheLog
package import LetheSystem
package import LetheVault

extension Store {
  /// What a part answers, without what is in it.
  package enum PartState: Sendable, Equatable {
    case opens
    case restricted
    case shredded(CaseID)
  }

  /// Reads the log again from its beginning.
  package func evidence() throws(LetheError) -> Evidence { try Evidence(scanning: parts.log) }

  /// Gives every record and, for each of its parts, a way to ask what it answers now, by the rule that readers get.
  ///
  /// - Throws: what `body` throws; `damage` or `io` if the log cannot be read.
  package func forEachRecord(
    _ body: (UInt64, Record, (Int) throws(LetheError) -> PartState) throws(LetheError) -> Void
  ) throws(LetheError) {
    let records = try perform { (writer) throws(LetheError) in writer.records }
    try parts.log.forEachRecord(from: 0, to: nil) { (position, record) throws(LetheError) in
      try body(position, record) { (number) throws(LetheError) in
        try state(ofPart: number, of: record, at: position, records)
      }
      return .continue
    }
  }

  private func state(
    ofPart number: Int, of record: Record, at position: UInt64, _ records: RecordReader
  ) throws(LetheError) -> PartState {
    try parts.keys.gate.read { (_: borrowing ()) throws(LetheError) in
      try parts.state.read { (state: borrowing StoreState) throws(LetheError) in
        switch try records.answer(part: number, of: record, at: position, state) {
        case .content: .opens
        case .restricted: .restricted
        case .shredded(let id): .shredded(id)
        }
      }
    }
  }

  /// The commitment of a key as the vault has it; nil if no key is there.
  package func commitment(of kid: KeyID) throws(LetheError) -> Digest? {
    switch try parts.vault.lookup(kid) {
    case .living(let key): key.commitment
    case .punctured: nil
    case .pageMissing: nil
    }
  }

  /// SHA-256 of the root page that the vault is open at.
  package var rootPageHash: Digest { parts.vault.rootPageHash }

  /// All shares in the cells that can be read, of whatever root.
  package func presentShares() -> [RootShare] {
    var shares: [RootShare] = []
    for cell in parts.vault.cells.cells {
      do throws(LetheError) { shares += try cell.readAll() } catch {
        // The store opened without it.
      }
    }
    return shares
  }

  /// The number of a living subject; nil for anybody else.
  ///
  /// - Throws: `damage` or `io` if the directory cannot be read.
  package func subjectIndex(ofSubject id: String) throws(LetheError) -> SubjectIndex? {
    try parts.directory.subject(parts.lookups.subject(id))
  }
}
