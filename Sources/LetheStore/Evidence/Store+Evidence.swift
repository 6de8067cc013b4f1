package import LetheCrypto
internal import LetheLog
package import LetheSystem
package import LetheVault

extension Store {
  /// Reads the log again from its beginning.
  package func evidence() throws(LetheError) -> Evidence { try Evidence(scanning: parts.log) }

  /// Gives every record with a way to ask what the keys tell of it.
  ///
  /// - Throws: what `body` throws; `damage` or `io` if the log cannot be read.
  package func forEachRecord(
    _ body: (RecordAnswers) throws(LetheError) -> Void
  ) throws(LetheError) {
    let reader = reader.records
    try parts.log.forEachRecord(from: 0, to: nil) { (position, record) throws(LetheError) in
      try body(RecordAnswers(position: position, record: record, parts: parts, reader: reader))
      return .continue
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
