internal import LetheLog
internal import LetheSystem

/// How far somebody who follows has come; each passage goes on where the last one ended.
struct FollowProgress: Sendable {
  private let selection: Selection
  private let options: ReadOptions
  private var state: State

  private struct State: Sendable {
    /// The position, or of a stream the revision, that comes next; nil for the first that there is.
    var next: UInt64?
    /// Items that are still wanted; nil for all.
    var left: Int?
    /// Records that the last passage can have seen.
    var count: UInt64 = 0
    var isOver: Bool
  }

  /// - Throws: `usage` for options that do not go with following.
  init(_ selection: Selection, _ options: ReadOptions) throws(LetheError) {
    guard options.direction == .forwards else {
      throw LetheError(.usage, "--follow waits for what comes last, and --backwards begins with it; leave out one")
    }
    self.selection = selection
    self.options = options
    state = State(next: options.start, left: options.limit, isOver: options.limit == 0)
  }

  var count: UInt64 { state.count }
  /// Whether nothing more is wanted.
  var isOver: Bool { state.isOver }

  /// Gives what has come since the last passage.
  ///
  /// - Throws: as `Store.read`, but for a stream that is still to come: then there is nothing yet.
  mutating func pass(
    _ store: Store, _ body: (ReadItem) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    var options = options
    var state = state
    defer { self.state = state }
    (options.start, options.limit) = (state.next, state.left)
    // Before the reading, which may see more: that is then asked for again, but not given again.
    let count = store.count
    do throws(LetheError) {
      try store.read(selection, options) { (item) throws(LetheError) in
        state.next = (selection == .all ? item.position : item.revision) + 1
        state.left = state.left.map { $0 - 1 }
        state.isOver = try body(item) == .stop || state.left == 0
        return state.isOver ? .stop : .continue
      }
    } catch {
      guard error.code == .unknownStream else { throw error }
    }
    state.count = count
    // What options leave out is not looked at again.
    if selection == .all { state.next = max(state.next ?? 0, count) }
  }
}
