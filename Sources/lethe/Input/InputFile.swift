internal import LetheStore
internal import LetheSystem

/// The operand FILE.
enum InputFile {
  /// The file's bytes as they come; standard input where no file is named or for `-`.
  static func open(_ invocation: Invocation) throws(LetheError) -> any ByteSource {
    let path = invocation.arguments.operand("FILE") ?? "-"
    return path == "-" ? invocation.console.input : try ByteStream(reading: path)
  }

  /// All of the file, whose events are to be one append.
  ///
  /// - Throws: `input` if it is longer than one may be.
  static func events(_ invocation: Invocation) throws(LetheError) -> [UInt8] {
    // Spaces and commas between the events are no part of them.
    try contents(
      invocation, upTo: AppendRequest.byteLimit + (1 << 20),
      else: LetheError(.input, "an append takes at most 64 MiB of events; split it, or use `lethe import`"))
  }

  /// All of the file. Never holds much more than it may have.
  ///
  /// - Throws: the error given if it is longer.
  static func contents(
    _ invocation: Invocation, upTo limit: Int, else error: @autoclosure () -> LetheError
  ) throws(LetheError) -> [UInt8] {
    try open(invocation).contents(upTo: limit, else: error())
  }
}
