/// Writes JSON without a space that need not be.
package struct JSONWriter: Sendable {
  package private(set) var bytes: [UInt8]

  package init() { bytes = [] }

  package mutating func write(_ value: JSONValue) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .number(let number): append(number.text)
    case .string(let string): write(string)
    case .array(let elements):
      append("[")
      for (index, element) in elements.enumerated() {
        if index > 0 { append(",") }
        write(element)
      }
      append("]")
    case .object(let members):
      append("{")
      for (index, member) in members.enumerated() {
        if index > 0 { append(",") }
        write(member.name)
        append(":")
        write(member.value)
      }
      append("}")
    }
  }

  /// Writes a string in quotes; only what must be escaped is.
  package mutating func write(_ string: String) {
    append("\"")
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case 0x08: append("\\b")
      case 0x09: append("\\t")
      case 0x0A: append("\\n")
      case 0x0C: append("\\f")
      case 0x0D: append("\\r")
      case 0x00..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        append("\\u00")
        bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    append("\"")
  }

  package mutating func append(_ text: String) { bytes += text.utf8 }

  package mutating func append(verbatim text: ArraySlice<UInt8>) { bytes += text }

  package mutating func append(verbatim text: [UInt8]) { bytes += text }

  /// Appends JSON with a space for each line end: those stand between tokens only, as strings must escape them.
  package mutating func appendOnOneLine(_ text: ArraySlice<UInt8>) {
    let start = bytes.count
    bytes += text
    for at in start..<bytes.count where bytes[at] == 0x0A || bytes[at] == 0x0D { bytes[at] = 0x20 }
  }
}

extension JSONValue {
  /// The value as compact JSON in UTF-8, numbers verbatim, members in order.
  public var compactText: [UInt8] {
    var writer = JSONWriter()
    writer.write(self)
    return writer.bytes
  }
}
