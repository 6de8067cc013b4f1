internal import LetheSystem

/// Takes a command line apart.
///
/// Words that name the command come first; global options may stand anywhere, a command's own behind its words. A value
/// follows its option or stands behind `=`; one that begins with `--` must. After a lone `--` everything is an operand.
/// Nothing of what was typed is repeated in an error: it may be a person's id.
struct ArgumentParser {
  let commands: [Command]

  /// What was asked for.
  enum Request {
    case run(Command, ParsedArguments)
    /// Help for the commands that begin with these words; all of them if there are none.
    case help(words: [String])
    case version(ParsedArguments)
  }

  /// - Throws: `usage`.
  func parse(_ arguments: [String]) throws(LetheError) -> Request {
    var parsed = ParsedArguments()
    var words: [String] = []
    var operands: [String] = []
    var command: Command?
    var onlyOperands = false
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      index += 1
      if !onlyOperands && argument == "--" {
        onlyOperands = true
      } else if !onlyOperands && argument.begins(with: "-") && argument != "-" {
        let (name, attached) = Self.split(argument)
        let option = try find(name, of: command, place: index)
        if option.value == nil {
          guard attached == nil else {
            throw LetheError(.usage, "\(option.name) takes no value; leave out what follows the =")
          }
          parsed.switches.insert(option.name)
        } else {
          let given: String
          if let attached { given = attached } else { given = try value(of: option, arguments, &index) }
          try parsed.take(given, for: option)
        }
      } else if command == nil {
        words.append(argument)
        let candidates = commands.filter { $0.words.starts(with: words) }
        guard !candidates.isEmpty else {
          if parsed.switches.contains(GlobalOptions.help.name) { return .help(words: words.dropLast()) }
          throw unknownCommand(words)
        }
        command = candidates.first { $0.words == words }
      } else {
        operands.append(argument)
      }
    }
    if parsed.switches.contains(GlobalOptions.help.name) { return .help(words: words) }
    if parsed.switches.contains(GlobalOptions.version.name) { return .version(parsed) }
    guard let command else { throw incomplete(words) }
    try parsed.bind(operands, to: command)
    return .run(command, parsed)
  }

  private static func split(_ argument: String) -> (name: String, value: String?) {
    // By bytes: a combining mark behind the equals sign would be one character with it.
    guard let equals = argument.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (argument, nil) }
    return (String(argument[..<equals]), String(argument[argument.utf8.index(after: equals)...]))
  }

  private func value(of option: Option, _ arguments: [String], _ index: inout Int) throws(LetheError) -> String {
    guard index < arguments.count, !arguments[index].begins(with: "--") else {
      throw LetheError(.usage, "\(option.name) needs a value; write \(option.name) \(option.value ?? "")")
    }
    index += 1
    return arguments[index - 1]
  }

  private func find(_ name: String, of command: Command?, place: Int) throws(LetheError) -> Option {
    let known = GlobalOptions.all + (command?.options ?? [])
    if let option = known.first(where: { $0.name == name }) { return option }
    if command == nil, commands.contains(where: { $0.options.contains { $0.name == name } }) {
      throw LetheError(.usage, "argument \(place) is an option of a command; write it behind the command")
    }
    let help = command.map { "lethe \($0.name) --help" } ?? "lethe --help"
    guard let near = Suggestion.nearest(to: name, among: known.map(\.name)) else {
      throw LetheError(.usage, "argument \(place) is an unknown option; see `\(help)`")
    }
    throw LetheError(.usage, "argument \(place) is an unknown option; did you mean \(near)?")
  }

  private func unknownCommand(_ words: [String]) -> LetheError {
    let known = commands.map(\.name)
    let siblings = commands.filter { $0.words.starts(with: words.dropLast()) }
    let near =
      Suggestion.nearest(to: words.joined(separator: " "), among: known)
      ?? Suggestion.nearest(to: words.last ?? "", among: siblings.map { $0.words[words.count - 1] }).map { word in
        (words.dropLast() + [word]).joined(separator: " ")
      }
    guard let near else {
      let group = words.dropLast().map { " " + $0 }.joined()
      return LetheError(.usage, "there is no such command; see `lethe\(group) --help`")
    }
    return LetheError(.usage, "there is no such command; did you mean `lethe \(near)`?")
  }

  private func incomplete(_ words: [String]) -> LetheError {
    guard !words.isEmpty else { return LetheError(.usage, "no command is given; see `lethe --help`") }
    let group = words.joined(separator: " ")
    let verbs = commands.filter { $0.words.starts(with: words) }.map { $0.words[words.count] }
    return LetheError(
      .usage, "`lethe \(group)` needs one more word; write \(verbs.map { "`\($0)`" }.formattedAsChoice) behind it")
  }
}

extension String {
  /// Whether the text begins with these bytes, whatever combines with them to one character.
  func begins(with prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }
}

extension [String] {
  /// `a`, `a or b`, `a, b or c`.
  var formattedAsChoice: String {
    guard count > 1, let last else { return first ?? "" }
    return dropLast().joined(separator: ", ") + " or " + last
  }
}
