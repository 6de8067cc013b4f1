internal import LetheSystem

/// One thing that can be wrong with what the tool is given, and what it must answer.
///
/// The tables are text files for people to read. A line of one:
///
/// | begins with | says |
/// |---|---|
/// | `# ` | in a sentence, what is wrong; it begins a case |
/// | `$ lethe ` | the command, of this case and of those below it until another is named |
/// | `% ` | what the machine is like (`Circumstance`); the real tool runs in a process of its own |
/// | `@ ` | the path of a file in the home and what it holds instead; a path that ends with `/` is a folder |
/// | `- ` | the path of a file that the home lacks |
/// | `< ` | a line of standard input |
/// | `= ` | the exit code and the error's code, `-` if there is no error object |
/// | `+ ` | how many events of the input are durable all the same |
/// | `! ` | the one line on standard error, without `lethe: ` at its beginning |
///
/// Inputs and contents are written as `Notation` tells.
struct BadCase: Sendable, CustomStringConvertible {
  enum FileChange: Sendable {
    case holds(String, [UInt8])
    case folder(String)
    case missing(String)

    var path: String {
      switch self {
      case .holds(let path, _), .folder(let path), .missing(let path): path
      }
    }
  }

  let sentence: String
  /// The table and the line where it begins, from 1.
  let place: String
  var command: String
  var circumstance: String?
  var changes: [FileChange] = []
  var input: [UInt8]?
  var exit: Int32 = 0
  /// Nil if there is no error object.
  var code: String?
  var acknowledged = 0
  var answers: [String] = []

  var description: String { "\(place) \(sentence)" }
}

extension BadCase {
  static let folder = #filePath.parentPath + "/Tables"

  /// The cases of all tables.
  static func all() throws(LetheError) -> [BadCase] { try tables.get() }

  /// Read once, for what they give is long.
  private static let tables = Result { () throws(LetheError) in
    var cases: [BadCase] = []
    for name in try LocalFileSystem().contents(of: folder) {
      let text = String(decoding: try LocalFileSystem().contents(ofFile: "\(folder)/\(name)"), as: UTF8.self)
      cases += try read(text, name)
    }
    return cases
  }

  /// - Throws: `input` naming the line that is none of a table.
  static func read(_ text: String, _ table: String) throws(LetheError) -> [BadCase] {
    var cases: [BadCase] = []
    var command = ""
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let content = String(line.dropFirst(2))
      let fault = LetheError(.input, "a line is none of a table; see BadCase", place: "\(table):\(number + 1)")
      if line.isEmpty { continue }
      if line.hasPrefix("# ") {
        cases.append(BadCase(sentence: content, place: "\(table):\(number + 1)", command: command))
        continue
      }
      guard var current = cases.popLast() else { throw fault }
      switch line.prefix(2) {
      case "$ " where content.hasPrefix("lethe"):
        command = String(content.dropFirst(5))
        current.command = command
      case "% ": current.circumstance = content
      case "@ " where content.hasSuffix("/"): current.changes.append(.folder(String(content.dropLast())))
      case "@ ":
        let words = content.split(separator: " ", maxSplits: 1)
        current.changes.append(.holds(String(words[0]), words.count == 2 ? try Notation.bytes(words[1]) : []))
      case "- ": current.changes.append(.missing(content))
      case "< ", "<":
        current.input = try (current.input.map { $0 + [UInt8(ascii: "\n")] } ?? []) + Notation.bytes(content[...])
      case "= ":
        let words = content.split(separator: " ").map(String.init)
        guard words.count == 2, let exit = Int32(words[0]) else { throw fault }
        current.exit = exit
        current.code = words[1] == "-" ? nil : words[1]
      case "+ ": current.acknowledged = Int(content) ?? -1
      case "! ": current.answers.append(content)
      case _: throw fault
      }
      cases.append(current)
    }
    return cases
  }
}
