public import LetheSystem

extension File {
  /// Writes an array's bytes at the offset; a literal in its place is of bytes, not of integers.
  public func write(_ bytes: [UInt8], at offset: Int) throws(LetheError) {
    try write(bytes.span.bytes, at: offset)
  }
}
