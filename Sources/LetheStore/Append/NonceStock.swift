internal import LetheLog
internal import LetheSystem

/// Nonces, drawn for many at once: one call for random bytes costs more than the sealing.
///
/// Shared, never copied: a nonce serves once. Sendable: whoever plans holds the lock of the store's state.
final class NonceStock: @unchecked Sendable {
  private static let drawnAtOnce = 64

  private let random: any RandomSource
  private var drawn = Nonces(bytes: [], place: 0)

  init(_ random: any RandomSource) { self.random = random }

  /// - Throws: `io` if the machine has no random bytes to give.
  func next() throws(LetheError) -> PartHeader.Nonce { try take(1)[0] }

  /// Gives as many as are wanted.
  ///
  /// - Throws: as `next`.
  func take(_ count: Int) throws(LetheError) -> Nonces {
    if drawn.count < count { drawn = try draw(max(count, Self.drawnAtOnce)) }
    defer { drawn.place += count * PartHeader.nonceByteCount }
    return drawn
  }

  private func draw(_ count: Int) throws(LetheError) -> Nonces {
    Nonces(bytes: try random.bytes(count * PartHeader.nonceByteCount), place: 0)
  }
}

/// Nonces in a row, of which whoever took some uses as many as were taken.
struct Nonces: Sendable {
  fileprivate let bytes: [UInt8]
  /// Where the first begins.
  fileprivate var place: Int

  fileprivate var count: Int { (bytes.count - place) / PartHeader.nonceByteCount }

  subscript(number: Int) -> PartHeader.Nonce {
    PartHeader.Nonce(bytes, at: place + number * PartHeader.nonceByteCount)
  }
}
