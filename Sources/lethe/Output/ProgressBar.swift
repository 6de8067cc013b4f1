internal import LetheSystem

/// A line on the terminal that tells how far something has come; nothing where no terminal is.
struct ProgressBar {
  private let console: Console
  private let columns: Int?
  private let total: Int?
  private let start = ContinuousClock.now
  private var drawn: ContinuousClock.Instant?

  /// - Parameter total: what the end will be, in the unit of `advance`; nil if it is not known.
  init(on console: Console, total: Int?) {
    self.console = console
    self.total = total
    columns = console.errorColumns
  }

  /// Draws anew, at most ten times a second.
  mutating func advance(to done: Int, events: Int) {
    guard let columns else { return }
    let now = ContinuousClock.now
    if let drawn, now - drawn < .milliseconds(100) { return }
    drawn = now
    console.draw(Self.line(done: done, total: total, events: events, elapsed: now - start, columns: columns))
  }

  /// Takes the line away.
  func clear() {
    if drawn != nil { console.draw("") }
  }

  static func line(done: Int, total: Int?, events: Int, elapsed: Duration, columns: Int) -> String {
    let seconds = elapsed.inSeconds
    let rate = seconds > 0 ? Int(Double(events) / seconds) : 0
    let figures = "\(events.counted("event")), \(rate.grouped)/s"
    guard let total, total > 0 else { return String(figures.prefix(columns - 1)) }
    let share = min(1, Double(done) / Double(total))
    let percent = "\(Int(share * 100)) %"
    let width = columns - 1 - figures.count - percent.count - 6
    guard width >= 5 else { return String("\(percent)  \(figures)".prefix(columns - 1)) }
    let filled = Int(share * Double(width))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    return "[\(bar)]  \(percent)  \(figures)"
  }
}
