/// Arithmetic in GF(2^8) with the polynomial x^8 + x^4 + x^3 + x + 1 (0x11b), on eight bytes of a word at once.
///
/// Bytes of secrets are only ever added, and multiplied by a factor that is public. There are no tables and no branches
/// but on the public factor's length, so that neither time nor cache tells anything of a secret.
enum GF256 {
  private static let highBits: UInt64 = 0x8080_8080_8080_8080
  private static let lowBits: UInt64 = 0x7F7F_7F7F_7F7F_7F7F

  /// Multiplies each byte of a word by the same public factor.
  static func multiply(_ word: UInt64, by factor: UInt8) -> UInt64 {
    var power = word
    var product: UInt64 = 0
    for bit in 0..<8 {
      product ^= power & (0 &- UInt64(factor >> bit & 1))
      power = double(power)
    }
    return product
  }

  /// Multiplies each byte of a word by x.
  private static func double(_ word: UInt64) -> UInt64 {
    let carries = (word & highBits) >> 7
    return (word & lowBits) << 1 ^ carries &* 0x1B
  }

  /// The product of two public factors.
  static func multiply(_ one: UInt8, _ other: UInt8) -> UInt8 {
    UInt8(truncatingIfNeeded: multiply(UInt64(one), by: other))
  }

  /// The inverse of a public factor, x^254; that of 0 is 0.
  static func inverse(_ factor: UInt8) -> UInt8 {
    var power = factor
    var product: UInt8 = 1
    for _ in 1..<8 {
      power = multiply(power, power)
      product = multiply(product, power)
    }
    return product
  }
}
