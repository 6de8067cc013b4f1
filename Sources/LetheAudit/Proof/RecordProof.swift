public import LetheCrypto
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
  /// 32 hexadecimal digits; nil of a system fact.
  public let streamID: String?
  public let revision: UInt64
  /// Ids of the keys that the parts are sealed under, as the log has them.
  public let keyIDs: [UInt64]
  /// SHA-256 of all that follows the header: by it the record's bytes are known, if somebody has them.
  public let contentDigest: Digest

  /// The most bytes that a text may have.
  public static let byteLimit = SignedNote.maximumByteCount

  /// What a text is worth.
  public enum Verdict: Sendable, Equatable {
    case proven(RecordProof)
    case unproven(Reason)
  }

  /// Why a record is not proven to be in the log, as a clause.
  public enum Reason: String, Sendable {
    case otherKey = "its checkpoint is not signed by this key"
    case otherLog = "its checkpoint is of another log than the key"
    case forged = "its checkpoint was changed after it was signed"
    case noCheckpoint = "what is signed is no checkpoint"
    case notIncluded = "the record, its position or a hash was changed"
  }

  /// Proves a record by the newest checkpoint that the home published; gives the text. Takes no lock, needs no key and reads
  /// Log/ alone. Blocks.
  ///
  /// - Throws: `input` if no checkpoint covers the position; `damage` if the log contradicts its checkpoint or did not sign
  ///   it, `rolledBack` if it is shorter, and what reading a log throws; `io` if there is none.
  public static func prove(_ position: UInt64, in home: Home, _ world: World = World()) throws(LetheError) -> String {
    // The checkpoint first: the log only grows.
    let published = try ClosedHome.publishedCheckpoint(of: home, in: world)
    let log = try ClosedHome.log(of: home, in: world)
    guard position < log.count else {
      throw LetheError(
        .input, "the log has no record at this position; its last one is at position \(log.count - 1)")
    }
    guard let published else {
      throw LetheError(.input, "no checkpoint is published yet; run a command that opens the home, which signs one")
    }
    let note: SignedNote
    let checkpoint: Checkpoint
    do throws(LetheError) {
      note = try SignedNote(parsing: published)
      checkpoint = try Checkpoint(text: note.text)
    } catch { throw contradiction }
    guard checkpoint.size <= log.count else {
      throw LetheError(
        .rolledBack, "the log is shorter than its checkpoint; bring back the newer log",
        place: "Log/\(LogLayout.checkpoint)")
    }
    guard position < checkpoint.size else {
      throw LetheError(
        .input,
        "the newest checkpoint ends before this position, at \(checkpoint.size); a process that has the home open signs the "
          + "next within a second, and the next command that opens it does too")
    }
    let record = try log.record(at: position)
    let proof = TlogProof(
      position: position, inclusionProof: try log.inclusionProof(of: position, in: checkpoint.size), note: note,
      extra: record.header.encoded + record.contentDigest.bytes)
    // Anybody may have put a checkpoint there: what proves nothing is not handed out.
    let keys = try ClosedHome.checkpointKeys(named: checkpoint.origin, in: log)
    guard case .proven = proof.verify(leafEntry: record.leafEntry, origin: checkpoint.origin, keys: keys) else {
      throw contradiction
    }
    return proof.encoded
  }

  /// Checks a text against a log's public key, as `lethe key status` gives it, and nothing else.
  ///
  /// - Throws: `input` if the text is no proof of a record, or the key none; `format` for a record of a newer version.
  public static func check(_ text: [UInt8], vkey: String) throws(LetheError) -> Verdict {
    let key = try VerifierKey(parsing: vkey)
    let proof = try TlogProof(parsing: text)
    guard let shown = proof.extra, shown.count > Digest.byteCount else { throw noHeader }
    switch proof.verify(leafEntry: SHA256.hash(shown), origin: key.name, keys: [key]) {
    case .proven(let checkpoint): return .proven(try RecordProof(shown, proof.position, checkpoint))
    case .unsigned:
      // A restore may have given the log another name.
      let origin = try? Checkpoint(text: proof.note.text).origin
      return .unproven(origin == nil || origin == key.name ? .otherKey : .otherLog)
    case .forged: return .unproven(.forged)
    case .noCheckpoint: return .unproven(.noCheckpoint)
    case .otherLog: return .unproven(.otherLog)
    case .notIncluded: return .unproven(.notIncluded)
    }
  }

  /// - Throws: `input` unless a header and a digest are shown; `format` for a newer version.
  private init(_ shown: [UInt8], _ position: UInt64, _ checkpoint: Checkpoint) throws(LetheError) {
    let bytes = Array(shown.dropLast(Digest.byteCount))
    let header: RecordHeader
    do throws(LetheError) { header = try RecordHeader(decoding: bytes) } catch {
      throw error.code == .format ? error : Self.noHeader
    }
    guard header.byteCount == bytes.count, let contentDigest = Digest(shown.suffix(Digest.byteCount)) else {
      throw Self.noHeader
    }
    origin = checkpoint.origin
    size = checkpoint.size
    self.position = position
    streamID = header.flags.contains(.system) ? nil : header.streamID.description
    revision = header.revision
    keyIDs = header.parts.map(\.kid)
    self.contentDigest = contentDigest
  }

  private static var noHeader: LetheError {
    LetheError(.input, "the proof does not show a record's header; have it made again by `lethe audit proof`")
  }

  private static var contradiction: LetheError {
    LetheError(
      .damage, "the log and its checkpoint contradict each other; `lethe audit verify` says how",
      place: "Log/\(LogLayout.checkpoint)")
  }
}
