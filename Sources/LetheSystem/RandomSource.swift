/// Gives random bytes; injected, so that tests are repeatable. `SystemRandom` in LetheCrypto is the real one.
public protocol RandomSource: Sendable {
  /// Fills the buffer with bytes that nobody can guess, fit for keys and nonces.
  ///
  /// - Throws: `io` if the machine has none to give; the buffer's content is then undefined.
  func fill(_ buffer: inout MutableRawSpan) throws(LetheError)
}

extension RandomSource {
  /// Random bytes that are no secret: ids, nonces.
  public func bytes(_ count: Int) throws(LetheError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var elements = bytes.mutableSpan
    var span = elements.mutableBytes
    try fill(&span)
    return bytes
  }
}
