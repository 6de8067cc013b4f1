internal import LetheSystem

/// Where and why a text is no JSON, before it is known which file and line the text came from.
struct JSONFault: Error {
  /// One sentence that repeats nothing of the text.
  let sentence: String
  /// Bytes from the beginning of the text.
  let offset: Int
  let kind: Kind

  enum Kind: Sendable {
    case malformed
    /// The text ends where more must follow.
    case cut
    /// The text is well formed, but nothing that may be taken.
    case refused
  }

  init(_ sentence: String, at offset: Int, _ kind: Kind = .malformed) {
    self.sentence = sentence
    self.offset = offset
    self.kind = kind
  }

  var code: LetheError.Code {
    switch kind {
    case .malformed, .cut: .input
    case .refused: .refused
    }
  }

  func error(in text: [UInt8]) -> LetheError {
    LetheError(code, sentence, place: TextPlace(of: offset, in: text).description)
  }
}

/// A line and a column, both from 1; columns count code points.
struct TextPlace: Sendable, Equatable, CustomStringConvertible {
  let line: Int
  let column: Int

  /// The place of a byte; lines end with LF.
  init(of offset: Int, in text: [UInt8]) {
    var line = 1
    var column = 1
    for byte in text.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    self.line = line
    self.column = column
  }

  init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// The same place in a text in which this one begins at a line and column.
  func after(line: Int, column: Int) -> TextPlace {
    TextPlace(line: self.line + line - 1, column: self.line == 1 ? self.column + column - 1 : self.column)
  }

  var description: String { "line \(line), column \(column)" }
}
