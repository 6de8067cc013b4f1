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

  /// - Throws: `io` if the machine has no random bytes to give.
  func next() throws(LetheError) -> PartHeader.Nonce {
    if place == bytes.count { (bytes, place) = (try random.bytes(Self.drawnAtOnce * PartHeader.nonceByteCount), 0) }
    defer { place += PartHeader.nonceByteCount }
    return PartHeader.Nonce(bytes, at: place)
  }
}
