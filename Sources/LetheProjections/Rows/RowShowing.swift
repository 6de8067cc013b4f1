internal import LetheSQLite
internal import LetheSystem
internal import LetheVault

/// Gives the rows of a file that others may write to, and none of anybody whom the log has forgotten by then.
struct RowShowing {
  let look: ReadModelLook
  let log: any ProjectionSource

  /// Rows that are held until it is known that they belong together.
  private static let heldCount = 1_000

  private struct Progress {
    var held: [ReadModelRow] = []
    var withheldCount = 0
    var hasGiven = false
  }

  /// Gives the rows of one subject, or all, and returns how many were withheld; nil if somebody changed the file before
  /// anything was given.
  ///
  /// - Throws: `io` if somebody changed it later on; `damage`; what `body` throws.
  func give(
    of subject: SubjectIndex?, _ body: (ReadModelRow) throws(LetheError) -> Void
  ) throws(LetheError) -> Int? {
    var progress = Progress()
    do throws(LetheError) {
      try look.table.forEach(of: subject) { (row) throws(LetheError) in
        progress.held.append(row)
        if progress.held.count >= Self.heldCount { try giveHeld(&progress, body) }
      }
      try giveHeld(&progress, body)
    } catch {
      guard progress.hasGiven || look.look.isUnchanged else { return nil }
      throw error
    }
    return progress.withheldCount
  }

  private func giveHeld(
    _ progress: inout Progress, _ body: (ReadModelRow) throws(LetheError) -> Void
  ) throws(LetheError) {
    guard look.look.isUnchanged else { throw .changing(look.path) }
    let mayHoldForgotten = try log.changes(from: look.progress.swept).contains { $0.kind == .withdrawn }
    for row in progress.held {
      guard !(row.kid.map(log.isWithdrawn) ?? mayHoldForgotten) else {
        progress.withheldCount += 1
        continue
      }
      progress.hasGiven = true
      try body(row)
    }
    progress.held = []
  }
}
