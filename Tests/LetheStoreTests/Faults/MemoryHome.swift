import LetheCrypto
import LetheLog
import LethePolicies
import LetheStore
import LetheSystem
import LetheTesting
import LetheVault

/// A home on a disk in memory, with a replica on the same disk if wanted; nothing of it is on the machine's own.
///
/// Copies share nothing: a home that was made once is the beginning of many trials.
struct MemoryHome {
  static let home = Home("/in-memory/home")
  static let replica = "/in-memory/replica"

  /// All is done at once by who asks for it, so that calls come in the same order each time; all is in one segment.
  static let logOptions = options(segmentByteCount: 64 << 10, growingByteLimit: .max)
  /// The same with segments that are full after some groups.
  static let smallSegments = options(segmentByteCount: 6 << 10, growingByteLimit: 2 << 10)

  private static func options(segmentByteCount: Int, growingByteLimit: Int) -> LogOptions {
    LogOptions(
      segmentByteCount: segmentByteCount, growthByteCount: 1 << 10, growingByteLimit: growingByteLimit,
      workshop: ImmediateWorkshop())
  }

  private let logOptions: LogOptions
  var disk: MemoryFileSystem
  var clock: ManualClock
  /// Everything that is drawn at random follows from it.
  var random: SeededRandom

  init(policy: String? = nil, seed: UInt64 = 1, logOptions: LogOptions = Self.logOptions) throws {
    self.logOptions = logOptions
    disk = MemoryFileSystem()
    clock = ManualClock(Timestamp(microseconds: 1_700_000_000_000_000))
    random = SeededRandom(seed: seed)
    try disk.createDirectory(Self.home.path + "/Policies")
    if let policy { try disk.replace(Self.home.path + "/Policies/test.json", with: Array(policy.utf8)) }
    _ = try Store.create(Self.home, in: world())
  }

  func world(_ observer: CommitObserver? = nil) -> World {
    World(files: disk, clock: clock, random: random, logOptions: logOptions, observer: observer)
  }

  func open(_ observer: CommitObserver? = nil) throws(LetheError) -> Store {
    try Store.open(Self.home, waiting: .zero, in: world(observer))
  }

  /// The home as the next process finds it after a crash now.
  func crashed(_ survival: MemoryFileSystem.Survival, seed: UInt64 = 2) -> MemoryHome {
    var next = self
    next.disk = disk.crash(survival)
    next.random = SeededRandom(seed: seed)
    return next
  }

  /// The same home, of which a trial may change anything.
  func copy(seed: UInt64 = 2) -> MemoryHome { crashed(.all, seed: seed) }

  /// Opens, works and closes.
  @discardableResult
  func session<Outcome>(_ body: (Store) async throws -> Outcome) async throws -> Outcome {
    let store = try open()
    let outcome = try await body(store)
    try store.close()
    return outcome
  }
}
