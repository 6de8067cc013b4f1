internal import LetheCrypto
internal import LetheLog
public import LetheStore
public import LetheSystem

/// What a proof shows of a record that is in the log, unchanged, to somebody who has neither log nor key.
///
/// As text it is a tlog-proof (https://c2sp.org/tlog-proof) whose `extra` is the record's header in clear and the SHA-256 of
/// all that follows it. SHA-256 over both is the entry that the tree has, so whoever holds the text and the log's public key
/// needs nothing else; the content is not shown, and the proof holds after its keys are destroyed.
public struct RecordProof: Sendable, Equatable {
  /// The log's unique name.
  public let origin: String
  /// How many records the log had when its checkpoint was signed.
  public let size: UInt64
  public let position: UInt64
  /// 32 hexadecimal digits, all zeros of a system fact.
  public let streamID: String
  public let revision: UInt64
  public let isFact: Bool
  /// Sealed parts.
  public let partCount: Int

  /// The most bytes that a text may have.
  public static let byteLimit = SignedNote.maximumByteCount

  /// What a text is worth.
  public enum Verdict: Sendable, Equatable {
    case proven(RecordProof)
    /// The record is not proven to be in this log; why, as a clause.
    case unproven(String)
  }

  /// Makes the text for a record, under the newest checkpoint that the home published. Takes no lock and needs no key.
  ///
  /// - Throws: `input` if there is no checkpoint yet that covers the position; `damage` if the log contradicts its
  ///   checkpoint, or what `Auditor.verify` finds; `io` if there is no home.
  public static func text(
    of position: UInt64, in home: Home, _ world: World = World()
  ) throws(LetheError) -> String {
    let closed = try ClosedHome(home, in: world)
    guard let published = try closed.checkpoints().published else { throw uncovered(position, by: 0) }
    let note: SignedNote
    let checkpoint: Checkpoint
    do throws(LetheError) {
      note = try SignedNote(parsing: published)
      checkpoint = try Checkpoint(text: note.text)
    } catch { throw contradiction }
    guard position < checkpoint.size else { throw uncovered(position, by: checkpoint.size) }
    let log = try closed.log()
    guard checkpoint.size <= log.count, try log.rootHash(size: checkpoint.size) == checkpoint.rootHash else {
      throw contradiction
    }
    let record = try log.record(at: position)
    return TlogProof(
      position: position, inclusionProof: try log.inclusionProof(of: position, in: checkpoint.size), note: note,
      extra: record.header.encoded + record.contentDigest.bytes
    ).encoded
  }

  /// Checks a text against the log's public key, as `lethe key status` gives it, and nothing else.
  ///
  /// - Throws: `input` if the text is no proof of a record, or the key none.
  public static func check(_ text: [UInt8], vkey: String) throws(LetheError) -> Verdict {
    let key = try VerifierKey(parsing: vkey)
    let proof = try TlogProof(parsing: text)
    guard let shown = proof.extra, let header = RecordHeader(of: shown) else {
      throw LetheError(
        .input, "the proof does not show a record's header; have it made again by `lethe audit proof`")
    }
    switch proof.verify(leafEntry: SHA256.hash(shown), origin: key.name, keys: [key]) {
    case .proven(let checkpoint):
      return .proven(
        RecordProof(
          origin: checkpoint.origin, size: checkpoint.size, position: proof.position,
          streamID: header.streamID.description, revision: header.revision, isFact: header.flags.contains(.system),
          partCount: header.parts.count))
    case .unsigned: return .unproven("its checkpoint is not signed by this key")
    case .forged: return .unproven("its checkpoint was changed after it was signed")
    case .noCheckpoint: return .unproven("what is signed is no checkpoint")
    case .otherLog: return .unproven("its checkpoint is of another log")
    case .notIncluded: return .unproven("the record, its position or a hash was changed")
    }
  }

  private static func uncovered(_ position: UInt64, by size: UInt64) -> LetheError {
    LetheError(
      .input,
      "the newest checkpoint covers \(size == 1 ? "1 record" : "\(size) records"), counted from 0, and position \(position) is "
        + "not among them; name one that is, or wait a second for the next checkpoint")
  }

  private static var contradiction: LetheError {
    LetheError(
      .damage, "the log and its checkpoint contradict each other; `lethe audit verify` says how",
      place: LogLayout.checkpoint)
  }
}

extension RecordHeader {
  /// The header that stands before a digest; nil unless that is all there is.
  fileprivate init?(of shown: [UInt8]) {
    guard shown.count > Digest.byteCount else { return nil }
    let bytes = Array(shown.dropLast(Digest.byteCount))
    do throws(LetheError) { try self.init(decoding: bytes) } catch { return nil }
    guard byteCount == bytes.count else { return nil }
  }
}
