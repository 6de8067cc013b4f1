internal import LetheSystem

/// One command: how it is called, what its help says, and what it does.
struct Command: Sendable {
  /// What is typed after `lethe`, as in `forget now`.
  let words: [String]
  /// One sentence for the list of commands, beginning with a verb.
  let summary: String
  let operands: [Operand]
  let options: [Option]
  /// What a file may give instead of the command line: a person's id or a stream's name.
  let named: Named?
  /// What one would type, without the prompt.
  let example: String
  let run: @Sendable (Invocation) async throws(LetheError) -> ExitCode

  init(
    _ words: String, _ summary: String, operands: [Operand] = [], options: [Option] = [], naming named: Named? = nil,
    example: String,
    run: @escaping @Sendable (Invocation) async throws(LetheError) -> ExitCode
  ) {
    self.words = words.split(separator: " ").map(String.init)
    self.summary = summary
    self.operands = operands
    self.options = options + (named.map { [NameFile.option(for: $0)] } ?? [])
    self.named = named
    self.example = example
    self.run = run
  }

  var name: String { words.joined(separator: " ") }

  /// Where a command takes a person's id or a stream's name.
  enum Named: Sendable, Equatable {
    case operand(String)
    case option(String)

    var name: String {
      switch self {
      case .operand(let name), .option(let name): name
      }
    }
  }
}

/// A value that is known by its place on the command line.
struct Operand: Sendable {
  enum Presence: Sendable { case required, optional }

  /// As help shows it, in capitals.
  let name: String
  let presence: Presence
  /// One sentence.
  let help: String

  init(_ name: String, _ presence: Presence = .required, _ help: String) {
    self.name = name
    self.presence = presence
    self.help = help
  }
}

/// A value or a switch that is known by its name.
struct Option: Sendable {
  enum Presence: Sendable { case optional, required, repeated }

  /// With the two hyphens.
  let name: String
  /// What help writes for the value; nil for a switch.
  let value: String?
  let presence: Presence
  /// One sentence.
  let help: String

  init(_ name: String, _ value: String?, _ presence: Presence, _ help: String) {
    self.name = name
    self.value = value
    self.presence = presence
    self.help = help
  }
}

/// What the shell learns of a command's end.
enum ExitCode: Int32, Sendable {
  case success = 0
  /// A check failed or a request was refused.
  case failed = 1
  /// Damage, I/O, lock, or input that cannot be parsed.
  case couldNotRun = 2
  /// Nothing failed, but not all that was asked for could be checked.
  case notChecked = 3
  /// The command line was not understood (`EX_USAGE` of sysexits.h).
  case usage = 64
}

extension ExitCode {
  init(_ code: LetheError.Code) {
    switch code {
    case .revisionConflict, .idConflict, .shredded, .restricted, .held, .policy, .unknownStream, .refused:
      self = .failed
    case .locked, .damage, .missingKey, .rolledBack, .io, .input, .format: self = .couldNotRun
    case .usage: self = .usage
    }
  }
}
