internal import LetheSystem

/// Commands and what they must answer, written down in a text file for people to read.
///
/// A line of a scenario:
///
/// | begins with | says |
/// |---|---|
/// | `# ` | in a sentence, what the step is for; before every step |
/// | `$ lethe ` | the command, quotes as in a shell; the home is named by the test |
/// | `$ cp `, `$ rm ` | copies the files of a folder to another, or removes them: a disk is lost or brought back |
/// | `< ` | a line of standard input |
/// | `> ` | a line of standard output |
/// | `! ` | a line of standard error |
/// | `= ` | the exit code, unless it is 0 |
///
/// In output, `…` stands for anything and `‹name›` for anything that is the same wherever the name stands, in commands
/// too.
struct Scenario {
  enum Program: String, CaseIterable { case lethe, cp, rm }

  struct Step {
    let sentence: String
    /// In the file, from 1.
    let line: Int
    let program: Program
    /// Without the program's name.
    let command: String
    var input: [String] = []
    var output: [String] = []
    var errors: [String] = []
    var code: Int32 = 0
  }

  private(set) var steps: [Step] = []

  /// - Throws: `input` naming the line that is none of a scenario.
  init(_ text: String) throws(LetheError) {
    var sentence: String?
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let content = String(line.dropFirst(2))
      switch line.prefix(2) {
      case "": continue
      case "# ": sentence = sentence.map { "\($0) \(content)" } ?? content
      case "$ ":
        guard let told = sentence, let space = content.firstIndex(of: " "),
          let program = Program(rawValue: String(content[..<space]))
        else { throw Self.fault(number) }
        let command = String(content[content.index(after: space)...])
        steps.append(Step(sentence: told, line: number + 1, program: program, command: command))
        sentence = nil
      case let mark:
        guard !steps.isEmpty, sentence == nil else { throw Self.fault(number) }
        switch mark {
        case "< ", "<": steps[steps.count - 1].input.append(content)
        case "> ": steps[steps.count - 1].output.append(content)
        case "! ": steps[steps.count - 1].errors.append(content)
        case "= ": steps[steps.count - 1].code = Int32(content) ?? -1
        case _: throw Self.fault(number)
        }
      }
    }
  }

  private static func fault(_ number: Int) -> LetheError {
    LetheError(.input, "a line is none of a scenario", place: "line \(number + 1)")
  }

  /// The words of a command line; single and double quotes keep words together.
  static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word?.append(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character == " " {
        if let whole = word { words.append(whole) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }
}

/// Names that a scenario gave to pieces of output.
struct Bindings {
  private var values: [String: String] = [:]

  /// The text with names replaced by what they stand for.
  func replacing(_ text: String) -> String {
    values.reduce(text) { text, binding in
      text.split(separator: "‹\(binding.key)›", omittingEmptySubsequences: false).joined(separator: binding.value)
    }
  }

  /// Whether a line is as the pattern says; gives new names their values.
  mutating func match(_ line: String, _ pattern: String) -> Bool {
    let pattern = replacing(pattern)
    guard let start = pattern.firstIndex(where: { $0 == "…" || $0 == "‹" }) else { return line == pattern }
    guard line.hasPrefix(pattern[..<start]) else { return false }
    let rest = line.dropFirst(pattern.distance(from: pattern.startIndex, to: start))
    let isName = pattern[start] == "‹"
    guard let end = isName ? pattern[start...].firstIndex(of: "›") : start else { return false }
    let name = isName ? String(pattern[pattern.index(after: start)..<end]) : nil
    let tail = String(pattern[pattern.index(after: end)...])
    for length in 0...rest.count {
      var tried = self
      if let name { tried.values[name] = String(rest.prefix(length)) }
      if tried.match(String(rest.dropFirst(length)), tail) {
        self = tried
        return true
      }
    }
    return false
  }
}
