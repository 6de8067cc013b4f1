package import LetheCrypto
package import LetheSystem

/// Makes and checks the group seals of one log. The key stays with whoever implements this.
package protocol GroupSealing: Sendable {
  /// The log's present origin.
  var origin: String { get }

  /// Whose groups count behind the checkpoint.
  var countedRuns: CountedRuns { get }

  /// Whether nobody can have put an older checkpoint in the place of the newest. If not, records of earlier runs behind it
  /// are no reason to cut the log.
  var hasNewestCheckpoint: Bool { get }

  /// The MAC of an encoded seal, or of what an index says of its pages.
  func authenticate(_ message: [UInt8]) -> Digest

  /// Called once, before the first group of an opening is written. It makes durable that the records so far are believed,
  /// then the number of a run that no group bears yet.
  ///
  /// - Parameters:
  ///   - log: as it is.
  ///   - run: the newest that is known.
  /// - Throws: `io`.
  func beginRun(in log: FileLog, after run: UInt64) throws(LetheError) -> RunBeginning
}

/// The run of an opening, and the origin under which it seals.
package struct RunBeginning: Sendable {
  let run: UInt64
  let origin: Digest

  package init(run: UInt64, origin: String) {
    self.run = run
    self.origin = SHA256.hash(Array(origin.utf8))
  }
}

/// The runs whose groups count behind the checkpoint.
package enum CountedRuns: Sendable, Equatable {
  /// The last opening that appended.
  case only(UInt64)
  /// The highest that is found, on a machine that does not know the number.
  case highest
  /// All, each behind the one before it: where somebody decided to go on from a log that no checkpoint covers.
  case all
}

/// What of a log is believed when it is opened.
package enum LogBelief: Sendable {
  /// What the checkpoint covers, and behind it what group seals cover. Appending needs it.
  case sealed(any GroupSealing)
  /// What lies before a position, which a checkpoint covers.
  case upTo(UInt64)
  /// All that is whole, whoever wrote it: for somebody who looks for a key in it.
  case everything

  var sealing: (any GroupSealing)? {
    guard case .sealed(let sealing) = self else { return nil }
    return sealing
  }

  /// The position before which records are read.
  var limit: UInt64 {
    guard case .upTo(let limit) = self else { return .max }
    return limit
  }
}

/// The content of a seal's frame: the encoded seal (see `GroupSeal`) and the 32 bytes of its MAC, which is HMAC-SHA-256 under
/// the store's key for seals.
enum SealFrame {
  static let byteCount = GroupSeal.byteCount + Digest.byteCount
  static let frameByteCount = Frame.headByteCount + byteCount

  /// Puts a seal behind the frames that it covers.
  static func append(_ seal: GroupSeal, _ sealing: any GroupSealing, to bytes: inout ByteWriter) {
    let encoded = seal.encoded
    let content = encoded + sealing.authenticate(encoded).bytes
    Frame.append(content.span, .seal, group: seal.first, to: &bytes)
  }

  /// The seal in a frame, if the store made it.
  static func genuine(_ frame: Frame, _ sealing: any GroupSealing) -> GroupSeal? {
    let encoded = Array(frame.content[..<GroupSeal.byteCount])
    guard sealing.authenticate(encoded) == Digest(frame.content[GroupSeal.byteCount...]) else { return nil }
    return stated(frame)
  }

  /// The seal in a frame, whoever made it; nil for bytes that no store writes.
  static func stated(_ frame: Frame) -> GroupSeal? {
    guard let seal = try? GroupSeal(decoding: Array(frame.content[..<GroupSeal.byteCount])), seal.first == frame.group
    else { return nil }
    return seal
  }
}
