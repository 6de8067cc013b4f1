public import LetheSystem

extension FileSystem {
  /// Where the last byte of a file that is not zero ends: zeros are written ahead of a log's end.
  public func contentEnd(ofFile path: String) throws(LetheError) -> Int {
    let bytes = try contents(ofFile: path)
    return (bytes.lastIndex { $0 != 0 } ?? -1) + 1
  }
}
