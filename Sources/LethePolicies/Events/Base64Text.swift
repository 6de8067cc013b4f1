/// What `data_base64` holds: RFC 4648 section 4, with padding and without line breaks.
enum Base64Text {
  static func check(_ value: JSONDocument.Node, _ document: JSONDocument) throws(JSONFault) {
    let fault = JSONFault(
      "The event's data_base64 is not a string of base64 with padding; encode it so",
      at: document.range(value).lowerBound)
    guard document.isString(value) else { throw fault }
    let range = document.range(value)
    let text =
      document.kind(value) == .string
      ? document.text[range.lowerBound + 1..<range.upperBound - 1] : Array(document.string(value).utf8)[...]
    let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
    let digits = text.dropLast(padding)
    guard text.count % 4 == 0, digits.allSatisfy({ Self.value($0) != nil }) else { throw fault }
    // Bits beyond the last byte must be zero, or two texts would stand for the same bytes.
    let spare: UInt8 = padding == 2 ? 0x0F : padding == 1 ? 0x03 : 0
    if let last = digits.last, let bits = Self.value(last), bits & spare != 0 { throw fault }
  }

  private static func value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte + 4
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
