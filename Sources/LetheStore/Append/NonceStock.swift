internal import LetheLog
internal import LetheSystem

/// Nonces, drawn for many at once: one call for random bytes costs more than the sealing.
///
/// Shared, never copied: a nonce serves once. Sendable: whoever plans holds the lock of the store's state.
final class NonceStock: @unchecked Sendable {
  private static let drawnAtOnce = 64

  private let random: any RandomSource
  private var bytes: [UInt8] = []
  private var place = 0

  init(_ random: any RandomSource) { self.random = random }

  /// Gives as many as are wanted.
  ///
  /// - Throws: `io` if the machine has no random bytes to give.
  func take(_ count: Int) throws(LetheError) -> Nonces {
    let byteCount = count * PartHeader.nonceByteCount
    if bytes.count - place < byteCount {
      (bytes, place) = (try random.bytes(max(count, Self.drawnAtOnce) * PartHeader.nonceByteCount), 0)
    }
    defer { place += byteCount }
    return Nonces(bytes: bytes, place: place, count: count)
  }
}

/// Nonces that were taken, among others.
struct Nonces: Sendable {
  fileprivate let bytes: [UInt8]
  /// Where the first begins.
  fileprivate let place: Int
  fileprivate let count: Int

  subscript(number: Int) -> PartHeader.Nonce {
    precondition(number >= 0 && number < count, "a nonce that was taken")
    return PartHeader.Nonce(bytes, at: place + number * PartHeader.nonceByteCount)
  }
}
