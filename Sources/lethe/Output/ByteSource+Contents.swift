internal import LetheSystem

extension ByteSource {
  /// All bytes up to the end. Holds hardly more than the limit.
  ///
  /// - Throws: the error given if there are more bytes than the limit; `io`.
  func contents(upTo limit: Int, else error: @autoclosure () -> LetheError) throws(LetheError) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let chunk = try read(upTo: 1 << 20, unless: { false })
      guard !chunk.isEmpty else { return bytes }
      bytes += chunk
      guard bytes.count <= limit else { throw error() }
    }
  }
}
