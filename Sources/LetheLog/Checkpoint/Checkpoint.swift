public import LetheCrypto
public import LetheSystem

/// The tree's head at a size: the text of a checkpoint (https://c2sp.org/tlog-checkpoint).
///
/// Format: the origin, the size in decimal, the root's base64, then extension lines, each ended by a newline.
public struct Checkpoint: Sendable, Hashable {
  /// The log's unique name, `lethe/STOREHEX` for example; not empty, one line.
  public let origin: String
  /// The number of leaves.
  public let size: UInt64
  public let rootHash: Digest
  /// Opaque lines, not empty; best none.
  public let extensionLines: [String]

  /// - Throws: `input` if the origin or an extension is empty or not one line.
  public init(
    origin: String, size: UInt64, rootHash: Digest, extensionLines: [String] = []
  ) throws(LetheError) {
    guard ([origin] + extensionLines).allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { $0 >= 0x20 } }) else {
      throw LetheError(.input, "a checkpoint's origin and extensions must be lines that are not empty; correct them")
    }
    self.origin = origin
    self.size = size
    self.rootHash = rootHash
    self.extensionLines = extensionLines
  }

  /// Reads a checkpoint out of a note's text; verify the note first.
  ///
  /// - Throws: `input` if it is none.
  public init(text: String) throws(LetheError) {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard lines.count >= 4, lines[lines.count - 1].isEmpty, let size = UInt64(decimal: lines[1]),
      let root = [UInt8](base64: lines[2]), let rootHash = Digest(root)
    else { throw LetheError(.input, "a checkpoint is not origin, size and root hash; fetch it again whole") }
    try self.init(origin: lines[0], size: size, rootHash: rootHash, extensionLines: Array(lines[3..<lines.count - 1]))
  }

  /// The text to be signed.
  public var text: String {
    ([origin, String(size), rootHash.bytes.base64] + extensionLines).map { $0 + "\n" }.joined()
  }

  /// The checkpoint as a note signed in the origin's name. Never sign a size whose records are not durable.
  ///
  /// - Throws: `input` if the origin cannot be a key's name; `io` if libcrypto fails.
  public func signed(with key: SigningKey) throws(LetheError) -> SignedNote {
    var note = try SignedNote(text: text)
    try note.sign(with: key, name: origin)
    return note
  }
}

extension UInt64 {
  /// Reads decimal digits without leading zeros; nil for anything else.
  init?(decimal text: String) {
    let digits = text.utf8
    guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }), digits.count == 1 || digits.first != 48
    else { return nil }
    self.init(text)
  }
}
