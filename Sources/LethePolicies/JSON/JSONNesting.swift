/// Finds where an object or array ends without checking what lies in it.
struct JSONNesting: Sendable {
  private var depth = 0
  private var isInString = false
  private var isEscape = false
  private(set) var isClosed = false

  /// Goes on from a byte; the answer is the first byte past the value, or the end of the text.
  mutating func advance(over text: Span<UInt8>, from index: Int) -> Int {
    var at = index
    while at < text.count && !isClosed {
      let byte = text[at]
      at += 1
      if isInString {
        if isEscape {
          isEscape = false
        } else if byte == UInt8(ascii: "\\") {
          isEscape = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isInString = true
      } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
        depth += 1
      } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
        depth -= 1
        isClosed = depth == 0
      }
    }
    return at
  }
}

extension UInt8 {
  /// Space, tab, LF or CR (RFC 8259 section 2).
  var isJSONSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}
