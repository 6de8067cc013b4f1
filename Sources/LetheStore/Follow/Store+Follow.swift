internal import LetheLog
public import LetheSystem

extension Store {
  /// Gives each selected record as `read` does, then every one that is appended, as soon as it is durable. Blocks the
  /// caller's thread; while nothing comes it sleeps, and no file is looked at.
  ///
  /// It ends when the body stops, when `end` is called, when the limit is reached, and when the store is closed. A stream
  /// that is not there yet is waited for.
  ///
  /// - Throws: `usage` for options that read backwards; `shredded` and `restricted` for the stream of somebody who is
  ///   forgotten meanwhile; `missingKey` and `damage` after the last good record.
  public func follow(
    _ selection: Selection, _ options: ReadOptions = ReadOptions(), until end: FollowEnd = FollowEnd(),
    _ body: (ReadItem) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    var progress = try FollowProgress(selection, options)
    while !progress.isOver, !end.isCalled {
      try progress.pass(self) { (item) throws(LetheError) in end.isCalled ? .stop : try body(item) }
      guard !progress.isOver, try waitForMore(than: progress.count, until: end) else { return }
    }
  }

  /// Waits until the log holds more records than a number. Blocks the caller's thread, which sleeps meanwhile.
  ///
  /// - Returns: false if the store was closed, or the end called.
  public func waitForMore(than count: UInt64, until end: FollowEnd) throws(LetheError) -> Bool {
    let log = parts.log
    return try end.waking(by: { log.wakeWaiting() }, { log.wait(above: count, until: { end.isCalled }) })
  }
}
