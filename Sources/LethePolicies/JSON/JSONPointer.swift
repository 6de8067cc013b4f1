public import LetheSystem

/// A JSON Pointer (RFC 6901): the way from the top of a value to one inside it.
public struct JSONPointer: Sendable {
  /// Member names and array indices, unescaped; none means the whole value.
  public let tokens: [String]

  public init(tokens: [String]) { self.tokens = tokens }

  /// Parses the string form: empty, or `/` before each token, with `~0` for `~` and `~1` for `/`.
  ///
  /// - Throws: `input`.
  public init(_ text: String) throws(LetheError) {
    let pieces = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard let first = pieces.first, first.isEmpty else {
      throw LetheError(.input, "A JSON Pointer begins with a slash; put one before the first name")
    }
    var tokens: [String] = []
    for piece in pieces.dropFirst() {
      guard let token = Self.unescape(piece) else {
        throw LetheError(.input, "In a JSON Pointer ~ is followed by 0 or 1; write ~0 for a tilde and ~1 for a slash")
      }
      tokens.append(token)
    }
    self.tokens = tokens
  }

  /// What a token in the string form stands for; nil if a `~` is not followed by `0` or `1`.
  static func unescape(_ piece: Substring.UTF8View) -> String? {
    var token: [UInt8] = []
    var isEscape = false
    for byte in piece {
      if isEscape {
        guard byte == UInt8(ascii: "0") || byte == UInt8(ascii: "1") else { return nil }
        token.append(byte == UInt8(ascii: "0") ? UInt8(ascii: "~") : UInt8(ascii: "/"))
        isEscape = false
      } else if byte == UInt8(ascii: "~") {
        isEscape = true
      } else {
        token.append(byte)
      }
    }
    return isEscape ? nil : String(decoding: token, as: UTF8.self)
  }

  /// Appends a token as it stands in the string form.
  static func escape(_ token: String, to text: inout [UInt8]) {
    for byte in token.utf8 {
      switch byte {
      case UInt8(ascii: "~"): text += [UInt8(ascii: "~"), UInt8(ascii: "0")]
      case UInt8(ascii: "/"): text += [UInt8(ascii: "~"), UInt8(ascii: "1")]
      default: text.append(byte)
      }
    }
  }

  /// The value that it leads to, if there is one. `-` leads nowhere.
  public func resolve(in value: JSONValue) -> JSONValue? {
    var value = value
    for token in tokens {
      switch value {
      case .object:
        guard let member = value[token] else { return nil }
        value = member
      case .array(let elements):
        guard let index = Self.arrayIndex(token), index < elements.count else { return nil }
        value = elements[index]
      case .null, .bool, .number, .string: return nil
      }
    }
    return value
  }

  /// Whether the other is this one or leads further inside.
  func isPrefix(of other: JSONPointer) -> Bool {
    tokens.count <= other.tokens.count && zip(tokens, other.tokens).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
  }

  /// The number that a token means in an array: digits without leading zeros.
  static func arrayIndex(_ token: String) -> Int? {
    let digits = token.utf8
    guard !digits.isEmpty, digits.count < 10, digits.allSatisfy({ $0 &- 48 < 10 }) else { return nil }
    guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
  }
}

extension JSONPointer: Hashable {
  public static func == (left: JSONPointer, right: JSONPointer) -> Bool {
    left.tokens.count == right.tokens.count && left.isPrefix(of: right)
  }

  public func hash(into hasher: inout Hasher) {
    for token in tokens {
      for byte in token.utf8 { hasher.combine(byte) }
      hasher.combine(0xFF as UInt8)
    }
  }
}

extension JSONPointer: CustomStringConvertible {
  /// The string form.
  public var description: String {
    var text: [UInt8] = []
    for token in tokens {
      text.append(UInt8(ascii: "/"))
      Self.escape(token, to: &text)
    }
    return String(decoding: text, as: UTF8.self)
  }
}
