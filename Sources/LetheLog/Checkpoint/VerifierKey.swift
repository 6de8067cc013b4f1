public import LetheCrypto
public import LetheSystem

/// A named Ed25519 key that verifies signed notes (https://c2sp.org/signed-note), and its text form, the vkey:
/// `NAME+KEYID+KEY`, where KEYID is 8 hexadecimal digits and KEY the base64 of 01 ‖ public key.
public struct VerifierKey: Sendable, Hashable {
  /// The signature type of plain Ed25519.
  static let ed25519: UInt8 = 1

  public let name: String
  /// The first four bytes of SHA-256(name ‖ 0A ‖ 01 ‖ public key), big-endian.
  public let keyID: UInt32
  public let key: VerifyingKey

  /// - Throws: `input` if the name is empty or holds a space, a control character or `+`.
  public init(name: String, key: VerifyingKey) throws(LetheError) {
    guard Self.isName(name.unicodeScalars) else {
      throw LetheError(.input, "a key's name holds a space, a control character or a plus, or is empty; choose another")
    }
    self.name = name
    self.key = key
    keyID = Self.keyID(name: name, key: key)
  }

  /// Reads a vkey.
  ///
  /// - Throws: `input` unless it is one of an Ed25519 key with the key id that belongs to it.
  public init(parsing text: String) throws(LetheError) {
    let fields = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 3, fields[1].utf8.count == 8, let stated = [UInt8](hex: fields[1]),
      let material = [UInt8](base64: fields[2]), material.count == 33, material[0] == Self.ed25519
    else { throw LetheError(.input, "a verifier key is not NAME+KEYID+KEY of an Ed25519 key; copy it again whole") }
    try self.init(name: String(fields[0]), key: VerifyingKey(bytes: Array(material[1...])))
    guard stated == keyID.bigEndianBytes else {
      throw LetheError(.input, "a verifier key's id does not belong to its name and key; copy it again whole")
    }
  }

  /// The vkey.
  public var encoded: String { "\(name)+\(keyID.bigEndianBytes.hex)+\(([Self.ed25519] + key.bytes).base64)" }

  private static func keyID(name: String, key: VerifyingKey) -> UInt32 {
    let hash = SHA256.hash((Array(name.utf8) + [0x0a, ed25519] + key.bytes).span)
    return hash.bytes[..<4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Whether a name may stand in a signature line.
  static func isName(_ scalars: some Collection<Unicode.Scalar>) -> Bool {
    !scalars.isEmpty && !scalars.contains { $0 == "+" || $0.value < 0x20 || $0.properties.isWhitespace }
  }
}

extension UInt32 {
  var bigEndianBytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: self >> UInt32(24 - 8 * $0)) } }
}
