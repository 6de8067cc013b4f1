internal import LetheLog
internal import LetheSystem
internal import Synchronization

/// Reading on two cores: a companion opens every other passage of the log, ahead of its turn; the order stays.
extension StoreReader {
  /// Records that a passage has at most, and bytes from which on the companion opens no more of one, so that the memory for
  /// those that wait for their turn is small.
  private static let passageCount: UInt64 = 512
  private static let passageByteCount = 4 << 20

  /// Whether so many records are worth a companion.
  static func isWorthCompanion(_ count: UInt64) -> Bool { count > 2 * passageCount }

  /// Gives the items of some positions in order. At return nothing is opened any more.
  ///
  /// - Parameter give: as `Store.read` has it.
  func readInParallel(
    _ positions: Range<UInt64>, _ options: ReadOptions, _ give: (ReadItem) throws(LetheError) -> Iteration
  ) throws(LetheError) {
    guard let companion = try? Companion() else {
      // There is no thread to have.
      _ = try read(positions, options, give)
      return
    }
    let isOver = Once()
    func passage(at start: UInt64) -> Range<UInt64>? {
      guard start < positions.upperBound else { return nil }
      return start..<min(start + Self.passageCount, positions.upperBound)
    }
    func begin(_ start: UInt64) -> Companion.Promise<Opened>? {
      guard let passage = passage(at: start) else { return nil }
      return companion.begin { self.open(passage, options, unless: isOver) }
    }
    var next = begin(positions.lowerBound + Self.passageCount)
    // A promise is kept once.
    func takeNext() -> Opened? {
      defer { next = nil }
      return next?.get()
    }
    defer {
      isOver.note()
      _ = takeNext()
    }
    var start = positions.lowerBound
    while let own = passage(at: start) {
      guard try read(own, options, give) == .continue, let opened = takeNext() else { return }
      start += 2 * Self.passageCount
      next = begin(start + Self.passageCount)
      guard try self.give(opened, options, give) == .continue else { return }
    }
  }

  /// What the companion opened of a passage.
  private struct Opened: Sendable {
    var items: [ReadItem] = []
    /// Positions that are not opened: what is behind many bytes, or cannot be read.
    var rest: Range<UInt64>
    /// Records that were durable before the first of these was opened.
    let durable: UInt64
  }

  private func open(_ passage: Range<UInt64>, _ options: ReadOptions, unless isOver: Once) -> Opened {
    var opened = Opened(rest: passage, durable: parts.log.count)
    var byteCount = 0
    // Why something cannot be read is told to whoever reads it in its turn.
    try? parts.log.forEachRecord(from: passage.lowerBound, to: passage.upperBound) {
      (position, record) throws(LetheError) in
      if isOver.isNoted { return .stop }
      if let item = try item(record, at: position, options) { opened.items.append(item) }
      opened.rest = position + 1..<passage.upperBound
      byteCount += record.bytes.count
      return byteCount < Self.passageByteCount ? .continue : .stop
    }
    return opened
  }

  private func give(
    _ opened: Opened, _ options: ReadOptions, _ give: (ReadItem) throws(LetheError) -> Iteration
  ) throws(LetheError) -> Iteration {
    for item in opened.items {
      // A forget that came on meanwhile may be of its subject: it is opened again, as it would be now.
      let newestStep = parts.state.read { $0.index.forgets.newestStep }
      guard newestStep.map({ $0 < opened.durable }) ?? true else {
        return try read(item.position..<opened.rest.upperBound, options, give)
      }
      if try give(item) == .stop { return .stop }
    }
    return try read(opened.rest, options, give)
  }

  /// Reads positions on this thread.
  private func read(
    _ positions: Range<UInt64>, _ options: ReadOptions, _ give: (ReadItem) throws(LetheError) -> Iteration
  ) throws(LetheError) -> Iteration {
    var iteration = Iteration.continue
    try parts.log.forEachRecord(from: positions.lowerBound, to: positions.upperBound) {
      (position, record) throws(LetheError) in
      guard let item = try item(record, at: position, options) else { return .continue }
      iteration = try give(item)
      return iteration
    }
    return iteration
  }
}

/// Something that happens once, told across threads.
private final class Once: Sendable {
  private let flag = Atomic(false)

  var isNoted: Bool { flag.load(ordering: .relaxed) }

  func note() { flag.store(true, ordering: .relaxed) }
}
