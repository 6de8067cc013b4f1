import LetheSystem
import Testing

@testable import LetheCrypto

@Suite struct SecretSharingTests {
  /// Shift and add, as the definition says.
  private static func slowProduct(_ one: UInt8, _ other: UInt8) -> UInt8 {
    var (left, right, product) = (UInt16(one), other, UInt16(0))
    while right != 0 {
      if right & 1 != 0 { product ^= left }
      left <<= 1
      if left & 0x100 != 0 { left ^= 0x11B }
      right >>= 1
    }
    return UInt8(product)
  }

  private static func drawn(_ seed: UInt64, _ count: Int = 32) -> [UInt8] {
    var random = SeededRandom(seed: seed)
    return random.bytes(count)
  }

  /// Shares of a polynomial, behind one another.
  private static func shares(_ polynomial: borrowing SecretPolynomial, _ numbers: [UInt8]) throws -> Secret {
    var all: [UInt8] = []
    for number in numbers { all += try polynomial.share(number).revealed }
    return try Secret(all)
  }

  @Test func `products are those of the field of AES, in every byte of a word`() {
    for one in UInt8.min...UInt8.max {
      let word = UInt64(one) | UInt64(one) << 24 | UInt64(one) << 56
      for other in UInt8.min...UInt8.max {
        let product = UInt64(Self.slowProduct(one, other))
        #expect(GF256.multiply(word, by: other) == product | product << 24 | product << 56)
      }
      #expect(GF256.multiply(one, GF256.inverse(one)) == (one == 0 ? 0 : 1))
    }
    // FIPS 197, section 4.2.
    #expect(GF256.multiply(0x57, 0x83) == 0xC1 && GF256.multiply(0x57, 0x13) == 0xFE)
  }

  /// The secret, the random bytes and the shares that `f(x) = s + a x + b x^2` gives by hand.
  @Test func `a known polynomial gives known shares`() throws {
    let secret = try Secret([0x42, 0, 0, 0, 0, 0, 0, 0xFF])
    let random = FixedBytes([0x01, 0, 0, 0, 0, 0, 0, 0x80] + [0x10, 0, 0, 0, 0, 0, 0, 0x03])
    let polynomial = try SecretPolynomial(of: secret, threshold: 3, random: random)
    #expect((try polynomial.share(1).revealed) == [0x53, 0, 0, 0, 0, 0, 0, 0x7C])
    #expect((try polynomial.share(2).revealed) == [0x00, 0, 0, 0, 0, 0, 0, 0xE8])
    #expect((try polynomial.share(3).revealed) == [0x11, 0, 0, 0, 0, 0, 0, 0x6B])
  }

  @Test(arguments: [(1, 1), (1, 4), (2, 2), (2, 3), (3, 5), (5, 5), (4, 7)])
  func `any k shares give the secret and every other share`(threshold: Int, count: Int) throws {
    let numbers = (1...UInt8(count)).map { $0 }
    for seed in 0..<4 as Range<UInt64> {
      let secret = try Secret(Self.drawn(seed))
      let polynomial = try SecretPolynomial(
        of: secret, threshold: threshold, random: FixedBytes(Self.drawn(100 + seed, 32 * (threshold - 1))))
      for chosen in numbers.choices(of: threshold) {
        let shares = try Self.shares(polynomial, chosen.shuffled(seed: seed))
        #expect(
          (try SecretSharing.combine(shares, numbered: chosen.shuffled(seed: seed)).revealed) == secret.revealed)
        for number in numbers {
          let found = try SecretSharing.combine(shares, numbered: chosen.shuffled(seed: seed), to: number)
          #expect(found.revealed == (try polynomial.share(number).revealed))
        }
      }
    }
  }

  /// For each secret byte, all random bytes are gone through: what k - 1 holders see together is the same for all of them.
  @Test func `one share of two, and two of three, tell nothing of the secret`() throws {
    for value in [0x00, 0x01, 0x80, 0xFF] as [UInt8] {
      let secret = try Secret([value] + [UInt8](repeating: 0, count: 7))
      var seen = Set<UInt8>()
      for random in UInt8.min...UInt8.max {
        let polynomial = try SecretPolynomial(
          of: secret, threshold: 2, random: FixedBytes([random] + [UInt8](repeating: 0, count: 7)))
        seen.insert(try polynomial.share(3).revealed[0])
      }
      #expect(seen.count == 256)
    }
    // Eight random pairs in the eight bytes of a word at once.
    for value in [0x00, 0xA7] as [UInt8] {
      let secret = try Secret([UInt8](repeating: value, count: 8))
      var seen = Set<[UInt8]>()
      for first in UInt8.min...UInt8.max {
        for second in stride(from: UInt8(0), through: 248, by: 8) {
          let seconds = (second...second + 7).map { $0 }
          let polynomial = try SecretPolynomial(
            of: secret, threshold: 3, random: FixedBytes([UInt8](repeating: first, count: 8) + seconds))
          let (one, two) = ((try polynomial.share(1).revealed), (try polynomial.share(5).revealed))
          for place in 0..<8 { seen.insert([one[place], two[place]]) }
        }
      }
      #expect(seen.count == 65536)
    }
  }

  @Test func `fewer shares than the threshold do not give the secret`() throws {
    let secret = try Secret(Self.drawn(1))
    let polynomial = try SecretPolynomial(of: secret, threshold: 3, random: FixedBytes(Self.drawn(2, 64)))
    for chosen in [[1, 2], [2, 3], [1]] as [[UInt8]] {
      let found = try SecretSharing.combine(Self.shares(polynomial, chosen), numbered: chosen)
      #expect(found.revealed != secret.revealed)
    }
  }

  @Test func `shares with wrong numbers are refused`() throws {
    let secret = try Secret(Self.drawn(1))
    let polynomial = try SecretPolynomial(of: secret, threshold: 2, random: FixedBytes(Self.drawn(2)))
    let shares = try Self.shares(polynomial, [1, 2])
    for numbers in [[], [0, 1], [1, 1], [1], [1, 2, 3]] as [[UInt8]] {
      // One share of 64 bytes is no mistake that numbers could tell.
      guard numbers != [1] else { continue }
      #expect(throws: LetheError(.input, "")) { _ = try SecretSharing.combine(shares, numbered: numbers) }
    }
    #expect(throws: LetheError(.input, "")) { _ = try polynomial.share(0) }
  }
}

/// Gives known bytes, once.
private struct FixedBytes: RandomSource {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func fill(_ buffer: inout MutableRawSpan) throws(LetheError) { buffer.copy(bytes.span.bytes) }
}

extension [UInt8] {
  /// All choices of some of the elements, in order.
  fileprivate func choices(of count: Int) -> [[UInt8]] {
    guard count > 0 else { return [[]] }
    guard let first else { return [] }
    let rest = Array(dropFirst())
    return rest.choices(of: count - 1).map { [first] + $0 } + rest.choices(of: count)
  }

  fileprivate func shuffled(seed: UInt64) -> [UInt8] {
    var generator = SeededRandom(seed: seed)
    return shuffled(using: &generator)
  }
}
