/// Bytes as text, the two ways that Lethe's formats use; for bytes that are no secret.
extension Sequence<UInt8> {
  /// Two lower-case hexadecimal digits a byte.
  public var hex: String {
    var digits: [UInt8] = []
    digits.reserveCapacity(2 * underestimatedCount)
    for byte in self {
      digits.append(hexDigit(byte >> 4))
      digits.append(hexDigit(byte & 15))
    }
    return String(decoding: digits, as: UTF8.self)
  }
}

extension [UInt8] {
  /// Reads hexadecimal digits of either case; nil if there is anything else.
  public init?(hex text: some StringProtocol) {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    self = []
    reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = hexValue(digits[index]), let low = hexValue(digits[index + 1]) else { return nil }
      append(high << 4 | low)
    }
  }

  /// RFC 4648 base64 with padding.
  public var base64: String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((count + 2) / 3 * 4)
    for start in stride(from: 0, to: count, by: 3) {
      let second = start + 1 < count ? self[start + 1] : 0
      let third = start + 2 < count ? self[start + 2] : 0
      text.append(alphabet[Int(self[start] >> 2)])
      text.append(alphabet[Int(self[start] << 4 & 0x30 | second >> 4)])
      text.append(start + 1 < count ? alphabet[Int(second << 2 & 0x3c | third >> 6)] : UInt8(ascii: "="))
      text.append(start + 2 < count ? alphabet[Int(third & 0x3f)] : UInt8(ascii: "="))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads RFC 4648 base64 with padding; nil for anything else, unused bits that are not zero included.
  public init?(base64 text: some StringProtocol) {
    let digits = [UInt8](text.utf8)
    guard digits.count.isMultiple(of: 4) else { return nil }
    let padding = digits.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
    var bits: UInt32 = 0
    var held = 0
    self = []
    reserveCapacity(digits.count / 4 * 3)
    for digit in digits.dropLast(padding) {
      guard let value = base64Value(digit) else { return nil }
      bits = bits << 6 | UInt32(value)
      held += 6
      if held >= 8 {
        held -= 8
        append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
        bits &= (1 << UInt32(held)) - 1
      }
    }
    guard bits == 0 else { return nil }
  }
}

private func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

private func hexValue(_ digit: UInt8) -> UInt8? {
  switch digit {
  case 48...57: digit - 48
  case 65...70: digit - 55
  case 97...102: digit - 87
  default: nil
  }
}

private func base64Value(_ digit: UInt8) -> UInt8? {
  switch digit {
  case 65...90: digit - 65
  case 97...122: digit - 71
  case 48...57: digit + 4
  case UInt8(ascii: "+"): 62
  case UInt8(ascii: "/"): 63
  default: nil
  }
}
