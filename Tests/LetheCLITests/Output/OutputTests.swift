import LethePolicies
import LetheSystem
import Testing

@testable import lethe

@Suite struct OutputTests {
  @Test(arguments: [
    (0, "0"), (7, "7"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000"), (-999, "-999"),
  ])
  func `thousands are set apart`(number: Int, text: String) { #expect(number.grouped == text) }

  @Test(
    arguments: [
      (0.0, "0.000"), (1.5, "1.500"), (0.0004, "0.000"), (12.0006, "12.001"), (-0.25, "-0.250"), (.infinity, "0.000"),
      (.nan, "0.000"),
    ] as [(Double, String)])
  func `decimals have three digits`(number: Double, text: String) { #expect(number.withThreeDecimals == text) }

  @Test(arguments: LetheError.Code.allCases)
  func `every code of an error has its exit code`(code: LetheError.Code) {
    let refusals: Set<LetheError.Code> = [
      .revisionConflict, .idConflict, .shredded, .restricted, .held, .policy, .unknownStream, .refused,
    ]
    let expected: ExitCode = code == .usage ? .usage : refusals.contains(code) ? .failed : .couldNotRun
    #expect(ExitCode(code) == expected)
  }

  @Test func `exit codes are the shell's numbers`() {
    #expect([ExitCode.success, .failed, .couldNotRun, .usage].map(\.rawValue) == [0, 1, 2, 64])
  }

  @Test(arguments: [20, 40, 80, 200])
  func `a progress line fits the terminal`(columns: Int) {
    for done in [0, 1, 50, 100, 120] {
      let line = ProgressBar.line(done: done, total: 100, events: done * 1000, elapsed: .seconds(2), columns: columns)
      #expect(line.count < columns)
    }
    let line = ProgressBar.line(done: 50, total: 100, events: 1000, elapsed: .seconds(2), columns: 80)
    #expect(line.contains("50 %") && line.contains("1,000 events") && line.contains("500/s") && line.contains("#."))
  }

  @Test func `a progress bar is drawn on a terminal only`() {
    for (columns, isDrawn) in [(nil, false), (80, true)] as [(Int?, Bool)] {
      let errors = MemorySink(columns: columns)
      var bar = ProgressBar(on: Console(input: HeldBytes([]), output: MemorySink(), errors: errors), total: 10)
      bar.advance(to: 5, events: 5)
      bar.clear()
      #expect(errors.text.isEmpty != isDrawn)
    }
  }

  @Test func `a note takes the place of what is drawn`() {
    let errors = MemorySink(columns: 80)
    let console = Console(input: HeldBytes([]), output: MemorySink(), errors: errors)
    console.draw("half")
    console.note("note")
    console.note("more")
    #expect(errors.text == "\r\u{1B}[Khalf\r\u{1B}[Knote\nmore\n")
  }

  @Test func `results come before the notes that follow them`() throws {
    let both = MemorySink()
    let console = Console(input: HeldBytes([]), output: both, errors: both)
    try console.print("result")
    console.note("note")
    #expect(both.text == "result\nnote\n")
  }

  @Test func `a reader that goes is remembered`() throws {
    let console = Console(input: HeldBytes([]), output: MemorySink(capacity: 3), errors: MemorySink())
    try console.print("ab")
    try console.flush()
    #expect(!console.isReaderGone)
    try console.print("cd")
    try console.flush()
    #expect(console.isReaderGone)
  }
}
