public import LetheCrypto
public import LetheSystem

/// A text signed by one or more keys, as https://c2sp.org/signed-note has it.
///
/// Trust the text only after `verify`. Signatures of keys and kinds that we do not know are kept.
public struct SignedNote: Sendable, Hashable {
  /// The most signatures and bytes that a note may have.
  public static let maximumSignatureCount = 100
  public static let maximumByteCount = 1 << 20

  /// What is signed; ends with a newline.
  public let text: String
  public private(set) var signatures: [NoteSignature]

  /// A note that nobody has signed yet.
  ///
  /// - Throws: `input` unless the text ends with a newline and holds no other control character.
  public init(text: String) throws(LetheError) {
    guard text.utf8.last == UInt8(ascii: "\n"), Self.isText(text) else {
      throw LetheError(.input, "a note's text must end with a newline and hold no other control character; correct it")
    }
    self.text = text
    signatures = []
  }

  /// Reads a note.
  ///
  /// - Throws: `input` unless it is a text, an empty line and one to 100 signature lines.
  public init(parsing bytes: some Collection<UInt8>) throws(LetheError) {
    guard bytes.count <= Self.maximumByteCount, let whole = String(validating: bytes, as: UTF8.self), Self.isText(whole)
    else { throw Self.malformed }
    let bytes = Array(bytes)
    // The last empty line is the one that parts text and signatures.
    let newline = UInt8(ascii: "\n")
    let cut = bytes.indices.dropLast().last { bytes[$0] == newline && bytes[$0 + 1] == newline }
    guard let cut, bytes.last == newline else { throw Self.malformed }
    text = String(decoding: bytes[...cut], as: UTF8.self)
    let lines = bytes[(cut + 2)...].split(separator: newline, omittingEmptySubsequences: false).dropLast()
    guard !lines.isEmpty, lines.count <= Self.maximumSignatureCount else { throw Self.malformed }
    signatures = []
    for line in lines {
      guard let signature = NoteSignature(parsing: line) else { throw Self.malformed }
      signatures.append(signature)
    }
  }

  /// The note as it is stored and sent.
  public var encoded: String { text + "\n" + signatures.map(\.encoded).joined() }

  /// Signs with a key under a name, after the signatures that are there; one that the same key made is replaced.
  ///
  /// - Throws: `input` if the name is none; `io` if libcrypto fails.
  public mutating func sign(with key: SigningKey, name: String) throws(LetheError) {
    let verifier = try VerifierKey(name: name, key: key.verifyingKey)
    let signature = NoteSignature(
      name: name, keyID: verifier.keyID, bytes: try key.sign(Array(text.utf8)))
    signatures.removeAll { $0.isMade(by: verifier) }
    signatures.append(signature)
  }

  /// Adds signatures of others, a witness's for example, that are not there yet.
  public mutating func add(_ others: [NoteSignature]) {
    for other in others where !signatures.contains(other) { signatures.append(other) }
  }

  /// Who of the keys given signed the text. Signatures of other keys count for nothing.
  public func verify(with keys: [VerifierKey]) -> Verdict {
    var signers: [VerifierKey] = []
    for signature in signatures {
      for key in keys where signature.isMade(by: key) {
        guard key.key.verify(signature.bytes, of: Array(text.utf8)) == .authentic else { return .forged(key) }
        if !signers.contains(key) { signers.append(key) }
      }
    }
    return signers.isEmpty ? .unknown : .signed(by: signers)
  }

  /// What a note's signatures are worth.
  public enum Verdict: Sendable, Equatable {
    /// These of the keys signed it, and no signature in the name of any of them is wrong.
    case signed(by: [VerifierKey])
    /// None of the keys signed it.
    case unknown
    /// A signature in this key's name and id is wrong: reject the whole note.
    case forged(VerifierKey)
  }

  private static func isText(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 0x20 || $0 == UInt8(ascii: "\n") }
  }

  private static var malformed: LetheError {
    LetheError(.input, "a signed note is not a text, an empty line and signature lines; fetch it again whole")
  }
}

/// One signature line of a note.
public struct NoteSignature: Sendable {
  public let name: String
  public let keyID: UInt32
  /// The signature itself, at least one byte; 64 of Ed25519.
  public let bytes: [UInt8]

  public init(name: String, keyID: UInt32, bytes: [UInt8]) {
    self.name = name
    self.keyID = keyID
    self.bytes = bytes
  }

  /// Reads a line without its newline; nil if it is none.
  init?(parsing line: ArraySlice<UInt8>) {
    let dash = Array("— ".utf8)
    guard line.starts(with: dash) else { return nil }
    let fields = line.dropFirst(dash.count).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard fields.count == 2, let name = String(validating: fields[0], as: UTF8.self),
      VerifierKey.isName(name.unicodeScalars),
      let material = [UInt8](base64: String(decoding: fields[1], as: UTF8.self)), material.count > 4
    else { return nil }
    self.init(name: name, keyID: material[..<4].reduce(0) { $0 << 8 | UInt32($1) }, bytes: Array(material[4...]))
  }

  /// The line with its newline.
  var encoded: String { "— \(name) \((keyID.bigEndianBytes + bytes).base64)\n" }

  /// Whether it bears the key's name and id; names are compared by bytes.
  func isMade(by key: VerifierKey) -> Bool { keyID == key.keyID && name.utf8.elementsEqual(key.name.utf8) }
}

extension NoteSignature: Hashable {
  public static func == (left: NoteSignature, right: NoteSignature) -> Bool {
    left.keyID == right.keyID && left.bytes == right.bytes && left.name.utf8.elementsEqual(right.name.utf8)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(keyID)
    hasher.combine(bytes)
  }
}
