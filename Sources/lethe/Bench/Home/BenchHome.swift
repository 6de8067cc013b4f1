internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// A home that is made for a measurement, and how far its events have come.
struct BenchHome {
  let home: Home
  let events: BenchEvents
  let tools: BenchTools
  /// The number of the next event.
  private(set) var next = 0

  /// Requests that share a sync where that is not what is measured.
  private static let requestsAtOnce = 1000
  /// Events that are appended before the clock starts, at most.
  private static let warmUpCount = 4096

  /// What was appended while the clock ran.
  struct Appended: Sendable {
    let eventCount: Int
    let elapsed: Duration
    let bytesPerEvent: Double
  }

  /// Makes the home in a folder, which is made too.
  init(in folder: String, _ events: BenchEvents, _ tools: BenchTools) throws(LetheError) {
    (self.events, self.tools) = (events, tools)
    home = Home(folder + "/home")
    try LocalFileSystem().createDirectory(folder)
    _ = try Store.create(home, in: tools.world)
  }

  func open() throws(LetheError) -> Store { try Store.open(home, in: tools.world) }

  /// Gives each subject a stream and one event, so that none is new to the store when the clock starts.
  mutating func register(in store: Store) async throws(LetheError) {
    for first in stride(from: 0, to: events.subjects, by: Self.requestsAtOnce) {
      try tools.interruption.check()
      var requests: [AppendRequest] = []
      for subject in first..<min(first + Self.requestsAtOnce, events.subjects) {
        requests.append(
          AppendRequest(
            to: try events.stream(ofSubject: subject), [try events.event(subject, ofSubject: subject)]))
      }
      for answer in await store.append(requests) { _ = try answer.get() }
    }
    next = events.subjects
  }

  /// Registers all subjects and appends the load, then what the busiest streams lack to be read; the home is closed then.
  mutating func fill(_ load: BenchLoad) async throws(LetheError) -> Appended {
    let store = try open()
    try await register(in: store)
    let appended = try await append(load, to: store)
    try await completeStreams(in: store)
    try store.close()
    return appended
  }

  /// Appends to streams that will be read until they are long enough.
  private mutating func completeStreams(in store: Store) async throws(LetheError) {
    var requests: [AppendRequest] = []
    for subject in 0..<min(HomeUse.streamCount, events.subjects) {
      let known = try store.status(ofSubject: events.id(ofSubject: subject)).events ?? 0
      for _ in 0..<max(0, HomeUse.eventLimit - known) {
        requests.append(
          AppendRequest(to: try events.stream(ofSubject: subject), [try events.event(next, ofSubject: subject)]))
        next += 1
      }
    }
    for answer in await store.append(requests) { _ = try answer.get() }
  }

  /// Appends the load after a part of it that does not count.
  mutating func append(_ load: BenchLoad, to store: Store) async throws(LetheError) -> Appended {
    let warmUp = BenchLoad(
      events: load.events, eventCount: min(Self.warmUpCount, load.eventCount / 10), limit: load.limit.map { $0 / 10 },
      writers: load.writers, batch: load.batch, batching: load.batching)
    _ = try await run(warmUp, to: store)
    let before = try LogBytes.used(in: home)
    let run = try await run(load, to: store)
    let grown = try LogBytes.used(in: home) - before
    return Appended(
      eventCount: run.eventCount, elapsed: run.elapsed, bytesPerEvent: Double(grown) / Double(max(1, run.eventCount)))
  }

  private mutating func run(_ load: BenchLoad, to store: Store) async throws(LetheError) -> AppendRun {
    var run = AppendRun(load, to: store, tools.interruption)
    try await run.run(from: next)
    // Writers that the clock stopped may have left numbers out, of one passage at most.
    next += run.eventCount + load.passageCount
    return run
  }

  /// The next events as lines of JSON that name their streams; what some subjects would have had, others have.
  mutating func lines(_ count: Int, but absent: Set<Int>) -> [[UInt8]] {
    defer { next += count }
    return (next..<next + count).map { number in
      var subject = events.subject(ofEvent: number)
      while absent.contains(subject), absent.count < events.subjects { subject = (subject + 1) % events.subjects }
      return events.text(number, ofSubject: subject, namesStream: true)
    }
  }
}
