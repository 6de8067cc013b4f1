internal import LetheSystem

/// `Keys/run`: the number of the last opening that appended, in decimal; a space; the CRC-32C of these digits in hexadecimal;
/// a newline. Groups of other runs count only where a checkpoint covers them. In no copy.
enum RunFile {
  private static let file = FileClass("the number of the last run", atMost: 64)

  /// The number; nil if the file is lost.
  ///
  /// - Throws: `damage` if it is no number; `io`.
  static func read(_ home: Home, _ files: any FileSystem) throws(LetheError) -> UInt64? {
    guard let bytes = try files.contents(ofFileIfThere: home.run, as: file) else { return nil }
    let digits = bytes.prefix { $0 != UInt8(ascii: " ") }
    guard let run = UInt64(String(decoding: digits, as: UTF8.self)), run <= UInt64(Int64.max), content(run) == bytes
    else {
      throw LetheError(
        .damage, "Keys/run is damaged; put the right file back, or remove it if there is none", place: "Keys/run")
    }
    return run
  }

  private static func content(_ run: UInt64) -> [UInt8] {
    let digits = Array(String(run).utf8)
    return digits + Array(" \(String(CRC32C.checksum(digits.span), radix: 16))\n".utf8)
  }

  /// Durable at return.
  static func write(_ run: UInt64, _ home: Home, _ files: any FileSystem) throws(LetheError) {
    try files.replace(home.run, with: content(run))
    files.tryToCoarsenTime(of: home.keys, after: nil)
  }

  /// The number behind another one.
  ///
  /// - Throws: `damage` if there is none.
  static func next(after run: UInt64) throws(LetheError) -> UInt64 {
    guard run < UInt64(Int64.max) else {
      throw LetheError(.damage, "Keys/run is the highest number there is; put the right file back", place: "Keys/run")
    }
    return run + 1
  }
}
