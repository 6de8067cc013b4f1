internal import LetheCrypto
internal import LetheLog
internal import LetheStore
internal import LetheSystem

/// A1 and A13: the log, whose frames, records, leaf entries and tree were all made again when it was read, contains what
/// its checkpoints were signed for, and the key that the log names signed them.
struct CheckpointCheck {
  let log: FileLog
  let evidence: Evidence
  private var wholeness = Findings()
  private var signing = Findings()
  private var sizes: [String] = []
  /// What is no fault, and is to be known.
  private var remarks: [String] = []

  init(log: FileLog, evidence: Evidence) {
    self.log = log
    self.evidence = evidence
  }

  mutating func run(published: [UInt8]?, trusted: [UInt8]?) throws(LetheError) {
    if evidence.identities.isEmpty { signing.add("the log names no signing key") }
    for origin in evidence.origins {
      do throws(LetheError) {
        try origin.statement.check(at: origin.position, rootHash: log.rootHash(size: origin.position))
      } catch {
        guard error.isFinding else { throw error }
        signing.add("position \(origin.position): \(error.message)")
      }
    }
    let outer = try verify(published, "Log/checkpoint")
    let inner = try verify(trusted, "Keys/checkpoint")
    if trusted == nil { remarks.append("Keys/checkpoint is missing, so a log that lost its end may go unnoticed") }
    let behind = log.recovery.recordsNotChecked
    if behind > 0 {
      remarks.append("records behind the checkpoint that are not checked, since that takes the key: \(behind)")
    }
    if published == nil, trusted == nil { wholeness.add("there is no checkpoint, in Log/ or in Keys/") }
    if let outer, let inner, outer.size > inner.size {
      wholeness.add("Keys/checkpoint (\(inner.size) records) is older than the published one (\(outer.size))")
    }
  }

  /// The checkpoint, if it was signed rightly.
  private mutating func verify(_ bytes: [UInt8]?, _ place: String) throws(LetheError) -> Checkpoint? {
    guard let bytes else { return nil }
    guard let checkpoint = signed(bytes, place) else { return nil }
    guard checkpoint.size <= log.count else {
      wholeness.add("\(place) covers \(checkpoint.size) records and the log has \(log.count): its end was cut off")
      return checkpoint
    }
    guard try log.rootHash(size: checkpoint.size) == checkpoint.rootHash else {
      wholeness.add("the log's first \(checkpoint.size) records are not those that \(place) was signed for")
      return checkpoint
    }
    sizes.append("\(place) at \(checkpoint.size)")
    return checkpoint
  }

  private mutating func signed(_ bytes: [UInt8], _ place: String) -> Checkpoint? {
    do throws(LetheError) {
      let note = try SignedNote(parsing: bytes)
      let checkpoint = try Checkpoint(text: note.text)
      // A size beyond the log's end is for the newest key to have signed.
      guard let signer = evidence.signer(ofSize: checkpoint.size) else {
        signing.add("\(place) was signed before the log named a key")
        return nil
      }
      guard checkpoint.origin == signer.origin else {
        signing.add("\(place) is of another log")
        return nil
      }
      let key = try VerifierKey(name: signer.origin, key: VerifyingKey(bytes: signer.publicKey))
      guard case .signed = note.verify(with: [key]) else {
        signing.add("\(place) is not signed by the key that the log names")
        return nil
      }
      return checkpoint
    } catch {
      signing.add("\(place) is no signed checkpoint")
      return nil
    }
  }

  var integrity: AuditCheck {
    wholeness.check(
      .integrity,
      "\(log.count) records with \(evidence.partCount) parts; "
        + (sizes + remarks).joined(separator: ", "))
  }

  var signatures: AuditCheck {
    let keys = evidence.identities.count
    let origins = evidence.origins.map { "\($0.statement.identity.origin) from position \($0.position)" }
    return signing.check(
      .signatures,
      "\(keys - origins.count) signing \(keys - origins.count == 1 ? "key" : "keys")"
        + (origins.isEmpty ? "" : "; the log lost its end before: " + origins.joined(separator: ", ")))
  }
}
