/// The escapes of JSON strings (RFC 8259 section 7).
enum JSONEscapes {
  /// The index past the escape that begins here; a surrogate pair counts as one escape.
  static func end(in text: Span<UInt8>, from start: Int) throws(JSONFault) -> Int {
    guard start + 1 < text.count else {
      throw JSONFault("The JSON text ends too early; give the whole value", at: text.count)
    }
    switch text[start + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return start + 2
    case UInt8(ascii: "u"):
      guard let unit = hexadecimal(text, start + 2) else {
        throw JSONFault("An escape is not \\u and four hexadecimal digits; correct it", at: start)
      }
      if unit < 0xD800 || unit > 0xDFFF { return start + 6 }
      guard unit < 0xDC00, start + 7 < text.count, text[start + 6] == UInt8(ascii: "\\"),
        text[start + 7] == UInt8(ascii: "u"), let low = hexadecimal(text, start + 8), (0xDC00...0xDFFF).contains(low)
      else { throw JSONFault("An escape is half of a surrogate pair; write both halves", at: start) }
      return start + 12
    default:
      throw JSONFault("A backslash begins no escape of JSON; double it or correct the escape", at: start)
    }
  }

  /// The UTF-8 bytes that a checked string stands for; the range is its content without quotes.
  static func unescape(_ text: Span<UInt8>, _ content: Range<Int>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(content.count)
    var at = content.lowerBound
    while at < content.upperBound {
      let byte = text[at]
      if byte != UInt8(ascii: "\\") {
        bytes.append(byte)
        at += 1
        continue
      }
      let letter = text[at + 1]
      at += 2
      switch letter {
      case UInt8(ascii: "b"): bytes.append(0x08)
      case UInt8(ascii: "f"): bytes.append(0x0C)
      case UInt8(ascii: "n"): bytes.append(0x0A)
      case UInt8(ascii: "r"): bytes.append(0x0D)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "u"):
        var code = hexadecimal(text, at) ?? 0xFFFD
        at += 4
        if (0xD800...0xDBFF).contains(code) {
          code = 0x10000 + (code - 0xD800) << 10 + ((hexadecimal(text, at + 2) ?? 0xDC00) - 0xDC00)
          at += 6
        }
        append(code, to: &bytes)
      default: bytes.append(letter)
      }
    }
    return bytes
  }

  private static func append(_ code: UInt32, to bytes: inout [UInt8]) {
    switch code {
    case 0..<0x80: bytes.append(UInt8(code))
    case 0x80..<0x800: bytes += [UInt8(0xC0 | code >> 6), UInt8(0x80 | code & 0x3F)]
    case 0x800..<0x10000:
      bytes += [UInt8(0xE0 | code >> 12), UInt8(0x80 | code >> 6 & 0x3F), UInt8(0x80 | code & 0x3F)]
    default:
      bytes += [
        UInt8(0xF0 | code >> 18), UInt8(0x80 | code >> 12 & 0x3F), UInt8(0x80 | code >> 6 & 0x3F),
        UInt8(0x80 | code & 0x3F),
      ]
    }
  }

  private static func hexadecimal(_ text: Span<UInt8>, _ start: Int) -> UInt32? {
    guard start + 4 <= text.count else { return nil }
    var value: UInt32 = 0
    for at in start..<start + 4 {
      let byte = text[at]
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - 48)
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - 87)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - 55)
      default: return nil
      }
    }
    return value
  }
}

/// Member names of one object.
enum JSONNames {
  /// Up to this many members names are compared in pairs, beyond it by hashing.
  private static let pairwiseLimit = 12

  static func refuseRepeated(in nodes: [JSONNode], object: Int, _ text: Span<UInt8>) throws(JSONFault) {
    var count = 0
    var later = object + 1
    while later < nodes.count {
      count += 1
      guard count <= pairwiseLimit else { return try refuseRepeatedByHash(in: nodes, object: object, text) }
      var earlier = object + 1
      while earlier < later {
        if areSame(nodes[earlier], nodes[later], text) { throw .repeated(nodes[later]) }
        earlier = Int(nodes[earlier + 1].next)
      }
      later = Int(nodes[later + 1].next)
    }
  }

  private static func refuseRepeatedByHash(
    in nodes: [JSONNode], object: Int, _ text: Span<UInt8>
  ) throws(JSONFault) {
    var seen = Set<[UInt8]>()
    var name = object + 1
    while name < nodes.count {
      guard seen.insert(bytes(of: nodes[name], text)).inserted else { throw .repeated(nodes[name]) }
      name = Int(nodes[name + 1].next)
    }
  }

  /// The bytes that a string node stands for.
  static func bytes(of node: JSONNode, _ text: Span<UInt8>) -> [UInt8] {
    let content = Int(node.start) + 1..<Int(node.end) - 1
    if node.kind == .escapedString { return JSONEscapes.unescape(text, content) }
    return [UInt8](copying: text, content)
  }

  private static func areSame(_ left: JSONNode, _ right: JSONNode, _ text: Span<UInt8>) -> Bool {
    if left.kind == .escapedString || right.kind == .escapedString {
      return bytes(of: left, text) == bytes(of: right, text)
    }
    let count = left.end - left.start
    guard count == right.end - right.start else { return false }
    for step in 1..<Int(count) where text[Int(left.start) + step] != text[Int(right.start) + step] { return false }
    return true
  }
}

extension [UInt8] {
  fileprivate init(copying text: Span<UInt8>, _ range: Range<Int>) {
    self.init()
    reserveCapacity(range.count)
    for at in range { append(text[at]) }
  }
}

extension JSONFault {
  fileprivate static func repeated(_ name: JSONNode) -> JSONFault {
    JSONFault("An object has two members of the same name; keep one", at: Int(name.start))
  }
}
