package import LetheCrypto
internal import LetheLog
package import LetheSystem

/// A log that lost its end goes on under a new origin from here: nobody takes what follows for what was lost.
///
/// Signing identity as `SigningKeyRotated` has it; `statement`: a checkpoint of the new origin over the records before this
/// one, signed in the new origin's name, with the extension line `ends ORIGIN SIZE ROOT` if a checkpoint of the log that
/// ended is known; `former`: that checkpoint as it was signed, or empty. Both are counted texts.
///
/// Who holds a checkpoint of the log that ended can still prove that what was kept is what it was: up to this record the
/// tree is the same.
package struct OriginBeginning: Sendable, Equatable {
  package let identity: SigningIdentity
  package let statement: String
  package let former: String

  /// Nothing is checked but that they are notes.
  package init(identity: SigningIdentity, statement: String, former: String) {
    self.identity = identity
    self.statement = statement
    self.former = former
  }

  /// Signs a beginning over the records that a log holds.
  init(
    _ identity: SigningIdentity, keeping log: any RecordLog, after former: SignedNote?, key: SigningKey
  ) throws(LetheError) {
    let extensionLines = try former.map { (note) throws(LetheError) in try Self.line(Checkpoint(text: note.text)) }
    let checkpoint = try Checkpoint(
      origin: identity.origin, size: log.count, rootHash: log.rootHash(size: log.count),
      extensionLines: extensionLines.map { [$0] } ?? [])
    self.init(
      identity: identity, statement: try checkpoint.signed(with: key).encoded, former: former?.encoded ?? "")
  }

  /// The newest checkpoint that was known of the log that ended; nil if none was.
  ///
  /// - Throws: `damage` if it is none.
  func formerCheckpoint() throws(LetheError) -> Checkpoint? {
    guard !former.isEmpty else { return nil }
    do throws(LetheError) {
      return try Checkpoint(text: SignedNote(parsing: Array(former.utf8)).text)
    } catch { throw Self.unsigned }
  }

  /// Holds it against the log: the key signed it, over exactly the records before it.
  ///
  /// - Parameter rootHash: of the tree over the records before it.
  /// - Throws: `damage`.
  package func check(at position: UInt64, rootHash: Digest) throws(LetheError) {
    let stated: Checkpoint?
    do {
      let note = try SignedNote(parsing: Array(statement.utf8))
      let key = try VerifierKey(name: identity.origin, key: VerifyingKey(bytes: identity.publicKey))
      if case .signed = note.verify(with: [key]) { stated = try Checkpoint(text: note.text) } else { stated = nil }
    } catch { throw Self.unsigned }
    let lines = try formerCheckpoint().map { [Self.line($0)] } ?? []
    guard let stated, stated.origin == identity.origin, stated.size == position, stated.rootHash == rootHash,
      stated.extensionLines == lines
    else { throw Self.unsigned }
  }

  private static func line(_ checkpoint: Checkpoint) -> String {
    "ends \(checkpoint.origin) \(checkpoint.size) \(checkpoint.rootHash.bytes.base64)"
  }

  private static var unsigned: LetheError {
    LetheError(
      .damage, "the log begins a new origin in a way that its key did not sign; put back a copy of Log/")
  }
}

/// The names that a log had one after the other: `lethe/STOREHEX`, then `lethe/STOREHEX/2-RANDOM`, `/3-RANDOM`, …
///
/// The number is one above all that are known where the log goes on, for people and for order. It alone would name two
/// logs alike if one goes on from an old copy where nothing tells of an earlier restore; so 8 random bytes stand behind it
/// in hexadecimal. Names with a number alone are of an earlier version.
enum OriginName {
  private static let randomByteCount = 8

  /// The name that a log begins with.
  static func first(of storeID: [UInt8]) -> String { "lethe/\(storeID.hex)" }

  /// 1 for a first name.
  static func number(of origin: String) -> UInt64 {
    let parts = origin.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count > 2, let last = parts.last,
      let digits = last.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).first,
      let number = UInt64(String(decoding: digits, as: UTF8.self)), number > 1
    else { return 1 }
    return number
  }

  /// A name that no log has, numbered above those known.
  ///
  /// - Throws: `io` if the machine gives no random bytes.
  static func next(
    after origins: [String], first: String, _ random: some RandomSource
  ) throws(LetheError) -> String {
    let highest = origins.map(number).max() ?? 1
    return "\(first)/\(highest + 1)-\(try random.bytes(randomByteCount).hex)"
  }
}
