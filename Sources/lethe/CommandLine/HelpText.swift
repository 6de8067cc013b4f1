/// Writes help: usage, a sentence for each operand and option, an example.
enum HelpText {
  static let version = "0.1.0"

  private static let introduction = "lethe: an event store that keeps every event for ever and can forget a person."

  /// Help for all commands that begin with the words.
  static func text(for words: [String], among commands: [Command]) -> String {
    if let command = commands.first(where: { $0.words == words }) { return text(for: command) }
    let group = commands.filter { $0.words.starts(with: words) }
    return words.isEmpty || group.isEmpty ? overview(of: commands) : overview(of: group, words)
  }

  private static func overview(of commands: [Command]) -> String {
    """
    \(introduction)

    Usage: lethe [--home DIR] [--json] COMMAND …

    Commands:
    \(table(commands.map { ($0.name, $0.summary) }))

    Options of every command:
    \(table(GlobalOptions.all.map { (syntax($0), $0.help) }))

    Exit codes: 0 done, 1 a check failed or a request was refused, 2 it could not run,
    3 not everything could be checked, 64 the command line was not understood.
    `lethe COMMAND --help` says more about a command.

    """
  }

  private static func overview(of group: [Command], _ words: [String]) -> String {
    let name = "lethe \(words.joined(separator: " "))"
    var sections = ["Commands of \(name):\n" + table(group.map { ($0.name, $0.summary) })]
    if let advice = Commands.advice[words] { sections.append(advice) }
    sections.append("`\(name) … --help` says more about one of them, and how it is called.")
    return sections.joined(separator: "\n\n") + "\n"
  }

  private static func text(for command: Command) -> String {
    var sections = ["lethe \(command.name): \(command.summary)"]
    sections.append("Usage: " + usage(of: command))
    if !command.operands.isEmpty {
      sections.append("Arguments:\n" + table(command.operands.map { ($0.name, $0.help) }))
    }
    if !command.options.isEmpty {
      sections.append("Options:\n" + table(command.options.map { (syntax($0), $0.help) }))
    }
    sections.append("Options of every command:\n" + table(GlobalOptions.all.map { (syntax($0), $0.help) }))
    sections.append("Example:\n  " + command.example)
    return sections.joined(separator: "\n\n") + "\n"
  }

  static func usage(of command: Command) -> String {
    var pieces = ["lethe", "[--home DIR]", "[--json]", command.name]
    for operand in command.operands {
      pieces.append(operand.presence == .required ? operand.name : "[\(operand.name)]")
    }
    for option in command.options {
      switch option.presence {
      case .optional: pieces.append("[\(syntax(option))]")
      case .required: pieces.append(syntax(option))
      case .repeated: pieces.append("[\(syntax(option))]…")
      }
    }
    return pieces.joined(separator: " ")
  }

  private static func syntax(_ option: Option) -> String {
    option.value.map { "\(option.name) \($0)" } ?? option.name
  }

  /// Two columns, the left one as wide as its longest entry up to a limit; longer ones have a line of their own.
  private static func table(_ rows: [(left: String, right: String)]) -> String {
    let width = rows.map(\.left.count).filter { $0 <= 26 }.max() ?? 0
    return rows.map { row in
      guard row.left.count <= width else {
        return "  \(row.left)\n  \(String(repeating: " ", count: width))  \(row.right)"
      }
      return "  \(row.left)\(String(repeating: " ", count: width - row.left.count))  \(row.right)"
    }.joined(separator: "\n")
  }
}
