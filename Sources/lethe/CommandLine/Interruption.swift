internal import LetheSystem

/// How a user asks a long command to end early and orderly: SIGINT, SIGTERM, SIGHUP, or a test.
struct Interruption: Sendable {
  /// Called once by a command that ends orderly; others just die.
  let prepare: @Sendable () -> Void
  let isRequested: @Sendable () -> Bool
  /// Called once by a command that waits without an end, and of which nothing is left to be put in order.
  let letDie: @Sendable () -> Void

  init(
    prepare: @escaping @Sendable () -> Void = {}, letDie: @escaping @Sendable () -> Void = {},
    isRequested: @escaping @Sendable () -> Bool = { false }
  ) {
    self.letDie = letDie
    self.prepare = prepare
    self.isRequested = isRequested
  }

  /// For measurements, which are worth nothing by halves.
  ///
  /// - Throws: `refused` once the user has asked for the end.
  func check() throws(LetheError) {
    guard !isRequested() else {
      throw LetheError(.refused, "the measurement was interrupted, and nothing of it is left; run it again")
    }
  }
}
