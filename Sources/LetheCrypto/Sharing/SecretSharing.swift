internal import COpenSSL
public import LetheSystem

/// A secret shared among several holders (Shamir, "How to Share a Secret", 1979): any k shares give the secret, and k - 1
/// of them tell nothing at all about it.
///
/// Each byte of the secret is the value at 0 of a polynomial over GF(2^8) whose k - 1 other coefficients are random; the
/// share with number x is its value at x. Numbers of shares are public, all else lies in locked memory.
public struct SecretPolynomial: ~Copyable, Sendable {
  public let threshold: Int
  private let shareByteCount: Int
  /// The secret, then the random coefficients of x, x^2, …
  private let coefficients: Secret

  /// Draws a polynomial for a secret of whole words of 8 bytes.
  ///
  /// - Parameter threshold: k, from 1 to 255; with 1 each share is the secret itself.
  /// - Throws: `io` if there is no randomness or memory.
  public init(of secret: borrowing Secret, threshold: Int, random: some RandomSource) throws(LetheError) {
    precondition((1...255).contains(threshold), "1 to 255 shares make a secret")
    precondition(secret.count > 0 && secret.count.isMultiple(of: 8), "a secret has whole words")
    var all = try Secret(count: secret.count * threshold)
    try secret.withBytes { (secret) throws(LetheError) in
      try all.withMutableBytes { (all) throws(LetheError) in
        all.copy(secret)
        guard threshold > 1 else { return }
        try all.withPart(secret.byteCount..<secret.byteCount * threshold) { (rest) throws(LetheError) in
          try random.fill(&rest)
        }
      }
    }
    coefficients = all
    shareByteCount = secret.count
    self.threshold = threshold
  }

  /// The share with a number.
  ///
  /// - Throws: `input` for 0, which would be the secret; `io` if there is no memory.
  public func share(_ number: UInt8) throws(LetheError) -> Secret {
    guard number > 0 else { throw .wrongShares }
    var share = try Secret(count: shareByteCount)
    coefficients.withBytes { coefficients in
      share.withMutableBytes { share in
        var power: UInt8 = 1
        for place in 0..<threshold {
          share.add(coefficients.extracting(place * shareByteCount..<(place + 1) * shareByteCount), times: power)
          power = GF256.multiply(power, number)
        }
      }
    }
    lethe_clear_traces()
    return share
  }
}

/// What shares of a secret have in common.
public enum SecretSharing {
  /// The secret, or the share with another number, from as many shares as its threshold says. From fewer it gives bytes
  /// that are not the secret.
  ///
  /// - Parameters:
  ///   - shares: one behind another, each of the same length.
  ///   - numbers: theirs, in the same order.
  ///   - target: 0 for the secret, else the number of the share that is wanted.
  /// - Throws: `input` if numbers are 0, repeated, or not as many as the shares; `io` if there is no memory.
  public static func combine(
    _ shares: borrowing Secret, numbered numbers: [UInt8], to target: UInt8 = 0
  ) throws(LetheError) -> Secret {
    guard !numbers.isEmpty, !numbers.contains(0), Set(numbers).count == numbers.count, shares.count > 0,
      shares.count.isMultiple(of: numbers.count * 8)
    else { throw .wrongShares }
    let size = shares.count / numbers.count
    var outcome = try Secret(count: size)
    shares.withBytes { shares in
      outcome.withMutableBytes { outcome in
        for (place, number) in numbers.enumerated() {
          outcome.add(
            shares.extracting(place * size..<(place + 1) * size), times: weight(of: number, among: numbers, at: target))
        }
      }
    }
    lethe_clear_traces()
    return outcome
  }

  /// How much a share counts for the value at the target: Lagrange's basis polynomial, from public numbers alone.
  private static func weight(of number: UInt8, among numbers: [UInt8], at target: UInt8) -> UInt8 {
    var above: UInt8 = 1
    var below: UInt8 = 1
    for other in numbers where other != number {
      above = GF256.multiply(above, target ^ other)
      below = GF256.multiply(below, number ^ other)
    }
    return GF256.multiply(above, GF256.inverse(below))
  }
}

extension MutableRawSpan {
  /// Adds bytes, each times a public factor, to as many bytes in whole words.
  fileprivate mutating func add(_ bytes: RawSpan, times factor: UInt8) {
    precondition(bytes.byteCount == byteCount && byteCount.isMultiple(of: 8), "as many whole words are added")
    withUnsafeMutableBytes { sum in
      bytes.withUnsafeBytes { bytes in
        for offset in stride(from: 0, to: sum.count, by: 8) {
          let product = GF256.multiply(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self), by: factor)
          let word = sum.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          sum.storeBytes(of: word ^ product, toByteOffset: offset, as: UInt64.self)
        }
      }
    }
  }
}

extension LetheError {
  fileprivate static var wrongShares: LetheError {
    LetheError(.input, "the shares of a secret have numbers from 1 that all differ; bring back the right ones")
  }
}
