internal import LetheCompliance
internal import LethePolicies
internal import LetheStore
internal import LetheSystem

/// What a store of many subjects costs: to register, open, look up, forget, and to make its directory again.
struct SubjectMeasurement: Sendable {
  /// Subjects registered a second, each with a stream and one event.
  let registrationsPerSecond: Double
  let closing: Duration
  let opening: Duration
  /// Look-ups of subjects at random, of whom nothing was read before, ascending.
  let lookups: [Duration]
  /// Whole forgets, case steps included, ascending.
  let forgets: [Duration]
  /// Opening without a directory.
  let rebuilding: Duration
  /// Of this process, over all of this.
  let peakResidentByteCount: Int
  let logByteCount: Int

  private static let forgetCount = 21
  private static let lookupCount = 1000
  private static let requestsAtOnce = 1000

  /// Makes a home in a folder and measures there.
  init(of load: AppendLoad, in folder: String, world: World) async throws(LetheError) {
    let home = Home(folder + "/home")
    let clock = ContinuousClock()
    // Each store lives in a scope of its own, so that there are never two in memory.
    _ = try Store.create(home, in: world)
    (registrationsPerSecond, closing) = try await Self.register(load, home, clock, world)
    (opening, lookups, forgets) = try Self.use(load, home, clock, world)
    for suffix in ["", "-wal", "-shm"] { try world.files.remove(home.path + "/Keys/directory.sqlite" + suffix) }
    let start = clock.now
    let store = try Store.open(home, in: world)
    rebuilding = clock.now - start
    try store.close()
    logByteCount = try FolderTree.files(in: home.path + "/Log", world.files).reduce(0) { $0 + $1.byteCount }
    peakResidentByteCount = ProcessMemory.peakResidentByteCount
  }

  private static func register(
    _ load: AppendLoad, _ home: Home, _ clock: ContinuousClock, _ world: World
  ) async throws(LetheError) -> (perSecond: Double, closing: Duration) {
    let store = try Store.open(home, in: world)
    var start = clock.now
    for first in stride(from: 0, to: load.subjects, by: requestsAtOnce) {
      var requests: [AppendRequest] = []
      for number in first..<min(first + requestsAtOnce, load.subjects) {
        requests.append(try load.request(number))
      }
      for result in await store.append(requests) { _ = try result.get() }
    }
    let perSecond = Double(load.subjects) / (clock.now - start).inSeconds
    start = clock.now
    try store.close()
    return (perSecond, clock.now - start)
  }

  private static func use(
    _ load: AppendLoad, _ home: Home, _ clock: ContinuousClock, _ world: World
  ) throws(LetheError) -> (opening: Duration, lookups: [Duration], forgets: [Duration]) {
    let start = clock.now
    let store = try Store.open(home, in: world)
    let opening = clock.now - start
    let lookups = try durations(lookupCount, load, clock) { (subject) throws(LetheError) in
      _ = try store.status(ofSubject: subject)
    }
    let (handler, approver) = (try StaffID("bench-1"), try StaffID("bench-2"))
    let desk = ForgetDesk(store)
    let forgets = try durations(min(forgetCount, load.subjects), load, clock) { (subject) throws(LetheError) in
      _ = try desk.forgetNow(subject: subject, ground: .noLongerNecessary, by: handler, approver: approver)
    }
    try store.close()
    return (opening, lookups, forgets)
  }

  /// How long something takes with each of some subjects, spread over all; ascending.
  private static func durations(
    _ count: Int, _ load: AppendLoad, _ clock: ContinuousClock, _ work: (String) throws(LetheError) -> Void
  ) throws(LetheError) -> [Duration] {
    var durations: [Duration] = []
    // Steps of an odd prime do not meet a subject twice unless their number is a multiple of it.
    for number in 0..<count {
      let subject = "S\(number * 7919 % load.subjects)"
      let start = clock.now
      try work(subject)
      durations.append(clock.now - start)
    }
    return durations.sorted()
  }
}
