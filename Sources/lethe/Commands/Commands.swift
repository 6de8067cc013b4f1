/// All commands, in the order in which help lists them.
enum Commands {
  static let all: [Command] = [
    InitCommand.command,
    AppendCommand.command,
    ReadCommand.command,
    ImportCommand.command,
    SubjectShowCommand.command,
    KeyStatusCommand.command,
    BenchAppendCommand.command,
  ]
}
