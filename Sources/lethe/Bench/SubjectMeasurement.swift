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
    _ = try Store.create(home, in: world)
    var store = try Store.open(home, in: world)
    var start = clock.now
    for first in stride(from: 0, to: load.subjects, by: Self.requestsAtOnce) {
      var requests: [AppendRequest] = []
      for number in first..<min(first + Self.requestsAtOnce, load.subjects) {
        requests.append(try load.request(number))
      }
      for result in await store.append(requests) { _ = try result.get() }
    }
    registrationsPerSecond = Double(load.subjects) / (clock.now - start).inSeconds
    start = clock.now
    try store.close()
    closing = clock.now - start

    start = clock.now
    store = try Store.open(home, in: world)
    opening = clock.now - start
    lookups = try Self.durations(Self.lookupCount, load, clock) { (subject) throws(LetheError) in
      _ = try store.status(ofSubject: subject)
    }
    let (handler, approver) = (try StaffID("bench-1"), try StaffID("bench-2"))
    let desk = ForgetDesk(store)
    forgets = try Self.durations(min(Self.forgetCount, load.subjects), load, clock) { (subject) throws(LetheError) in
      _ = try desk.forgetNow(subject: subject, ground: .noLongerNecessary, by: handler, approver: approver)
    }
    try store.close()

    for suffix in ["", "-wal", "-shm"] { try world.files.remove(home.path + "/Keys/directory.sqlite" + suffix) }
    start = clock.now
    store = try Store.open(home, in: world)
    rebuilding = clock.now - start
    try store.close()
    logByteCount = try FolderTree.files(in: home.path + "/Log", world.files).reduce(0) { $0 + $1.byteCount }
    peakResidentByteCount = ProcessMemory.peakResidentByteCount
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
