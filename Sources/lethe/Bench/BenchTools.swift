internal import LetheStore
internal import LetheSystem

/// What every measurement needs of the world around it.
struct BenchTools: Sendable {
  let world: World
  let interruption: Interruption
  /// For the line that says what is being measured.
  private let console: Console

  init(_ invocation: Invocation) {
    (world, interruption, console) = (invocation.world, invocation.interruption, invocation.console)
  }

  /// Shows whoever watches at a terminal what is being measured.
  func tell(_ step: String) throws(LetheError) {
    try interruption.check()
    if let columns = console.errorColumns { console.draw(String(step.prefix(columns - 1))) }
  }
}
