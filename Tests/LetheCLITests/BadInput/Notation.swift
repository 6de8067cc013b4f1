internal import LetheSystem

/// How inputs are written in a table, so that a reader sees what matters of them.
///
/// | written | stands for |
/// |---|---|
/// | `…` | the members of a good event that the line does not name itself, with commas between them |
/// | `‹c0 af›` | these bytes, in hexadecimal |
/// | `‹text×1025›` | the text so many times |
enum Notation {
  /// Everything in it that must never be repeated has the word `canary` in it.
  static let members = [
    ("specversion", "1.0"), ("id", "canary-1"), ("source", "urn:canary"), ("type", "CanaryType"),
    ("datasubject", "p-canary"), ("data", "canary"),
  ]

  /// - Throws: `input` if a piece in ‹› is neither bytes nor a repetition.
  static func bytes(_ text: Substring) throws(LetheError) -> [UInt8] {
    let rest = members.filter { !text.contains("\"\($0.0)\":") }.map { "\"\($0.0)\":\"\($0.1)\"" }
    let whole = String(text).replacing("…", with: rest.joined(separator: ","))
    var bytes: [UInt8] = []
    for (number, piece) in whole.split(separator: "‹", omittingEmptySubsequences: false).enumerated() {
      guard number > 0 else {
        bytes += piece.utf8
        continue
      }
      guard let end = piece.firstIndex(of: "›") else { throw fault }
      bytes += try special(piece[..<end])
      bytes += piece[piece.index(after: end)...].utf8
    }
    return bytes
  }

  private static func special(_ piece: Substring) throws(LetheError) -> [UInt8] {
    if let times = piece.lastIndex(of: "×"), let count = Int(piece[piece.index(after: times)...]), count > 0 {
      // Doubled and doubled again: there are inputs of many million bytes.
      var bytes = Array(piece[..<times].utf8)
      let whole = bytes.count * count
      bytes.reserveCapacity(whole)
      while bytes.count < whole { bytes += bytes.prefix(whole - bytes.count) }
      return bytes
    }
    var bytes: [UInt8] = []
    for word in piece.split(separator: " ") {
      guard word.count == 2, let byte = UInt8(word, radix: 16) else { throw fault }
      bytes.append(byte)
    }
    return bytes
  }

  private static var fault: LetheError { LetheError(.input, "a piece in ‹› is neither bytes nor a repetition") }
}
