internal import LetheCompliance
internal import LethePolicies
internal import LetheProjections
internal import LetheStore
internal import LetheSystem

/// What a store of many subjects costs: to register, open, look up, forget, and to make its directory again.
struct SubjectMeasurement: Sendable {
  /// Subjects registered a second, each with a stream and one event.
  let registrationsPerSecond: Double
  let closing: Duration
  let opening: Duration
  /// Look-ups of subjects at random, of whom nothing was read before.
  let lookups: Latencies
  /// Whole forgets, case steps included.
  let forgets: Latencies
  /// Opening without a directory.
  let rebuilding: Duration
  /// Of this process, over all of this.
  let peakResidentByteCount: Int
  let logByteCount: Int

  private static let forgetCount = 21
  private static let lookupCount = 1000
  private static let requestsAtOnce = 1000

  /// Makes a home in a folder and measures there.
  ///
  /// - Parameter eventCount: of each subject.
  init(
    of events: BenchEvents, eventCount: Int, in folder: String, _ tools: BenchTools
  ) async throws(LetheError) {
    let home = try BenchHome(in: folder, events, tools)
    // Each store lives in a scope of its own, so that there are never two in memory.
    (registrationsPerSecond, closing) = try await Self.register(home, eventCount)
    (opening, lookups, forgets) = try Self.use(home)
    try tools.tell("opening without a directory")
    for suffix in ["", "-wal", "-shm"] { try tools.world.files.remove(home.home.directory + suffix) }
    let start = ContinuousClock.now
    let store = try home.open()
    rebuilding = ContinuousClock.now - start
    try store.close()
    logByteCount = try LogBytes.used(in: home.home)
    peakResidentByteCount = ProcessMemory.peakResidentByteCount
  }

  private static func register(
    _ home: BenchHome, _ eventCount: Int
  ) async throws(LetheError) -> (perSecond: Double, closing: Duration) {
    try home.tools.tell("registering subjects")
    let events = home.events
    let store = try home.open()
    var elapsed = Duration.zero
    for first in stride(from: 0, to: events.subjects, by: requestsAtOnce) {
      var requests: [AppendRequest] = []
      for subject in first..<min(first + requestsAtOnce, events.subjects) {
        var own: [CloudEvent] = []
        for number in 0..<eventCount { own.append(try events.event(subject * eventCount + number, ofSubject: subject)) }
        requests.append(AppendRequest(to: try events.stream(ofSubject: subject), own))
      }
      try home.tools.interruption.check()
      let start = ContinuousClock.now
      for result in await store.append(requests) { _ = try result.get() }
      elapsed += ContinuousClock.now - start
    }
    let start = ContinuousClock.now
    try store.close()
    return (Double(events.subjects) / elapsed.inSeconds, ContinuousClock.now - start)
  }

  private static func use(
    _ home: BenchHome
  ) throws(LetheError) -> (opening: Duration, lookups: Latencies, forgets: Latencies) {
    let (events, interruption) = (home.events, home.tools.interruption)
    try home.tools.tell("look-ups and forgets")
    let start = ContinuousClock.now
    let store = try home.open()
    let opening = ContinuousClock.now - start
    let lookups = try Latencies(spread(lookupCount, over: events.subjects), interruption) {
      (subject) throws(LetheError) in
      _ = try store.status(ofSubject: events.id(ofSubject: subject))
    }
    let (handler, approver, desk) = (try StaffID("bench-1"), try StaffID("bench-2"), try ForgetDesk(store))
    let forgotten = spread(min(forgetCount, events.subjects), over: events.subjects)
    let forgets = try Latencies(forgotten, interruption) { (subject) throws(LetheError) in
      _ = try desk.forgetNow(
        subject: events.id(ofSubject: subject), ground: .noLongerNecessary, by: handler, approver: approver)
    }
    try store.close()
    return (opening, lookups, forgets)
  }

  /// Numbers of subjects all over a home. Steps of an odd prime do not meet one twice unless their number is a multiple
  /// of it.
  private static func spread(_ count: Int, over subjects: Int) -> [Int] {
    (0..<count).map { $0 * 7919 % subjects }
  }
}
