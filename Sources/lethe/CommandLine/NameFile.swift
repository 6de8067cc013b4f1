internal import LetheSystem

/// `--id-file`: a file that holds a person's id or a stream's name, so that it stands in no process list and no history of
/// a shell.
enum NameFile {
  static let name = "--id-file"

  static func option(for named: Command.Named) -> Option {
    Option(
      name, "FILE",
      "Takes \(named.name) from this file, or standard input for -, so that no process list shows it.")
  }

  /// As much as any name has, one newline, and a byte to tell that there is more.
  private static let byteLimit = 1025

  /// The arguments with what the file holds in its place: all of it, but for one newline at its end.
  ///
  /// - Throws: `usage` if standard input is to give something else too; `input` if the file holds no name; `io`.
  static func resolve(
    _ arguments: ParsedArguments, of command: Command, _ console: Console
  ) throws(LetheError) -> ParsedArguments {
    guard let named = command.named, let path = arguments.value(of: name) else { return arguments }
    if path == "-", command.operands.contains(where: { $0.name == "FILE" }),
      arguments.operand("FILE") ?? "-" == "-"
    {
      throw LetheError(.usage, "standard input cannot give both \(named.name) and FILE; name a file for one of them")
    }
    let source: any ByteSource = path == "-" ? console.input : try ByteStream(reading: path)
    return arguments.giving(try text(source), for: named)
  }

  private static func text(_ source: any ByteSource) throws(LetheError) -> String {
    let tooLong = LetheError(
      .input, "the file given by \(name) is longer than 1,024 bytes and a newline; write the name alone into it")
    var bytes = try source.contents(upTo: byteLimit, else: tooLong)
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    guard bytes.count < byteLimit else { throw tooLong }
    guard !bytes.isEmpty else { throw LetheError(.input, "the file given by \(name) is empty; write the name into it") }
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw LetheError(.input, "the file given by \(name) is not UTF-8 text; write the name in UTF-8")
    }
    return text
  }
}
