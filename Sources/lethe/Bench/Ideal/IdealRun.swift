internal import LetheSystem

/// What an ideal log makes of a load: the machine's limit.
struct IdealRun {
  /// It holds what was written, to be read.
  private let log: IdealLog
  private(set) var eventsPerSecond = 0.0

  /// An ideal log's rate does not depend on how long it is.
  private static let eventLimit = 1_000_000
  private static let patience = Duration.seconds(5)

  /// Writes batches of all events that the load's writers hand over at once.
  ///
  /// - Parameter bytesPerEvent: bytes of Lethe's log for each event; the ideal one writes as many.
  init(
    of load: BenchLoad, _ shapes: IdealShapes, bytesPerEvent: Double, in folder: String, _ tools: BenchTools
  ) throws(LetheError) {
    let overhead = Int((bytesPerEvent - shapes.meanPaddedLength).rounded())
    log = try IdealLog(folder + "/ideal", subjects: load.events.subjects, overhead: overhead)
    let batchByteCount = load.eventsAtOnce * (shapes.longestPaddedLength + max(overhead, 128))
    let patience = min(Self.patience, load.limit ?? Self.patience)
    let wanted = min(load.eventCount, Self.eventLimit)
    var (done, elapsed) = (0, Duration.zero)
    while done < wanted, elapsed < patience {
      try tools.interruption.check()
      while !log.hasRoom(for: batchByteCount) { try log.prepare() }
      let start = ContinuousClock.now
      // The clock is looked at as rarely as the room.
      repeat {
        for number in done..<done + load.eventsAtOnce {
          let shape = number % shapes.count
          try log.seal(subject: shapes.subjects[shape], paddedLength: shapes.paddedLengths[shape])
        }
        try log.write()
        done += load.eventsAtOnce
      } while done < wanted && log.hasRoom(for: batchByteCount) && ContinuousClock.now - start < .milliseconds(100)
      elapsed += ContinuousClock.now - start
    }
    eventsPerSecond = Double(done) / elapsed.inSeconds
  }

  /// Reads, checks and opens all that was written, on one core; as it was just written, from the page cache.
  ///
  /// - Returns: events a second.
  func replay(_ tools: BenchTools) throws(LetheError) -> Double {
    let start = ContinuousClock.now
    var sum = 0
    while true {
      let count = try log.read()
      if count == 0 { break }
      sum += count
      try tools.interruption.check()
    }
    return Double(sum) / (ContinuousClock.now - start).inSeconds
  }
}
