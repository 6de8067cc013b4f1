/// One value of a scanned text. Nodes stand in the order of the text, a container before what it holds, an object's
/// members as name and value in turn.
struct JSONNode: Sendable {
  enum Kind: UInt8, Sendable {
    case null, `true`, `false`, number, string, escapedString, array, object
  }

  let kind: Kind
  /// The first byte of the value; of a string its quote.
  let start: UInt32
  /// One past the value's last byte.
  var end: UInt32
  /// The index of the first node past this one and all that it holds.
  var next: UInt32

  var range: Range<Int> { Int(start)..<Int(end) }
}

/// Checks a text against RFC 8259 in one pass, without recursion, and indexes its values.
///
/// Stricter than the RFC demands: UTF-8 only (RFC 3629), no byte order mark, no lone surrogates, no member name twice
/// in an object (compared after unescaping), at most 128 containers in one another.
struct JSONScanner {
  static let depthLimit = 128
  static let byteLimit = 1 << 30

  private(set) var nodes: [JSONNode] = []
  private var open: [Int] = []
  private var index = 0

  static func scan(_ text: [UInt8]) throws(JSONFault) -> [JSONNode] {
    guard text.count <= byteLimit else { throw JSONFault("The text is longer than 1 GiB; divide it", at: 0) }
    var scanner = JSONScanner()
    scanner.nodes.reserveCapacity(min(text.count / 12 + 4, 4096))
    try scanner.run(text.span)
    return scanner.nodes
  }

  private mutating func run(_ text: Span<UInt8>) throws(JSONFault) {
    if text.count >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF {
      throw JSONFault("The text begins with a byte order mark; remove it", at: 0)
    }
    skipSpace(text)
    repeat {
      try value(text)
      skipSpace(text)
    } while try closeOrContinue(text)
    guard index == text.count else {
      throw JSONFault("Something follows the JSON value; remove it", at: index)
    }
  }

  /// Reads a scalar, an empty container, or opens containers down to the first scalar in them.
  private mutating func value(_ text: Span<UInt8>) throws(JSONFault) {
    while true {
      guard index < text.count else { throw .ended(index) }
      let start = index
      switch text[index] {
      case UInt8(ascii: "{"):
        try begin(.object)
        skipSpace(text)
        guard index < text.count else { throw .ended(index) }
        if text[index] == UInt8(ascii: "}") { return }
        try name(text)
      case UInt8(ascii: "["):
        try begin(.array)
        skipSpace(text)
        guard index < text.count else { throw .ended(index) }
        if text[index] == UInt8(ascii: "]") { return }
      case UInt8(ascii: "\""):
        let kind = try string(text)
        return add(kind, from: start)
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        guard let end = JSONNumber.end(in: text, from: index) else {
          throw JSONFault("A number is not written as JSON demands; correct it", at: start)
        }
        index = end
        return add(.number, from: start)
      case UInt8(ascii: "t"):
        try word("true", text)
        return add(.true, from: start)
      case UInt8(ascii: "f"):
        try word("false", text)
        return add(.false, from: start)
      case UInt8(ascii: "n"):
        try word("null", text)
        return add(.null, from: start)
      default:
        throw JSONFault("A JSON value is expected here; correct the text", at: index)
      }
    }
  }

  /// After a value: closes what ends here; true if another value follows.
  private mutating func closeOrContinue(_ text: Span<UInt8>) throws(JSONFault) -> Bool {
    while let container = open.last {
      guard index < text.count else { throw .ended(index) }
      let isObject = nodes[container].kind == .object
      switch text[index] {
      case UInt8(ascii: ","):
        index += 1
        skipSpace(text)
        if isObject { try name(text) }
        return true
      case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject:
        index += 1
        nodes[container].end = UInt32(index)
        nodes[container].next = UInt32(nodes.count)
        if isObject { try JSONNames.refuseRepeated(in: nodes, object: container, text) }
        open.removeLast()
        skipSpace(text)
      default:
        let end = isObject ? "}" : "]"
        throw JSONFault("A comma or \(end) is expected here; correct the text", at: index)
      }
    }
    return false
  }

  private mutating func begin(_ kind: JSONNode.Kind) throws(JSONFault) {
    guard open.count < Self.depthLimit else {
      throw JSONFault("More than \(Self.depthLimit) arrays and objects lie in one another; flatten the text", at: index)
    }
    open.append(nodes.count)
    index += 1
    add(kind, from: index - 1)
  }

  private mutating func name(_ text: Span<UInt8>) throws(JSONFault) {
    guard index < text.count else { throw .ended(index) }
    guard text[index] == UInt8(ascii: "\"") else {
      throw JSONFault("A member name in quotes is expected here; correct the text", at: index)
    }
    let start = index
    let kind = try string(text)
    add(kind, from: start)
    skipSpace(text)
    guard index < text.count else { throw .ended(index) }
    guard text[index] == UInt8(ascii: ":") else {
      throw JSONFault("A colon is expected after a member name; correct the text", at: index)
    }
    index += 1
    skipSpace(text)
  }

  private mutating func string(_ text: Span<UInt8>) throws(JSONFault) -> JSONNode.Kind {
    var kind = JSONNode.Kind.string
    var at = index + 1
    while at < text.count {
      let byte = text[at]
      if byte == UInt8(ascii: "\"") {
        index = at + 1
        return kind
      }
      if byte == UInt8(ascii: "\\") {
        kind = .escapedString
        at = try JSONEscapes.end(in: text, from: at)
      } else if byte >= 0x80 {
        let length = UTF8Check.length(in: text, at: at)
        guard length > 0 else { throw JSONFault("The text is not valid UTF-8; convert it", at: at) }
        at += length
      } else {
        guard byte >= 0x20 else {
          throw JSONFault("A control character stands in a string; write it as an escape", at: at)
        }
        at += 1
      }
    }
    throw .ended(at)
  }

  private mutating func word(_ word: StaticString, _ text: Span<UInt8>) throws(JSONFault) {
    let letters = word.description.utf8
    guard text.count - index >= letters.count else { throw .ended(text.count) }
    var at = index
    for letter in letters {
      guard text[at] == letter else {
        throw JSONFault("A JSON value is expected here; correct the text", at: index)
      }
      at += 1
    }
    index = at
  }

  private mutating func skipSpace(_ text: Span<UInt8>) {
    while index < text.count {
      let byte = text[index]
      guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      index += 1
    }
  }

  private mutating func add(_ kind: JSONNode.Kind, from start: Int) {
    nodes.append(
      JSONNode(kind: kind, start: UInt32(start), end: UInt32(index), next: UInt32(nodes.count + 1)))
  }
}

extension JSONFault {
  fileprivate static func ended(_ offset: Int) -> JSONFault {
    JSONFault("The JSON text ends too early; give the whole value", at: offset, .cut)
  }
}

/// Well-formed UTF-8 (RFC 3629 section 4): shortest forms only, no surrogates, nothing above U+10FFFF.
enum UTF8Check {
  /// The bytes of the code point that begins here, or 0 if none does.
  static func length(in text: Span<UInt8>, at index: Int) -> Int {
    let first = text[index]
    let length: Int
    var lowest: UInt8 = 0x80
    var highest: UInt8 = 0xBF
    switch first {
    case 0x00...0x7F: return 1
    case 0xC2...0xDF: length = 2
    case 0xE0...0xEF:
      length = 3
      if first == 0xE0 { lowest = 0xA0 }
      if first == 0xED { highest = 0x9F }
    case 0xF0...0xF4:
      length = 4
      if first == 0xF0 { lowest = 0x90 }
      if first == 0xF4 { highest = 0x8F }
    default: return 0
    }
    guard text.count - index >= length, text[index + 1] >= lowest, text[index + 1] <= highest else { return 0 }
    for step in 2..<max(2, length) where text[index + step] & 0xC0 != 0x80 { return 0 }
    return length
  }
}
