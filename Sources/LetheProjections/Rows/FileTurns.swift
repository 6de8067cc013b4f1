internal import LetheSystem

/// Whose turn it is with each file, in this process: SQLite's own locks are the process's, and whoever only looks at a file
/// takes none.
enum FileTurns {
  private final class Turn: Sendable {
    let lock = Monitor<Void>(())
  }

  private static let turns = Monitor<[String: Turn]>([:])

  /// Does something with a file while nobody else in this process does. Never ask for the same file from within.
  static func inTurn<Outcome: Sendable, Failure: Error>(
    _ path: String, _ body: () throws(Failure) -> Outcome
  ) throws(Failure) -> Outcome {
    let turn = turns.withLock { turns in
      let turn = turns[path] ?? Turn()
      turns[path] = turn
      return turn
    }
    return try turn.lock.withLock { (_) throws(Failure) in try body() }
  }
}
