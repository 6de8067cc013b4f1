/// A number of JSON as it was written.
public struct JSONNumber: Sendable {
  /// The digits, verbatim: `1.0` and `1` are two texts of one value.
  public let text: String

  /// Nil if the text is no number of RFC 8259 section 6.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard Self.end(in: bytes.span, from: 0) == bytes.count else { return nil }
    self.text = text
  }

  init(checked text: String) { self.text = text }

  public init(_ value: Int) { text = String(value) }

  /// Whether both have exactly the same value, whatever their size: `1.0` and `1`, `1e400` and `10e399`, `-0` and `0`.
  ///
  /// Costs time and memory in the length of the texts, never in the size of the exponents.
  public func isEquivalent(to other: JSONNumber) -> Bool {
    text.utf8.elementsEqual(other.text.utf8) || Decimal(text.utf8) == Decimal(other.text.utf8)
  }

  /// The index past the number that begins here; nil if none does.
  static func end(in text: Span<UInt8>, from start: Int) -> Int? {
    func digits(_ from: Int) -> Int {
      var at = from
      while at < text.count, text[at] &- 48 < 10 { at += 1 }
      return at
    }
    var at = start
    if at < text.count, text[at] == UInt8(ascii: "-") { at += 1 }
    let whole = digits(at)
    guard whole > at, whole == at + 1 || text[at] != UInt8(ascii: "0") else { return nil }
    at = whole
    if at < text.count, text[at] == UInt8(ascii: ".") {
      let fraction = digits(at + 1)
      guard fraction > at + 1 else { return nil }
      at = fraction
    }
    if at < text.count, text[at] | 0x20 == UInt8(ascii: "e") {
      at += 1
      if at < text.count, text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-") { at += 1 }
      let exponent = digits(at)
      guard exponent > at else { return nil }
      at = exponent
    }
    return at
  }
}

/// A value as 0.d₁d₂… × 10^exponent with d₁ and the last digit not 0; zero has no digits, no sign and exponent 0.
private struct Decimal: Equatable {
  private var isNegative = false
  private var digits: [UInt8] = []
  private var exponent = WideInteger(0)

  init(_ text: some Sequence<UInt8>) {
    var leadingZeros = 0
    var fractionDigits = 0
    var exponentDigits: [UInt8] = []
    var exponentIsNegative = false
    var place = Place.whole
    for byte in text {
      switch (byte, place) {
      case (UInt8(ascii: "-"), .whole): isNegative = true
      case (UInt8(ascii: "-"), .exponent): exponentIsNegative = true
      case (UInt8(ascii: "."), _): place = .fraction
      case (UInt8(ascii: "e"), _), (UInt8(ascii: "E"), _): place = .exponent
      case (UInt8(ascii: "0")...UInt8(ascii: "9"), .exponent): exponentDigits.append(byte)
      case (UInt8(ascii: "0")...UInt8(ascii: "9"), _):
        if place == .fraction { fractionDigits += 1 }
        if digits.isEmpty && byte == UInt8(ascii: "0") { leadingZeros += 1 } else { digits.append(byte) }
      default: continue
      }
    }
    let written = digits.count
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    if digits.isEmpty {
      isNegative = false
    } else {
      exponent = WideInteger(exponentDigits, isNegative: exponentIsNegative).adding(written - fractionDigits)
    }
  }

  private enum Place { case whole, fraction, exponent }
}

/// An integer of any size: 18 digits in a machine word, more as digits.
private struct WideInteger: Equatable {
  private var small: Int
  /// Decimal digits without leading zeros, if there are more than 18; else empty.
  private var magnitude: [UInt8] = []

  private static let smallDigits = 18

  init(_ value: Int) { small = value }

  init(_ digits: [UInt8], isNegative: Bool) {
    let significant = Array(digits.drop { $0 == UInt8(ascii: "0") })
    if significant.count > Self.smallDigits {
      magnitude = significant
      small = isNegative ? -1 : 1
    } else {
      let value = significant.reduce(0) { $0 * 10 + Int($1 - 48) }
      small = isNegative ? -value : value
    }
  }

  /// The sum with a number below 10^17 in size, as any length of a text is.
  func adding(_ other: Int) -> WideInteger {
    if magnitude.isEmpty {
      let sum = small + other
      guard sum.magnitude >= 1_000_000_000_000_000_000 else { return WideInteger(sum) }
      return WideInteger(Array(String(sum.magnitude).utf8), isNegative: sum < 0)
    }
    var carry = small < 0 ? -other : other
    var sum = magnitude
    var at = sum.count
    while carry != 0 && at > 0 {
      at -= 1
      let total = Int(sum[at] - 48) + carry
      let digit = ((total % 10) + 10) % 10
      sum[at] = UInt8(48 + digit)
      carry = (total - digit) / 10
    }
    while carry > 0 {
      sum.insert(UInt8(48 + carry % 10), at: 0)
      carry /= 10
    }
    return WideInteger(sum, isNegative: small < 0)
  }
}
