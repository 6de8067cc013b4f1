/// How a user asks a long command to end early and orderly: SIGINT, or a test.
struct Interruption: Sendable {
  /// Called once by a command that ends orderly; others just die.
  let prepare: @Sendable () -> Void
  let isRequested: @Sendable () -> Bool

  init(prepare: @escaping @Sendable () -> Void = {}, isRequested: @escaping @Sendable () -> Bool = { false }) {
    self.prepare = prepare
    self.isRequested = isRequested
  }
}
