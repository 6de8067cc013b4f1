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
    let passages = stride(from: positions.lowerBound, to: positions.upperBound, by: Int(Self.passageCount)).map {
      $0..<min($0 + Self.passageCount, positions.upperBound)
    }
    func begin(_ number: Int) -> Companion.Promise<Opened>? {
      guard number < passages.count else { return nil }
      let passage = passages[number]
      return companion.begin { self.open(passage, options) }
    }
    var next = begin(1)
    for number in stride(from: 0, to: passages.count, by: 2) {
      var hasStopped = false
      try parts.log.forEachRecord(from: passages[number].lowerBound, to: passages[number].upperBound) {
        (position, record) throws(LetheError) in
        guard let item = try item(record, at: position, options) else { return .continue }
        let iteration = try give(item)
        hasStopped = iteration == .stop
        return iteration
      }
      guard !hasStopped, let opened = next?.get() else { return }
      next = begin(number + 3)
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
