public import LetheCrypto
public import LetheSystem

/// A proof in one piece of text that an entry is in a log (https://c2sp.org/tlog-proof), checked offline.
///
/// Format: `c2sp.org/tlog-proof@v1`, `extra BASE64` or nothing, `index DECIMAL`, the inclusion proof's hashes in base64
/// from the leaf's sibling upwards, an empty line, the signed checkpoint; each line ended by a newline.
public struct TlogProof: Sendable, Hashable {
  static let firstLine = "c2sp.org/tlog-proof@v1"

  /// What the application adds; not authenticated. Nil if there is no such line.
  public let extra: [UInt8]?
  /// The entry's position.
  public let position: UInt64
  public let inclusionProof: [Digest]
  /// The signed checkpoint.
  public let note: SignedNote

  public init(position: UInt64, inclusionProof: [Digest], note: SignedNote, extra: [UInt8]? = nil) {
    self.position = position
    self.inclusionProof = inclusionProof
    self.note = note
    self.extra = extra
  }

  /// Reads a proof.
  ///
  /// - Throws: `input` if it is none.
  public init(parsing bytes: some Collection<UInt8>) throws(LetheError) {
    let bytes = Array(bytes)
    guard bytes.count <= SignedNote.maximumByteCount else { throw Self.malformed }
    var start = bytes.startIndex
    func nextLine() throws(LetheError) -> String {
      guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")),
        let line = String(validating: bytes[start..<end], as: UTF8.self)
      else { throw Self.malformed }
      start = end + 1
      return line
    }
    guard try nextLine() == Self.firstLine else { throw Self.malformed }
    var line = try nextLine()
    if let value = line.value(of: "extra") {
      guard let extra = [UInt8](base64: value) else { throw Self.malformed }
      self.extra = extra
      line = try nextLine()
    } else {
      extra = nil
    }
    guard let value = line.value(of: "index"), let position = UInt64(decimal: value) else { throw Self.malformed }
    self.position = position
    var proof: [Digest] = []
    while case let line = try nextLine(), !line.isEmpty {
      guard let bytes = [UInt8](base64: line), let hash = Digest(bytes), proof.count < 64 else { throw Self.malformed }
      proof.append(hash)
    }
    inclusionProof = proof
    note = try SignedNote(parsing: bytes[start...])
  }

  /// The proof as it is stored, best in a file whose name ends with `.tlog-proof`.
  public var encoded: String {
    let lines =
      [Self.firstLine] + (extra.map { ["extra \($0.base64)"] } ?? []) + ["index \(position)"]
      + inclusionProof.map(\.bytes.base64)
    return lines.map { $0 + "\n" }.joined() + "\n" + note.encoded
  }

  /// Whether a log with this origin, whose key is among those given, contains the leaf entry at the position.
  public func verify(leafEntry: Digest, origin: String, keys: [VerifierKey]) -> Verdict {
    switch note.verify(with: keys) {
    case .unknown: return .unsigned
    case .forged: return .forged
    case .signed: break
    }
    let checkpoint: Checkpoint
    do throws(LetheError) { checkpoint = try Checkpoint(text: note.text) } catch { return .noCheckpoint }
    guard checkpoint.origin.utf8.elementsEqual(origin.utf8) else { return .otherLog }
    let verdict = MerkleProof.verifyInclusion(
      leafHash: MerkleHash.leaf(leafEntry), position: position, size: checkpoint.size, proof: inclusionProof,
      root: checkpoint.rootHash)
    return verdict == .proven ? .proven(checkpoint) : .notIncluded
  }

  /// What a proof is worth.
  public enum Verdict: Sendable, Equatable {
    case proven(Checkpoint)
    /// The checkpoint bears no signature of the keys given.
    case unsigned
    /// The checkpoint bears a wrong signature in the name of a key given.
    case forged
    /// What is signed is no checkpoint.
    case noCheckpoint
    /// The checkpoint is of another log.
    case otherLog
    /// The hashes do not lead from the entry to the checkpoint's root.
    case notIncluded
  }

  private static var malformed: LetheError {
    LetheError(.input, "a tlog-proof is not as c2sp.org/tlog-proof@v1 has it; fetch it again whole")
  }
}

extension String {
  /// What follows the keyword and one space; nil if the line does not begin so.
  fileprivate func value(of keyword: String) -> String? {
    hasPrefix(keyword + " ") ? String(utf8.dropFirst(keyword.utf8.count + 1)) : nil
  }
}
