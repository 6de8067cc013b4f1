internal import LetheSystem

/// The operand FILE.
enum InputFile {
  /// The file's bytes as they come; standard input where no file is named or for `-`.
  static func open(_ invocation: Invocation) throws(LetheError) -> any ByteSource {
    let path = invocation.arguments.operand("FILE") ?? "-"
    return path == "-" ? invocation.console.input : try ByteStream(reading: path)
  }

  /// All of the file.
  ///
  /// - Parameter limit: bytes beyond which it is refused.
  static func contents(_ invocation: Invocation, limit: Int) throws(LetheError) -> [UInt8] {
    let source = try open(invocation)
    var bytes: [UInt8] = []
    while true {
      let chunk = try source.read(upTo: 1 << 20, unless: { false })
      guard !chunk.isEmpty else { return bytes }
      bytes += chunk
      guard bytes.count <= limit else {
        throw LetheError(.input, "the input is longer than \((limit >> 20)) MiB; split it, or use `lethe import`")
      }
    }
  }
}
