internal import LetheLog
internal import LetheSystem

/// Reading on two cores: a companion opens every other passage of the log, ahead of its turn; the order stays.
extension StoreReader {
  /// Records that a passage has, so that the memory for those that wait for their turn is small.
  private static let passageCount: UInt64 = 512

  /// Gives the items of some positions in order.
  ///
  /// - Parameter give: as `Store.read` has it.
  func readInParallel(
    _ positions: Range<UInt64>, _ options: ReadOptions, _ give: (ReadItem) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    let companion = try Companion()
    func passage(at start: UInt64) -> Range<UInt64>? {
      guard start < positions.upperBound else { return nil }
      return start..<min(start + Self.passageCount, positions.upperBound)
    }
    func begin(_ start: UInt64) -> Companion.Promise<Opened>? {
      guard let passage = passage(at: start) else { return nil }
      return companion.begin { self.open(passage, options) }
    }
    var next = begin(positions.lowerBound + Self.passageCount)
    var start = positions.lowerBound
    while let own = passage(at: start) {
      var hasStopped = false
      try parts.log.forEachRecord(from: own.lowerBound, to: own.upperBound) {
        (position, record) throws(LetheError) in
        guard let item = try item(record, at: position, options) else { return .continue }
        let iteration = try give(item)
        hasStopped = iteration == .stop
        return iteration
      }
      guard !hasStopped, let opened = next?.get() else { return }
      start += 2 * Self.passageCount
      next = begin(start + Self.passageCount)
      for item in opened.items where try give(item) == .stop { return }
      if let failure = opened.failure { throw failure }
    }
  }

  /// The items of a passage, up to what cannot be read.
  private struct Opened: Sendable {
    var items: [ReadItem] = []
    var failure: LetheError?
  }

  private func open(_ passage: Range<UInt64>, _ options: ReadOptions) -> Opened {
    var opened = Opened()
    do throws(LetheError) {
      try parts.log.forEachRecord(from: passage.lowerBound, to: passage.upperBound) {
        (position, record) throws(LetheError) in
        if let item = try item(record, at: position, options) { opened.items.append(item) }
        return .continue
      }
    } catch { opened.failure = error }
    return opened
  }
}
