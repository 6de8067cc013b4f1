internal import LethePolicies
internal import LetheSystem

/// Tells the story line by line and remembers what was not as told.
struct DemoTeller {
  private let console: Console
  private(set) var stepCount = 0
  private(set) var failed: [String] = []

  init(_ console: Console) { self.console = console }

  var isAsTold: Bool { failed.isEmpty }

  func say(_ line: String) throws(LetheError) { try console.print(line) }

  /// One step: what was done, and whether everything that the sentences say is so.
  mutating func step(_ name: String, _ isSo: Bool, _ sentences: String...) throws(LetheError) {
    stepCount += 1
    if !isSo { failed.append(name) }
    let number = stepCount < 10 ? " \(stepCount)" : "\(stepCount)"
    let label = name + String(repeating: " ", count: max(0, 9 - name.count))
    let mark = isSo ? "ok" : "NOT AS TOLD"
    try console.print("\(number)  \(label) \(mark)  \(sentences.first ?? "")")
    let indent = String(repeating: " ", count: 16)
    for sentence in sentences.dropFirst() { try console.print(indent + sentence) }
  }
}
